// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_CUDA_RANGES_H
#define SINTER_RUNTIME_CUDA_RANGES_H

#include "Log.h"

namespace sinter::runtime::cuda {

/// Tells a profiler what the thread does. Thread-safe.
struct Ranges {
  int (*push)(const char *name) = nullptr;
  int (*pop)() = nullptr;

  /// Null if no profiler is attached: it names its library in the variable
  /// NVTX_INJECTION64_PATH. NVIDIA's libnvtx3interop hands on to it; a warning
  /// if there is no such library.
  static const Ranges *get(const Log &log);
};

} // namespace sinter::runtime::cuda
#endif
