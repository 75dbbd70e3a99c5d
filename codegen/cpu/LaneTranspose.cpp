// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/LaneTranspose.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::cpu {

/// Each step swaps one bit of the row's number with that bit of the column's.
SmallVector<Value> transposeLanes(OpBuilder &builder, Location loc,
                                  ValueRange rows) {
  SmallVector<Value> result(rows);
  int64_t count = rows.size();
  for (int64_t bit = 1; bit < count; bit *= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t lane = 0; lane < count; ++lane) {
      low.push_back(lane & bit ? count + lane - bit : lane);
      high.push_back(lane & bit ? count + lane : lane + bit);
    }
    for (int64_t row = 0; row < count; ++row) {
      if (row & bit)
        continue;
      Value one = result[row], other = result[row + bit];
      result[row] = vector::ShuffleOp::create(builder, loc, one, other, low);
      result[row + bit] =
          vector::ShuffleOp::create(builder, loc, one, other, high);
    }
  }
  return result;
}

} // namespace sinter::cpu
