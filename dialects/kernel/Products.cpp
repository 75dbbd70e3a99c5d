// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Products.h"

using namespace mlir;

namespace sinter::kernel {

Value beforeCasts(Value value) {
  while (
      isa_and_nonnull<arith::ExtFOp, arith::TruncFOp>(value.getDefiningOp())) {
    Value operand = value.getDefiningOp()->getOperand(0);
    if (operand.getType().isF64() || value.getType().isF64())
      break;
    value = operand;
  }
  return value;
}

bool sumsProducts(StageOp stage) {
  if (stage.getNumReductions() == 0 || stage.getInputs().size() != 2)
    return false;
  Block &body = stage.getBody().front();
  auto combines = [](Operation *op, Value one, Value other) {
    Value lhs = beforeCasts(op->getOperand(0)),
          rhs = beforeCasts(op->getOperand(1));
    return (lhs == one && rhs == other) || (lhs == other && rhs == one);
  };
  auto sum = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  return sum && llvm::any_of(sum->getOperands(), [&](Value operand) {
           auto product = operand.getDefiningOp<arith::MulFOp>();
           return product &&
                  combines(product, body.getArgument(0), body.getArgument(1)) &&
                  combines(sum, body.getArgument(2), operand);
         });
}

} // namespace sinter::kernel
