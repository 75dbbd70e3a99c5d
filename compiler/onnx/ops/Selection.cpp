// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops that find elements; how many is known when the model runs only.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Slices.h"
#include "dialects/graph/ops/NonMaxSuppression.h"
#include "dialects/graph/ops/NonZero.h"
#include "dialects/graph/ops/TopK.h"
#include "dialects/graph/ops/Unique.h"
#include <limits>

using namespace mlir;
using llvm::ArrayRef;

namespace sinter::onnx {

using graph::DimAttr;

namespace {

/// All results of an op.
template <typename Op>
Values makeAll(NodeImport &node, ValueRange operands,
               typename Op::Properties properties = {}) {
  Value first = node.make<Op>(operands, properties);
  if (!first)
    return Values(4);
  return Values(first.getDefiningOp()->getResults());
}

/// The first `count` rows; a row is a slice of the first axis.
Value firstRows(NodeImport &node, Value rows, DimAttr count) {
  return rows ? sliceAxis(node, rows, 0, node.dim(0), 1, count) : Value();
}

/// The coordinates of elements that are not 0, a row each.
Value nonZeroRows(NodeImport &node, Value value) {
  Values found = makeAll<graph::NonZeroOp>(node, value);
  if (node.failed())
    return {};
  return firstRows(node, found[0], node.bind(found[1]));
}

} // namespace

Values importNonZero(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  Value rows = nonZeroRows(node, node.input(0));
  return {node.transpose(rows, {1, 0})};
}

Values importCompress(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  Parts m(node);
  Value value = node.input(0), condition = node.input(1);
  int64_t axis = 0;
  if (node.has("axis"))
    axis = node.normalizedAxis(node.integer("axis", 0), node.rank(value));
  else
    value = node.reshape(value, {m.product(node.dims(value))});
  if (node.failed())
    return {};
  if (node.rank(condition) != 1)
    return node.invalid("the condition is no vector");
  // Those after the end of the axis do not count.
  DimAttr known = node.checked(graph::apply(graph::DimFunction::Min,
                                            node.dims(condition)[0],
                                            node.dims(value)[axis]));
  Value rows = nonZeroRows(node, firstRows(node, condition, known));
  if (node.failed())
    return {};
  return {m.gather(value, node.reshape(rows, {node.dims(rows)[0]}), axis)};
}

Values importUnique(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  Parts m(node);
  Value value = node.input(0);
  int64_t axis = 0;
  if (node.has("axis"))
    axis = node.normalizedAxis(node.integer("axis", 0), node.rank(value));
  else
    value = node.reshape(value, {m.product(node.dims(value))});
  if (node.failed())
    return {};
  // Rows of a matrix: the axis comes first.
  llvm::SmallVector<int64_t> order = axesBetween(0, node.rank(value));
  std::rotate(order.begin(), order.begin() + axis, order.begin() + axis + 1);
  Value rows = axis == 0 ? value : node.transpose(value, order);
  Dims dims = node.dims(rows);
  if (node.failed())
    return {};
  rows = node.reshape(
      rows, {dims[0], m.product(ArrayRef<DimAttr>(dims).drop_front())});
  graph::UniqueOp::Properties properties;
  if (node.integer("sorted", 1) != 0)
    properties.sorted = node.builder.getUnitAttr();
  Values found = makeAll<graph::UniqueOp>(node, rows, properties);
  if (node.failed())
    return {};
  DimAttr count = node.bind(found[3]);
  Value firsts = firstRows(node, found[0], count);
  return {m.gather(value, firsts, axis), firsts, found[2],
          firstRows(node, found[1], count)};
}

Values importTopK(NodeImport &node) {
  if (!node.expectInputs(1, 2))
    return {};
  Value value = node.input(0);
  DimAttr k = node.dim(node.integer("k", 0));
  if (node.opset >= 10) {
    std::optional<Dims> given = node.contents(1);
    if (!given || given->size() != 1)
      return node.invalid("k must be one integer");
    k = given->front();
  }
  graph::TopKOp::Properties properties;
  properties.axis = node.builder.getI64IntegerAttr(
      node.normalizedAxis(node.integer("axis", -1), node.rank(value)));
  properties.k = k;
  if (node.integer("largest", 1) != 0)
    properties.largest = node.builder.getUnitAttr();
  Values found = makeAll<graph::TopKOp>(node, value, properties);
  return {found[0], found[1]};
}

Values importNonMaxSuppression(NodeImport &node) {
  if (!node.expectInputs(2, 5))
    return {};
  DimAttr most = node.dim(0);
  if (node.input(2)) {
    Parts m(node);
    std::optional<Dims> given = node.known(2);
    if (given && given->size() == 1 && given->front().getConstant())
      most = node.dim(std::max<int64_t>(*given->front().getConstant(), 0));
    else if (Value scalar = node.reshape(node.input(2), {}))
      most = node.bind(m.max(scalar, m.like(scalar, 0)));
  }
  Type f32 = node.builder.getF32Type();
  auto threshold = [&](size_t index, double otherwise) {
    return node.input(index) ? node.reshape(node.input(index), {})
                             : node.scalar(otherwise, f32);
  };
  graph::NonMaxSuppressionOp::Properties properties;
  properties.most = most;
  if (node.integer("center_point_box", 0) != 0)
    properties.centers = node.builder.getUnitAttr();
  Values found = makeAll<graph::NonMaxSuppressionOp>(
      node,
      {node.input(0), node.input(1), threshold(3, 0),
       threshold(4, -std::numeric_limits<double>::infinity())},
      properties);
  if (node.failed())
    return {};
  return {firstRows(node, found[0], node.bind(found[1]))};
}

} // namespace sinter::onnx
