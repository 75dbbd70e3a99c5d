// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Guard pages: the runtime built with SINTER_DEBUG_ARENA, and a model whose
// kernels write past their buffers.
#define CATCH_CONFIG_MAIN
#include "Sealed.h"

#include <csignal>
#include <cstring>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

/// The signal that ends a run with this fault; 0 if it gives its input.
int signalOf(float fault, int64_t size) {
  auto model = openSealed(KERNELS_LIBRARY);
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL); // Catch has a handler
    std::vector<float> x(size_t(size), 7);
    x[0] = fault;
    const sinter_tensor input = {x.data(), 1, 1, &size, 4 * x.size(), 0, 0};
    sinter_tensor output = {};
    auto context = model.createContext(1);
    // A larger size first: what is guarded is the end of the size at hand.
    std::vector<float> more(size_t(size + 100), 7);
    const int64_t larger = size + 100;
    const sinter_tensor first = {more.data(),     1, 1, &larger,
                                 4 * more.size(), 0, 0};
    if (!context->run({&first, 1}, {&output, 1}).ok())
      _exit(1);
    output = {};
    const bool good = context->run({&input, 1}, {&output, 1}).ok() &&
                      std::memcmp(output.data, x.data(), output.bytes) == 0;
    _exit(good ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  if (WIFEXITED(status))
    CHECK(WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

} // namespace

TEST_CASE("a write past a buffer, or before it, faults") {
  for (int64_t size : {1, 16, 30, 5000}) {
    CHECK(signalOf(7, size) == 0);
    for (int fault = 1; fault <= 4; ++fault) {
      INFO("fault " << fault << ", " << size << " elements");
      CHECK(signalOf(float(fault), size) == SIGSEGV);
    }
  }
}
