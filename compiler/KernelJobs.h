// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Work on all kernels of a model, several at a time.
#pragma once

#include "compiler/KernelSet.h"
#include "compiler/support/Error.h"
#include "sinter/Compiler.h"
#include <time.h>

namespace sinter {

/// Adds the CPU seconds of this thread to `seconds` when it goes.
class ThreadTimer {
public:
  explicit ThreadTimer(double &seconds) : seconds(seconds), start(now()) {}
  ThreadTimer(const ThreadTimer &) = delete;
  ~ThreadTimer() { seconds += now() - start; }

private:
  static double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
  }

  double &seconds;
  double start;
};

/// Calls `work` with the number of each kernel in `jobs` threads; 0: the cores
/// of this process. Of several errors that of the first kernel is returned.
Status forEachKernel(const std::vector<KernelSource> &sources, unsigned jobs,
                     llvm::function_ref<Status(size_t)> work);

} // namespace sinter
