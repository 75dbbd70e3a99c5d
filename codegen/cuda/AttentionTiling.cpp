// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/AttentionTiling.h"

#include "llvm/Support/MathExtras.h"
#include <algorithm>

namespace sinter::cuda {
namespace {

/// Elements up to which a key is narrow, or no wider than registers for its
/// queries allow.
constexpr int64_t narrow = 64, medium = 128;
/// Keys that are one tile; queries from which on larger blocks, which read less
/// again, are enough to keep all multiprocessors busy.
constexpr int64_t fewKeys = 128, manyQueries = 1024;

int64_t widest(const AttentionSize &size) {
  return std::max(size.width, size.valueWidth);
}

} // namespace

std::optional<int64_t> AttentionTiling::steps(const AttentionSize &size) const {
  if (size.keys)
    return llvm::divideCeil(*size.keys, keys);
  return std::nullopt;
}

int64_t AttentionTiling::buffers(const AttentionSize &size) const {
  return std::min(ahead, steps(size).value_or(ahead));
}

AttentionTiling chooseTiling(const AttentionSize &size) {
  int64_t width = widest(size);
  AttentionTiling tiling;
  if (width <= narrow && size.keys && *size.keys <= fewKeys) {
    tiling.keys = llvm::alignTo(*size.keys, 16);
    tiling.ahead = 2;
    return tiling;
  }
  tiling.holdsQueries = width <= medium;
  bool isLong = size.queries.value_or(0) >= manyQueries && width <= medium;
  tiling.warpgroups = isLong ? 2 : 1;
  tiling.ahead = width <= narrow && !isLong ? 3 : 2;
  int64_t most = width <= medium ? 64 : 32;
  tiling.keys = most;
  if (size.keys)
    tiling.keys = llvm::alignTo(
        llvm::divideCeil(*size.keys, llvm::divideCeil(*size.keys, most)), 16);
  return tiling;
}

unsigned chooseBlocks(const AttentionTiling &tiling, const AttentionSize &size,
                      int64_t operandRegisters) {
  constexpr int64_t allRegisters = 65536, mostBlocks = 4;
  int64_t sums = size.valueWidth / 2, scores = tiling.keys / 2,
          weights = tiling.keys / 4;
  // Of one tile only, the sums come after the scores.
  bool isOne = tiling.steps(size).value_or(2) <= 1;
  int64_t held =
      isOne ? std::max(scores, weights + sums) : scores + weights + sums;
  if (tiling.holdsQueries)
    held += size.width / 4;
  // Addresses, rows, and what is on its way.
  int64_t others = widest(size) > narrow ? 64 : isOne ? 56 : 32;
  if (!tiling.holdsQueries && !isOne)
    others += 16;
  // ptxas spares some, or is asked again: SINTER_BLOCKS.
  int64_t registers = (held + others + operandRegisters) * 9 / 10;
  return std::clamp<int64_t>(allRegisters / (tiling.threads() * registers), 1,
                             mostBlocks);
}

} // namespace sinter::cuda
