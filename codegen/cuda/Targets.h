// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What code generation knows of a GPU, as numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sinter::cuda {

struct Target {
  /// The name for NVRTC.
  std::string arch;
  unsigned multiprocessors = 132;
  /// Of dynamic shared memory in a block.
  int64_t sharedBytes = 227 * 1024;
  /// Whether products of f32 may be of the bits that tf32 has.
  bool tf32 = false;
};

/// The row for "native" (the GPU that Sinter is made for first) or sm_90a.
std::optional<Target> findTarget(const std::string &march);

} // namespace sinter::cuda
