// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What code generation knows of a GPU, as numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sinter::cuda {

/// How values that a model computes in f32 are stored between kernels.
enum class Storage : uint8_t { f32, f16, bf16 };

struct Target {
  /// The name for NVRTC.
  std::string arch;
  unsigned multiprocessors = 132;
  /// Of dynamic shared memory in a block.
  int64_t sharedBytes = 227 * 1024;
  /// Whether products of f32 may round their factors to tf32.
  bool tf32 = false;
  /// Whether functions are exact whatever stores their results.
  bool isStrict = false;
  Storage storage = Storage::f32;
  /// Whether a kernel that waits for ever ends the run.
  bool traps = false;
};

/// The row for "native" (the GPU that Sinter is made for first) or sm_90a.
std::optional<Target> findTarget(const std::string &march);

} // namespace sinter::cuda
