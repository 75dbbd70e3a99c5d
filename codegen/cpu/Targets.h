// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What code generation knows of a CPU, as numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sinter::cpu {

/// A row for each CPU that is tuned for; tile sizes come from here only.
struct Target {
  /// The name for LLVM's -mcpu.
  std::string cpu;
  /// Bits of the vectors that contractions use.
  unsigned vectorBits = 256;
  /// Register tile of contractions: rows and vectors.
  unsigned tileRows = 6;
  unsigned tileVectors = 2;
  /// Rows below which a tile waits for its own sums.
  unsigned tileMinRows = 4;
  /// Features that a machine must have, by LLVM's names: all that code may use
  /// beyond x86-64.
  std::vector<std::string> requiredFeatures;
  /// For LLVM's -mattr: what the CPU has and no machine is asked for is off.
  std::string attributes = "-prefer-256-bit";

  /// Results of a tile's row: f32 or wider.
  int64_t panel() const { return vectorBits / 32 * tileVectors; }
};

/// The row for an LLVM CPU name, x86-64-v3, x86-64-v4 or "native". Nothing if
/// LLVM does not know the CPU, or it has no AVX2 and FMA.
std::optional<Target> findTarget(const std::string &march);

/// A row for each name that findTarget takes but "native", sorted by name.
std::vector<Target> allTargets();

} // namespace sinter::cpu
