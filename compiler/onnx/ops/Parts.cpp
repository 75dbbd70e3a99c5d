// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ops/Parts.h"

#include "compiler/onnx/ops/Slices.h"
#include "dialects/graph/ops/Binary.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Gather.h"
#include "dialects/graph/ops/MatMul.h"
#include "dialects/graph/ops/Pad.h"
#include "dialects/graph/ops/Reduction.h"
#include "dialects/graph/ops/Reshape.h"
#include "dialects/graph/ops/Unary.h"
#include <cstring>

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {

Value Parts::floor(Value value) { return node.make<graph::FloorOp>(value); }
Value Parts::ceil(Value value) { return node.make<graph::CeilOp>(value); }
Value Parts::round(Value value) { return node.make<graph::RoundOp>(value); }
Value Parts::relu(Value value) { return node.make<graph::ReluOp>(value); }
Value Parts::both(Value lhs, Value rhs) {
  return node.make<graph::AndOp>({lhs, rhs});
}
Value Parts::either(Value lhs, Value rhs) {
  return node.make<graph::OrOp>({lhs, rhs});
}
Value Parts::lessOrEqual(Value lhs, Value rhs) {
  return node.make<graph::LessOrEqualOp>({lhs, rhs});
}

Value Parts::smallest(Value value, ArrayRef<int64_t> axes, bool keepDims) {
  return node.reduce<graph::ReduceMinOp>(value, axes, keepDims);
}

Value Parts::clamp(Value value, Value low, Value high) {
  return min(max(value, low), high);
}

Value Parts::matMul(Value lhs, Value rhs) {
  return node.make<graph::MatMulOp>({lhs, rhs});
}

/// A vector on the left is a row, on the right a column; its unit dim is
/// dropped from the product.
Value Parts::vectorMatMul(Value lhs, Value rhs) {
  Dims left = node.dims(lhs), right = node.dims(rhs);
  if (left.empty() || right.empty()) {
    node.invalid("operands are scalars; expected rank 1 or more");
    return {};
  }
  bool isRow = left.size() == 1, isColumn = right.size() == 1;
  if (isRow)
    left.insert(left.begin(), node.dim(1));
  if (isColumn)
    right.push_back(node.dim(1));
  Value product = matMul(node.reshape(lhs, left), node.reshape(rhs, right));
  if (!product)
    return {};
  Dims dims = node.dims(product);
  if (isColumn)
    dims.pop_back();
  if (isRow)
    dims.erase(dims.end() - (isColumn ? 1 : 2));
  return node.reshape(product, dims);
}

Value Parts::gather(Value value, Value indices, int64_t axis) {
  graph::GatherOp::Properties properties;
  properties.axis = node.builder.getI64IntegerAttr(axis);
  return node.make<graph::GatherOp>({value, indices}, properties);
}

Value Parts::pad(Value value, int64_t axis, std::pair<int64_t, int64_t> sizes,
                 double number) {
  auto [low, high] = sizes;
  if (!value || (low == 0 && high == 0))
    return value;
  Dims before(node.rank(value), node.dim(0)), after = before;
  before[axis] = node.dim(low);
  after[axis] = node.dim(high);
  graph::PadOp::Properties properties;
  properties.low = node.array(before);
  properties.high = node.array(after);
  return node.make<graph::PadOp>({value, like(value, number)}, properties);
}

Value Parts::swapLast(Value value) {
  SmallVector<int64_t> axes = axesBetween(0, node.rank(value));
  if (axes.size() < 2)
    return {};
  std::swap(axes.end()[-1], axes.end()[-2]);
  return node.transpose(value, axes);
}

Value Parts::reverse(Value value, int64_t axis) {
  if (!value)
    return {};
  graph::DimAttr dim = node.dims(value)[axis];
  graph::DimAttr last = node.checked(graph::subtract(dim, node.dim(1)));
  return sliceAxis(node, value, axis, last, -1, dim);
}

Value Parts::along(Value vector, int64_t axis, int64_t rank) {
  Dims dims(rank, node.dim(1));
  if (!vector)
    return {};
  dims[axis] = node.dims(vector).front();
  return node.reshape(vector, dims);
}

Value Parts::size(graph::DimAttr dim, Type element) {
  return node.cast(node.dimsValue(dim, {}, node.builder.getI64Type()), element);
}

Value Parts::wrap(Value indices, graph::DimAttr dim) {
  Type i64 = node.builder.getI64Type();
  Value wide = node.cast(indices, i64);
  return node.select(less(wide, like(wide, 0)), add(wide, size(dim, i64)),
                     wide);
}

graph::DimAttr Parts::product(ArrayRef<graph::DimAttr> dims) {
  return node.checked(graph::product(node.builder.getContext(), dims));
}

std::optional<std::vector<float>> constantFloats(NodeImport &node,
                                                 size_t index) {
  std::optional<std::vector<float>> floats = knownFloats(node, index);
  if (!floats && !node.failed() && node.input(index))
    node.unsupported(fmt::format("input {} is no constant of f32", index),
                     "constants");
  return floats;
}

std::optional<std::vector<float>> knownFloats(NodeImport &node, size_t index) {
  Value value = node.input(index);
  if (node.failed() || !value)
    return std::nullopt;
  while (auto reshape = value.getDefiningOp<graph::ReshapeOp>())
    value = reshape.getInput();
  auto constant = value.getDefiningOp<graph::ConstantOp>();
  uint64_t key = 0;
  if (!constant || !node.element(value).isF32() ||
      constant.getValue().getKey().getAsInteger(10, key))
    return std::nullopt;
  std::span<const std::byte> bytes =
      node.state.model.blobs.bytes(static_cast<BlobKey>(key));
  std::vector<float> floats(bytes.size() / sizeof(float));
  std::memcpy(floats.data(), bytes.data(), floats.size() * sizeof(float));
  return floats;
}

} // namespace sinter::onnx
