// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/ContractionRoles.h"

using namespace mlir;
using llvm::ArrayRef;

namespace sinter::cuda {
namespace {

/// The element type of an operand that tensor cores take; null if none.
Type elementOf(Value operand) {
  Type type = cast<RankedTensorType>(operand.getType()).getElementType();
  return type.isF32() || type.isF16() || type.isBF16() ? type : Type();
}

/// The argument that is extended, or is the value.
Value extended(Value value) {
  auto extension = value.getDefiningOp<arith::ExtFOp>();
  return extension ? extension.getIn() : value;
}

/// acc + a * b, of operands that are extended to f32.
bool isMultiplyAdd(Block &body) {
  auto sum = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum)
    return false;
  Value accumulator = body.getArgument(2);
  bool isFirst = sum.getLhs() == accumulator;
  auto product =
      (isFirst ? sum.getRhs() : sum.getLhs()).getDefiningOp<arith::MulFOp>();
  if (!product || (isFirst ? sum.getLhs() : sum.getRhs()) != accumulator)
    return false;
  auto reads = [&](unsigned lhs, unsigned rhs) {
    return extended(product.getLhs()) == body.getArgument(lhs) &&
           extended(product.getRhs()) == body.getArgument(rhs);
  };
  return reads(0, 1) || reads(1, 0);
}

Type findElement(kernel::StageOp stage) {
  auto init = dyn_cast_or_null<FloatAttr>(stage.getInitAttr());
  if (!init || !init.getType().isF32() || !init.getValue().isZero() ||
      stage.getInputs().size() != 2 || !stage.getTables().empty() ||
      !isMultiplyAdd(stage.getBody().front()))
    return {};
  bool isFilledWithZeros = llvm::all_of(stage.getFills(), [](Attribute fill) {
    auto value = dyn_cast<FloatAttr>(fill);
    return !value || value.getValue().isPosZero();
  });
  Type element = elementOf(stage.getInputs()[0]);
  return isFilledWithZeros && element == elementOf(stage.getInputs()[1])
             ? element
             : Type();
}

bool isUnit(const Operands &operands, unsigned iterator) {
  return llvm::any_of(operands.inputs, [&](const Access &input) {
    return input.stepOf(iterator) == Step::unit;
  });
}

/// Of few results or products, tiles would be empty for the most part.
bool isAtLeast(kernel::StageOp stage, ArrayRef<unsigned> iterators,
               int64_t least) {
  int64_t count = 1;
  for (unsigned iterator : iterators)
    count = llvm::SaturatingMultiply<uint64_t>(
        count, stage.getExtent(iterator).getConstant().value_or(least));
  return count >= least;
}

} // namespace

std::optional<ContractionRoles> findContraction(kernel::StageOp stage,
                                                const Operands &operands) {
  ContractionRoles roles;
  roles.element = findElement(stage);
  if (!roles.element || stage.getNumParallel() == 0)
    return std::nullopt;
  for (unsigned iterator = 0; iterator < stage.getNumIterators(); ++iterator) {
    bool first = operands.inputs[0].map.isFunctionOfDim(iterator);
    bool second = operands.inputs[1].map.isFunctionOfDim(iterator);
    if (iterator >= stage.getNumParallel())
      roles.products.push_back(iterator);
    else if (first == second)
      roles.batch.push_back(iterator);
    else
      (first ? roles.rows : roles.columns).push_back(iterator);
  }
  // The order of a sum is free: what is contiguous comes last.
  std::stable_partition(
      roles.products.begin(), roles.products.end(),
      [&](unsigned iterator) { return !isUnit(operands, iterator); });
  unsigned last = stage.getNumParallel() - 1;
  if (llvm::is_contained(roles.rows, last)) {
    std::swap(roles.rows, roles.columns);
    roles.isSwapped = true;
  }
  constexpr int64_t fewResults = 8, fewProducts = 16;
  if (!llvm::is_contained(roles.columns, last) || roles.products.empty() ||
      !isAtLeast(stage, roles.rows, fewResults) ||
      !isAtLeast(stage, roles.columns, fewResults) ||
      !isAtLeast(stage, roles.products, fewProducts))
    return std::nullopt;
  return roles;
}

} // namespace sinter::cuda
