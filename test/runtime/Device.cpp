// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models for a GPU with a driver that is not one: see fake_driver.cpp.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include "FakeGpu.h"

using namespace Catch::Matchers;

namespace {

/// Tensors in the host's memory.
void run(sinter::Context &context, int64_t rows) {
  Rows test(rows);
  sinter_tensor input{test.x.data(),    1, 2, test.dims.data(),
                      4 * test.count(), 0, 0};
  sinter_tensor output = {};
  ::run(context, {&input, 1}, {&output, 1});
  REQUIRE(output.bytes == 4 * test.count());
  const auto *y = static_cast<const float *>(output.data);
  CHECK(std::vector<float>(y, y + test.count()) == test.expected);
}

std::string refusal() {
  auto context = openModel().createContext();
  REQUIRE_FALSE(context.ok());
  CHECK(context.error().status == SINTER_STATUS_DEVICE);
  return context.message();
}

} // namespace

TEST_CASE("runs of a shape are recorded once", "[driver]") {
  const NoFaults faults;
  const FakeCalls before = calls();
  {
    sinter::Model model = openModel();
    CHECK(calls().modules == before.modules); // nothing happens until it runs
    auto context = model.createContext();
    INFO(context.message());
    REQUIRE(context.ok());
    CHECK(calls().modules == before.modules + 3);
    CHECK(calls().launches == before.launches + 1); // `init`
    run(*context, 5);
    CHECK(calls().launches == before.launches + 3);
    CHECK(calls().recordings == before.recordings);
    const unsigned allocations = calls().allocations;
    run(*context, 5);
    CHECK(calls().recordings == before.recordings + 1);
    CHECK(calls().repeats == before.repeats + 1);
    run(*context, 5);
    CHECK(calls().launches == before.launches + 5); // two of them recorded
    CHECK(calls().repeats == before.repeats + 2);
    CHECK(calls().allocations == allocations);
    run(*context, 2); // a shape of its own
    CHECK(calls().repeats == before.repeats + 2);
    run(*context, 2);
    run(*context, 5); // both are kept
    CHECK(calls().recordings == before.recordings + 2);
    CHECK(calls().repeats == before.repeats + 4);
    run(*context, 700); // the arena moves
    run(*context, 5);
    CHECK(calls().recordings == before.recordings + 3);
    CHECK(calls().repeats == before.repeats + 5);
    CHECK(calls().uploads == before.uploads + 9); // weights, and each x
    CHECK(calls().downloads == before.downloads + 8);
  }
  CHECK(calls().modules == before.modules);
}

TEST_CASE("contexts share what is loaded", "[driver]") {
  sinter::Model model = openModel();
  auto first = model.createContext(), second = model.createContext();
  REQUIRE((first.ok() && second.ok()));
  const FakeCalls before = calls();
  run(*first, 3);
  run(*second, 4);
  CHECK(calls().uploads == before.uploads + 2);
  CHECK(calls().modules == before.modules);
}

TEST_CASE("an empty batch launches nothing", "[driver]") {
  auto context = openModel().createContext();
  REQUIRE(context.ok());
  const unsigned launches = calls().launches;
  run(*context, 0);
  CHECK(calls().launches == launches);
}

TEST_CASE("kernels overlap where the driver and the user allow it",
          "[driver]") {
  auto *setVersion = find<void(int)>("fakeSetVersion");
  auto overlapping = [] {
    const FakeCalls before = calls();
    auto context = makeContext(openModel());
    for (int i = 0; i < 3; ++i)
      run(context, 5);
    CHECK(calls().launches == before.launches + 5);
    return calls().programmatic - before.programmatic;
  };
  CHECK(overlapping() == 5);
  setenv("SINTER_CUDA_PROGRAMMATIC", "0", 1);
  CHECK(overlapping() == 0);
  setenv("SINTER_CUDA_PROGRAMMATIC", "1", 1);
  CHECK(overlapping() == 5);
  unsetenv("SINTER_CUDA_PROGRAMMATIC");
  setVersion(12020);
  CHECK(overlapping() == 0);
  setVersion(13000);
}

TEST_CASE("a profiler is told the names of nodes", "[driver]") {
  auto &ranges = *find<std::vector<std::string> *()>("fakeRanges",
                                                     "libnvtx3interop.so.1")();
  const unsigned recordings = calls().recordings;
  setenv("NVTX_INJECTION64_PATH", "profiler.so", 1);
  auto traced = makeContext(openModel());
  unsetenv("NVTX_INJECTION64_PATH");
  auto other = makeContext(openModel());
  for (int i = 0; i < 2; ++i) {
    run(traced, 5);
    run(other, 5);
  }
  const std::vector<std::string> once = {"multiply", "", "add", ""};
  REQUIRE(ranges.size() == 8);
  CHECK(std::equal(once.begin(), once.end(), ranges.begin()));
  CHECK(std::equal(once.begin(), once.end(), ranges.begin() + 4));
  CHECK(calls().recordings == recordings + 1); // the other's
}

TEST_CASE("GPUs of another kind are refused", "[driver]") {
  auto *setMajor = find<void(int)>("fakeSetMajor");
  setMajor(8);
  CHECK_THAT(refusal(),
             Contains("sm_90a") && Contains("'Fake'") && Contains("sm_80"));
  setMajor(0);
  CHECK_THAT(refusal(), Contains("there is none"));
  setMajor(9);
}

TEST_CASE("without a driver a model opens and does not run", "[no driver]") {
  CHECK_THAT(refusal(), Contains("there is no NVIDIA driver"));
}
