// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops that move elements.
#include "compiler/onnx/ops/Math.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Slices.h"
#include "dialects/graph/ops/Gather.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {

Values importTranspose(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  std::vector<int64_t> permutation = node.integers("perm");
  if (!node.has("perm"))
    for (int64_t axis = node.rank(node.input(0)); axis-- > 0;)
      permutation.push_back(axis);
  return {node.transpose(node.input(0), permutation)};
}

Values importConcat(NodeImport &node) {
  if (!node.expectInputs(1, SIZE_MAX))
    return {};
  if (node.opset >= 4 && !node.has("axis"))
    return node.invalid("there is no axis");
  int64_t axis =
      node.normalizedAxis(node.integer("axis", 1), node.rank(node.input(0)));
  return {node.concat(node.inputs, axis)};
}

namespace {

/// Indices that are known must be inside; others are clamped in a run.
bool checkIndices(NodeImport &node, graph::DimAttr dim) {
  std::optional<Dims> indices = node.state.contents.known(node.input(1));
  std::optional<int64_t> size = dim.getConstant();
  for (graph::DimAttr known : indices.value_or(Dims())) {
    std::optional<int64_t> index = known.getConstant();
    if (!size || !index || (*index >= -*size && *index < *size))
      continue;
    node.invalid(fmt::format("index {} is outside of {}", *index, *size));
    return false;
  }
  return true;
}

} // namespace

Values importGather(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  int64_t axis =
      node.normalizedAxis(node.integer("axis", 0), node.rank(node.input(0)));
  if (node.failed() || !checkIndices(node, node.dims(node.input(0))[axis]))
    return {};
  graph::GatherOp::Properties properties;
  properties.axis = node.builder.getI64IntegerAttr(axis);
  return {node.make<graph::GatherOp>(node.inputs, properties)};
}

namespace {

/// N, C, H, W and the block size.
struct Blocks {
  graph::DimAttr n, c, h, w, block;
  int64_t size;
};

std::optional<Blocks> blocksOf(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return std::nullopt;
  Dims dims = node.dims(node.input(0));
  int64_t size = node.integer("blocksize", 0);
  if (dims.size() != 4 || size < 1 || size > INT32_MAX) {
    node.invalid("expected rank 4 and a positive blocksize");
    return std::nullopt;
  }
  return Blocks{dims[0], dims[1], dims[2], dims[3], node.dim(size), size};
}

} // namespace

Values importDepthToSpace(NodeImport &node) {
  std::optional<Blocks> b = blocksOf(node);
  if (!b)
    return {};
  auto product = [&](graph::DimAttr lhs, graph::DimAttr rhs) {
    return node.checked(graph::multiply(lhs, rhs));
  };
  graph::DimAttr c = node.checked(graph::apply(
      graph::DimFunction::FloorDiv, b->c, node.dim(b->size * b->size)));
  bool isDcr = node.text("mode", "DCR") == "DCR";
  Value value = node.input(0);
  if (isDcr)
    value = node.transpose(
        node.reshape(value, {b->n, b->block, b->block, c, b->h, b->w}),
        {0, 3, 4, 1, 5, 2});
  else
    value = node.transpose(
        node.reshape(value, {b->n, c, b->block, b->block, b->h, b->w}),
        {0, 1, 4, 2, 5, 3});
  return {node.reshape(
      value, {b->n, c, product(b->h, b->block), product(b->w, b->block)})};
}

Values importSpaceToDepth(NodeImport &node) {
  std::optional<Blocks> b = blocksOf(node);
  if (!b)
    return {};
  auto quotient = [&](graph::DimAttr dim) {
    return node.checked(
        graph::apply(graph::DimFunction::FloorDiv, dim, b->block));
  };
  graph::DimAttr h = quotient(b->h), w = quotient(b->w);
  Value value =
      node.reshape(node.input(0), {b->n, b->c, h, b->block, w, b->block});
  if (node.text("mode", "DCR") == "DCR")
    value = node.transpose(value, {0, 3, 5, 1, 2, 4});
  else
    value = node.transpose(value, {0, 1, 3, 5, 2, 4});
  graph::DimAttr c =
      node.checked(graph::multiply(b->c, node.dim(b->size * b->size)));
  return {node.reshape(value, {b->n, c, h, w})};
}

/// Keeps what is on one side of a diagonal of the last two axes.
Values importTrilu(NodeImport &node) {
  if (!node.expectInputs(1, 2))
    return {};
  Dims dims = node.dims(node.input(0));
  if (dims.size() < 2)
    return node.invalid("the input must have rank 2 or more");
  Math m(node);
  Value row = node.unsqueeze(node.iota(dims[dims.size() - 2]), 1);
  Value column = node.iota(dims.back());
  Value diagonal = row;
  if (node.input(1))
    diagonal = m.add(row, node.reshape(node.input(1), {}));
  bool isUpper = node.integer("upper", 1) != 0;
  Value isGone = isUpper ? m.less(column, diagonal) : m.less(diagonal, column);
  Value zero = node.cast(m.like(node.input(0), 0), node.element(node.input(0)));
  return {node.select(isGone, zero, node.input(0))};
}

/// Compares each index with 0, 1, ..., depth - 1 on a new axis.
Values importOneHot(NodeImport &node) {
  if (!node.expectInputs(3, 3))
    return {};
  graph::DimAttr depth = node.dimOf(1);
  Dims values = node.dims(node.input(2));
  if (values.size() != 1)
    return node.invalid("values must have rank 1");
  Math m(node);
  Type i64 = node.builder.getI64Type();
  int64_t rank = node.rank(node.input(0)) + 1;
  int64_t axis = node.normalizedAxis(node.integer("axis", -1), rank);
  Value indices = node.cast(node.input(0), i64);
  Value length = node.dimsValue(depth, {}, i64);
  indices = node.select(m.less(indices, m.like(indices, 0)),
                        m.add(indices, length), indices);
  Value positions =
      node.unsqueeze(node.iota(depth), axesBetween(1, rank - axis));
  Value isHot = m.equal(node.unsqueeze(indices, axis), positions);
  Value offOn = node.reshape(node.input(2), {node.dim(2)});
  auto value = [&](int64_t index) {
    Value element = sliceAxis(node, offOn, 0, node.dim(index), 1, node.dim(1));
    return node.reshape(element, {});
  };
  return {node.select(isHot, value(1), value(0))};
}

} // namespace sinter::onnx
