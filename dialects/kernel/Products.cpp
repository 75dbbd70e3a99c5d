// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Products.h"

#include "dialects/kernel/StagePatterns.h"

using namespace mlir;

namespace sinter::kernel {
namespace {

/// `behind` gives what an operand counts as.
bool sumsProducts(StageOp stage, llvm::function_ref<Value(Value)> behind) {
  if (stage.getNumReductions() == 0 || stage.getInputs().size() != 2)
    return false;
  Block &body = stage.getBody().front();
  auto combines = [&](Operation *op, Value one, Value other) {
    Value lhs = behind(op->getOperand(0)), rhs = behind(op->getOperand(1));
    return (lhs == one && rhs == other) || (lhs == other && rhs == one);
  };
  auto sum = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  return sum && llvm::any_of(sum->getOperands(), [&](Value operand) {
           auto product = behind(operand).getDefiningOp<arith::MulFOp>();
           return product &&
                  combines(product, body.getArgument(0), body.getArgument(1)) &&
                  combines(sum, body.getArgument(2), product);
         });
}

} // namespace

bool sumsProducts(StageOp stage) {
  return sumsProducts(stage, [](Value value) { return value; });
}

bool sumsCastProducts(StageOp stage) {
  return sumsProducts(stage, beforeCasts);
}

} // namespace sinter::kernel
