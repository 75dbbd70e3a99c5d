// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/RoutineSizes.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"
#include "runtime/src/ops/Routines.h"

using namespace mlir;

namespace sinter::graph {

RoutineSizes::RoutineSizes(Value value)
    : element(getElementTypeOrSelf(value)), context(value.getContext()),
      dims(*dimsOf(value.getType())) {}

DimAttr RoutineSizes::constant(int64_t value) const {
  return DimAttr::constant(context, value);
}

DimAttr RoutineSizes::multiply(DimAttr lhs, DimAttr rhs) const {
  FailureOr<DimAttr> result = graph::multiply(lhs, rhs);
  return succeeded(result) ? *result : constant(-1);
}

DimAttr RoutineSizes::product(int64_t begin, int64_t end) const {
  FailureOr<DimAttr> result =
      graph::product(context, llvm::ArrayRef(dims).slice(begin, end - begin));
  return succeeded(result) ? *result : constant(-1);
}

DimAttr RoutineSizes::type() const {
  auto number = [&]() -> int64_t {
    if (element.isF32())
      return routine::Float32;
    if (element.isF64())
      return routine::Float64;
    if (element.isF16())
      return routine::Float16;
    if (element.isBF16())
      return routine::BFloat16;
    auto integer = dyn_cast<IntegerType>(element);
    bool isUnsigned = integer && integer.isUnsigned();
    switch (integer ? integer.getWidth() : 0) {
    case 1:
      return routine::Bool;
    case 8:
      return isUnsigned ? routine::UInt8 : routine::Int8;
    case 16:
      return isUnsigned ? routine::UInt16 : routine::Int16;
    case 32:
      return isUnsigned ? routine::UInt32 : routine::Int32;
    case 64:
      return isUnsigned ? routine::UInt64 : routine::Int64;
    default:
      return -1;
    }
  };
  return constant(number());
}

DimAttr RoutineSizes::elementBytes() const {
  return constant((element.getIntOrFloatBitWidth() + 7) / 8);
}

} // namespace sinter::graph
