// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/StageBuilder.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

Sign signOf(Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  return integer && (integer.isUnsigned() || integer.getWidth() == 1)
             ? Sign::isUnsigned
             : Sign::isSigned;
}

Value Scalars::constant(Type type, double value) {
  if (auto real = dyn_cast<FloatType>(type)) {
    llvm::APFloat number(value);
    bool losesInfo;
    number.convert(real.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                   &losesInfo);
    return make<arith::ConstantOp>(FloatAttr::get(type, number));
  }
  return make<arith::ConstantOp>(
      IntegerAttr::get(type, static_cast<int64_t>(value)));
}

Value Scalars::index(unsigned iterator) {
  return make<IndexOp>(builder.getIndexType(),
                       builder.getI64IntegerAttr(iterator));
}

Value Scalars::indexConstant(int64_t value) {
  return make<arith::ConstantOp>(builder.getIndexAttr(value));
}

Value Scalars::dim(DimAttr dim) {
  if (std::optional<int64_t> constant = dim.getConstant())
    return indexConstant(*constant);
  return make<DimOp>(builder.getIndexType(), dim);
}

Value Scalars::load(unsigned table, ValueRange coordinates, Type element) {
  return make<LoadOp>(StageOp::getScalarType(element),
                      builder.getI64IntegerAttr(table), coordinates);
}

Value Scalars::wrapIndex(Value value, DimAttr size) {
  Value index = make<arith::IndexCastOp>(builder.getIndexType(), value);
  Value isNegative = less(index, indexConstant(0), Sign::isSigned);
  Value length = dim(size), zero = indexConstant(0);
  Value wrapped = select(isNegative, add(index, length), index);
  Value last = subtract(length, indexConstant(1));
  return maximum(minimum(wrapped, last, Sign::isSigned), zero, Sign::isSigned);
}

Value Scalars::math(MathFunction function, ValueRange operands) {
  Type type = operands.front().getType();
  if (type.isF32() || type.isF64())
    return make<MathOp>(type, function, operands);
  SmallVector<Value, 2> wide;
  for (Value operand : operands)
    wide.push_back(make<arith::ExtFOp>(builder.getF32Type(), operand));
  Value result = make<MathOp>(builder.getF32Type(), function, wide);
  return make<arith::TruncFOp>(type, result);
}

Value Scalars::add(Value lhs, Value rhs) {
  if (isa<FloatType>(lhs.getType()))
    return make<arith::AddFOp>(lhs, rhs);
  return make<arith::AddIOp>(lhs, rhs);
}

Value Scalars::subtract(Value lhs, Value rhs) {
  if (isa<FloatType>(lhs.getType()))
    return make<arith::SubFOp>(lhs, rhs);
  return make<arith::SubIOp>(lhs, rhs);
}

Value Scalars::multiply(Value lhs, Value rhs) {
  if (isa<FloatType>(lhs.getType()))
    return make<arith::MulFOp>(lhs, rhs);
  return make<arith::MulIOp>(lhs, rhs);
}

/// A zero divisor of integers counts as 1, and the lowest integer divided by -1
/// is itself: a model cannot make the program trap.
Value Scalars::divide(Value lhs, Value rhs, Sign sign) {
  Type type = lhs.getType();
  if (isa<FloatType>(type))
    return make<arith::DivFOp>(lhs, rhs);
  Value one = constant(type, 1);
  Value isZero = equal(rhs, constant(type, 0));
  if (sign == Sign::isUnsigned)
    return make<arith::DivUIOp>(lhs, select(isZero, one, rhs));
  Value isMinusOne = equal(rhs, constant(type, -1));
  Value isSpecial = make<arith::OrIOp>(isZero, isMinusOne);
  Value quotient = make<arith::DivSIOp>(lhs, select(isSpecial, one, rhs));
  return select(isMinusOne, subtract(constant(type, 0), lhs), quotient);
}

Value Scalars::remainder(Value lhs, Value rhs, Sign sign) {
  if (isa<FloatType>(lhs.getType()))
    return math(MathFunction::fmod, {lhs, rhs});
  return subtract(lhs, multiply(divide(lhs, rhs, sign), rhs));
}

Value Scalars::modulo(Value lhs, Value rhs, Sign sign) {
  Value rest = remainder(lhs, rhs, sign);
  if (sign == Sign::isUnsigned)
    return rest;
  Value zero = constant(lhs.getType(), 0);
  Value differs = make<arith::XOrIOp>(less(rest, zero, Sign::isSigned),
                                      less(rhs, zero, Sign::isSigned));
  Value isZero = equal(rest, zero);
  Value isWrong = conjunction(negation(isZero), differs);
  Value result = select(isWrong, add(rest, rhs), rest);
  if (!isa<FloatType>(lhs.getType()))
    return result;
  Value signedZero = select(less(rhs, zero, Sign::isSigned),
                            constant(lhs.getType(), -0.0), zero);
  return select(isZero, signedZero, result);
}

Value Scalars::shiftLeft(Value value, Value amount) {
  Type type = value.getType();
  Value width = constant(type, type.getIntOrFloatBitWidth());
  Value shifted = make<arith::ShLIOp>(value, amount);
  return select(less(amount, width, Sign::isUnsigned), shifted,
                constant(type, 0));
}

Value Scalars::shiftRight(Value value, Value amount, Sign sign) {
  Type type = value.getType();
  Value last = constant(type, type.getIntOrFloatBitWidth() - 1);
  if (sign == Sign::isSigned)
    return make<arith::ShRSIOp>(value, minimum(amount, last, Sign::isUnsigned));
  Value shifted = make<arith::ShRUIOp>(value, amount);
  return select(lessOrEqual(amount, last, Sign::isUnsigned), shifted,
                constant(type, 0));
}

Value Scalars::minimum(Value lhs, Value rhs, Sign sign) {
  if (isa<FloatType>(lhs.getType()))
    return make<arith::MinimumFOp>(lhs, rhs);
  if (sign == Sign::isUnsigned)
    return make<arith::MinUIOp>(lhs, rhs);
  return make<arith::MinSIOp>(lhs, rhs);
}

Value Scalars::maximum(Value lhs, Value rhs, Sign sign) {
  if (isa<FloatType>(lhs.getType()))
    return make<arith::MaximumFOp>(lhs, rhs);
  if (sign == Sign::isUnsigned)
    return make<arith::MaxUIOp>(lhs, rhs);
  return make<arith::MaxSIOp>(lhs, rhs);
}

Value Scalars::less(Value lhs, Value rhs, Sign sign) {
  if (isa<FloatType>(lhs.getType()))
    return make<arith::CmpFOp>(arith::CmpFPredicate::OLT, lhs, rhs);
  return make<arith::CmpIOp>(sign == Sign::isUnsigned
                                 ? arith::CmpIPredicate::ult
                                 : arith::CmpIPredicate::slt,
                             lhs, rhs);
}

Value Scalars::equal(Value lhs, Value rhs) {
  if (isa<FloatType>(lhs.getType()))
    return make<arith::CmpFOp>(arith::CmpFPredicate::OEQ, lhs, rhs);
  return make<arith::CmpIOp>(arith::CmpIPredicate::eq, lhs, rhs);
}

Value Scalars::lessOrEqual(Value lhs, Value rhs, Sign sign) {
  if (isa<FloatType>(lhs.getType()))
    return make<arith::CmpFOp>(arith::CmpFPredicate::OLE, lhs, rhs);
  return make<arith::CmpIOp>(sign == Sign::isUnsigned
                                 ? arith::CmpIPredicate::ule
                                 : arith::CmpIPredicate::sle,
                             lhs, rhs);
}

Value Scalars::absolute(Value value, Sign sign) {
  if (isa<FloatType>(value.getType()))
    return make<math::AbsFOp>(value);
  if (sign == Sign::isUnsigned)
    return value;
  return maximum(value, negate(value), sign);
}

Value Scalars::negate(Value value) {
  if (isa<FloatType>(value.getType()))
    return make<arith::NegFOp>(value);
  return subtract(constant(value.getType(), 0), value);
}

Value Scalars::signum(Value value, Sign sign) {
  Type type = value.getType();
  Value zero = constant(type, 0), one = constant(type, 1);
  Value positive = select(less(zero, value, sign), one, value);
  if (sign == Sign::isUnsigned)
    return positive;
  return select(less(value, zero, sign), constant(type, -1), positive);
}

Value Scalars::sigmoid(Value value) {
  Value one = constant(value.getType(), 1);
  Value exponential = math(MathFunction::exp, negate(value));
  return make<arith::DivFOp>(one, add(one, exponential));
}

Value Scalars::conjunction(Value lhs, Value rhs) {
  return make<arith::AndIOp>(lhs, rhs);
}

Value Scalars::disjunction(Value lhs, Value rhs) {
  return make<arith::OrIOp>(lhs, rhs);
}

Value Scalars::exclusiveOr(Value lhs, Value rhs) {
  return make<arith::XOrIOp>(lhs, rhs);
}

Value Scalars::negation(Value value) {
  return make<arith::XOrIOp>(value, constant(value.getType(), 1));
}

Value Scalars::select(Value condition, Value yes, Value no) {
  return make<arith::SelectOp>(condition, yes, no);
}

Value Scalars::cast(Value value, Type from, Type to) {
  Type target = StageOp::getScalarType(to);
  if (from == to)
    return value;
  bool fromFloat = isa<FloatType>(from), toFloat = isa<FloatType>(to);
  if (to.isInteger(1)) {
    Value zero = constant(value.getType(), 0);
    if (fromFloat)
      return make<arith::CmpFOp>(arith::CmpFPredicate::UNE, value, zero);
    return make<arith::CmpIOp>(arith::CmpIPredicate::ne, value, zero);
  }
  unsigned fromWidth = from.getIntOrFloatBitWidth();
  unsigned toWidth = to.getIntOrFloatBitWidth();
  if (fromFloat && toFloat) {
    if (fromWidth == toWidth) // f16 and bf16, by way of f32
      value = make<arith::ExtFOp>(builder.getF32Type(), value);
    return fromWidth < toWidth ? make<arith::ExtFOp>(target, value)
                               : make<arith::TruncFOp>(target, value);
  }
  if (fromFloat)
    return signOf(to) == Sign::isUnsigned
               ? make<arith::FPToUIOp>(target, value)
               : make<arith::FPToSIOp>(target, value);
  bool isUnsigned = signOf(from) == Sign::isUnsigned;
  if (toFloat)
    return isUnsigned ? make<arith::UIToFPOp>(target, value)
                      : make<arith::SIToFPOp>(target, value);
  if (fromWidth == toWidth)
    return value;
  if (fromWidth > toWidth)
    return make<arith::TruncIOp>(target, value);
  return isUnsigned ? make<arith::ExtUIOp>(target, value)
                    : make<arith::ExtSIOp>(target, value);
}

} // namespace sinter::kernel
