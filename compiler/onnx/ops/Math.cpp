// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ops/Math.h"

#include "dialects/graph/ops/Binary.h"
#include "dialects/graph/ops/Reduction.h"
#include "dialects/graph/ops/Unary.h"

using namespace mlir;
using llvm::ArrayRef;

namespace sinter::onnx {

#define BINARY(NAME, OP)                                                       \
  Value Math::NAME(Value lhs, Value rhs) {                                     \
    return node.make<graph::OP>({lhs, rhs});                                   \
  }
BINARY(add, AddOp)
BINARY(sub, SubOp)
BINARY(mul, MulOp)
BINARY(div, DivOp)
BINARY(min, MinOp)
BINARY(max, MaxOp)
BINARY(less, LessOp)
BINARY(equal, EqualOp)
#undef BINARY

#define UNARY(NAME, OP)                                                        \
  Value Math::NAME(Value value) { return node.make<graph::OP>(value); }
UNARY(logicalNot, NotOp)
UNARY(abs, AbsOp)
UNARY(neg, NegOp)
UNARY(exp, ExpOp)
UNARY(log, LogOp)
UNARY(erf, ErfOp)
UNARY(tanh, TanhOp)
UNARY(sqrt, SqrtOp)
UNARY(sigmoid, SigmoidOp)
#undef UNARY

Value Math::gelu(Value x) {
  Value inner = erf(mul(x, like(x, 0.70710678118654752)));
  return mul(mul(like(x, 0.5), x), add(like(x, 1), inner));
}

Value Math::geluByTanh(Value x) {
  Value cube = mul(x, mul(x, x));
  Value sum = add(x, mul(cube, like(x, 0.044715)));
  Value inner = tanh(mul(sum, like(x, 0.79788456080286536)));
  return mul(mul(like(x, 0.5), x), add(like(x, 1), inner));
}

Value Math::sum(Value value, ArrayRef<int64_t> axes, bool keepDims) {
  return node.reduce<graph::ReduceSumOp>(value, axes, keepDims);
}

Value Math::largest(Value value, ArrayRef<int64_t> axes, bool keepDims) {
  return node.reduce<graph::ReduceMaxOp>(value, axes, keepDims);
}

Value Math::mean(Value value, ArrayRef<int64_t> axes, bool keepDims) {
  Dims dims = node.dims(value), reduced;
  for (int64_t axis : axes)
    if (axis < static_cast<int64_t>(dims.size()))
      reduced.push_back(dims[axis]);
  graph::DimAttr count =
      node.checked(graph::product(node.builder.getContext(), reduced));
  Type element = node.element(value);
  Value divisor;
  if (count.getConstant())
    divisor = like(value, static_cast<double>(*count.getConstant()));
  else if (element)
    divisor = node.cast(node.dimsValue(count, {}, node.builder.getI64Type()),
                        element);
  return div(sum(value, axes, keepDims), divisor);
}

Value Math::widen(Value value) {
  Type element = node.element(value);
  bool isNarrow = element && (element.isF16() || element.isBF16());
  return isNarrow ? node.cast(value, node.builder.getF32Type()) : value;
}

} // namespace sinter::onnx
