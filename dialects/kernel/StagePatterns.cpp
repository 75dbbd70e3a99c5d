// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/StagePatterns.h"

#include "dialects/kernel/ModelConstants.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using llvm::APFloat;

namespace sinter::kernel {

bool isHalf(Type type) { return type.isF16() || type.isBF16(); }

std::optional<Type> oneHalf(llvm::ArrayRef<Value> values) {
  Type half;
  for (Value value : values) {
    Type element = getElementTypeOrSelf(value);
    if (!isHalf(element))
      continue;
    if (half && element != half)
      return std::nullopt;
    half = element;
  }
  return half;
}

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

bool isConstant(Value value, llvm::function_ref<bool(const APFloat &)> holds) {
  std::optional<APFloat> number = constantOf(value);
  return number && holds(*number);
}

namespace {

/// The bool of which the value is the negation; null if it is none.
Value negatedBy(Value value) {
  Operation *op = value.getDefiningOp();
  bool isNegation = isa_and_nonnull<arith::XOrIOp>(op)
                        ? matchPattern(op->getOperand(1), m_One())
                        : isa_and_nonnull<arith::CmpIOp>(op) &&
                              cast<arith::CmpIOp>(op).getPredicate() ==
                                  arith::CmpIPredicate::eq &&
                              matchPattern(op->getOperand(1), m_Zero());
  return isNegation ? op->getOperand(0) : Value();
}

/// Does a condition say that x is NaN (or that it is none)?
bool testsForNaN(Value condition, Value x, bool isNaN) {
  while (Value negated = negatedBy(condition)) {
    condition = negated;
    isNaN = !isNaN;
  }
  auto compare = condition.getDefiningOp<arith::CmpFOp>();
  if (!compare || beforeCasts(compare.getLhs()) != x ||
      beforeCasts(compare.getRhs()) != x)
    return false;
  using enum arith::CmpFPredicate;
  arith::CmpFPredicate is = compare.getPredicate();
  return isNaN ? is == UNO || is == UNE : is == ORD || is == OEQ;
}

} // namespace

Value withoutNaN(Value value) {
  auto select = value.getDefiningOp<arith::SelectOp>();
  if (!select)
    return {};
  for (bool isNaN : {true, false}) {
    Value x =
        beforeCasts(isNaN ? select.getFalseValue() : select.getTrueValue());
    Value other = isNaN ? select.getTrueValue() : select.getFalseValue();
    if (testsForNaN(select.getCondition(), x, isNaN) &&
        isConstant(other,
                   [](const APFloat &number) { return number.isZero(); }))
      return x;
  }
  return {};
}

bool isPlain(StageOp stage) {
  return !stage.getBorder() &&
         llvm::none_of(stage.getFills(),
                       [](Attribute fill) { return isa<TypedAttr>(fill); });
}

Value yieldedBy(Region &region) {
  return beforeCasts(region.front().getTerminator()->getOperand(0));
}

std::optional<unsigned> inputOf(StageOp stage, Value value) {
  auto argument = dyn_cast<BlockArgument>(beforeCasts(value));
  if (!argument || argument.getOwner() != &stage.getBody().front() ||
      argument.getArgNumber() >= stage.getInputs().size())
    return std::nullopt;
  return argument.getArgNumber();
}

bool usesOnce(StageOp stage, unsigned input) {
  Value value = stage.getBody().front().getArgument(input);
  while (value.hasOneUse()) {
    Operation *user = *value.user_begin();
    if (!isa<arith::ExtFOp, arith::TruncFOp>(user))
      return true;
    value = user->getResult(0);
  }
  return false;
}

bool startsWith(StageOp stage,
                llvm::function_ref<bool(const APFloat &)> holds) {
  auto init = dyn_cast_or_null<FloatAttr>(stage.getInitAttr());
  return init && init.getType().isF32() && holds(init.getValue());
}

bool isCast(StageOp stage) {
  return stage.getNumReductions() == 0 && stage.getInputs().size() == 1 &&
         stage.getTables().empty() && isPlain(stage) &&
         stage.getMap(0).isIdentity() &&
         yieldedBy(stage.getBody()) == stage.getBody().front().getArgument(0) &&
         *graph::dimsOf(stage.getInputs()[0].getType()) ==
             *graph::dimsOf(stage.getOutput().getType());
}

StageOp producerOf(StageOp stage, unsigned input) {
  auto made = [&](Value value) {
    auto result = value.getDefiningOp<StageOp>();
    return result && result->getBlock() == stage->getBlock() ? result
                                                             : StageOp();
  };
  StageOp result = made(stage.getInputs()[input]);
  while (result && isCast(result)) {
    StageOp inner = made(result.getInputs()[0]);
    if (!inner)
      break;
    result = inner;
  }
  return result;
}

unsigned countUses(StageOp stage) {
  unsigned count = 0;
  llvm::SmallVector<StageOp> todo{stage};
  while (!todo.empty())
    for (Operation *user : todo.pop_back_val()->getUsers()) {
      auto cast = dyn_cast<StageOp>(user);
      if (cast && isCast(cast))
        todo.push_back(cast);
      else
        ++count;
    }
  return count;
}

} // namespace sinter::kernel
