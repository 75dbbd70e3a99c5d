// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/Combining.h"

using namespace mlir;

namespace sinter::codegen {
namespace {

/// Min and max keep what they have seen: any start that all have will do.
bool isIdempotent(Operation *combine) {
  return !isa<arith::AddFOp, arith::AddIOp, arith::MulFOp, arith::MulIOp>(
      combine);
}

} // namespace

Operation *combiningOp(kernel::StageOp stage) {
  Block &body = stage.getBody().front();
  Value accumulator = body.getArguments().back();
  Operation *op = body.getTerminator()->getOperand(0).getDefiningOp();
  if (!accumulator.hasOneUse() || !op || op->getNumOperands() != 2 ||
      !llvm::is_contained(op->getOperands(), accumulator))
    return nullptr;
  return isa<arith::AddFOp, arith::AddIOp, arith::MulFOp, arith::MulIOp,
             arith::MaximumFOp, arith::MinimumFOp, arith::MaxSIOp,
             arith::MaxUIOp, arith::MinSIOp, arith::MinUIOp>(op)
             ? op
             : nullptr;
}

TypedAttr neutralValue(Operation *combine, TypedAttr init) {
  if (isIdempotent(combine))
    return init;
  Builder builder(combine->getContext());
  if (isa<arith::AddFOp, arith::AddIOp>(combine))
    return builder.getZeroAttr(init.getType());
  return builder.getOneAttr(init.getType());
}

} // namespace sinter::codegen
