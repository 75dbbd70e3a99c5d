// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops that choose elements by indices of their own, or by their positions.
#include "compiler/onnx/ops/Choose.h"
#include "compiler/onnx/ops/Math.h"
#include "compiler/onnx/ops/Ops.h"
#include "dialects/graph/ops/GatherElements.h"
#include "dialects/graph/ops/Reduction.h"

using namespace mlir;

namespace sinter::onnx {

Value gatherElements(NodeImport &node, Value input, Value indices,
                     int64_t axis) {
  Dims from = node.dims(input), to = node.dims(indices);
  // The indices lie within the input; where that is not known, the reshape's
  // guard checks it.
  if (from.size() == to.size())
    for (int64_t other = 0; other < static_cast<int64_t>(to.size()); ++other)
      if (other != axis &&
          !(from[other].getConstant() && to[other].getConstant()))
        from[other] = node.checked(
            graph::apply(graph::DimFunction::Max, from[other], to[other]));
  graph::GatherElementsOp::Properties properties;
  properties.axis = node.builder.getI64IntegerAttr(axis);
  return node.make<graph::GatherElementsOp>(
      {node.reshape(input, from), indices}, properties);
}

Values importGatherElements(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  int64_t axis =
      node.normalizedAxis(node.integer("axis", 0), node.rank(node.input(0)));
  return {gatherElements(node, node.input(0), node.input(1), axis)};
}

/// Element t of a sequence of length n is element n - 1 - t, where t < n.
Values importReverseSequence(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  Value input = node.input(0), lengths = node.input(1);
  Dims dims = node.dims(input);
  int64_t rank = dims.size();
  int64_t time = node.normalizedAxis(node.integer("time_axis", 0), rank);
  int64_t batch = node.normalizedAxis(node.integer("batch_axis", 1), rank);
  if (node.failed())
    return {};
  if (time == batch || time > 1 || batch > 1 || node.rank(lengths) != 1)
    return node.invalid("time_axis and batch_axis must be 0 and 1, and "
                        "sequence_lens of rank 1");
  Math m(node);
  Value position =
      node.unsqueeze(node.iota(dims[time]), axesBetween(1, 2 - time));
  Value length = node.unsqueeze(lengths, axesBetween(1, 2 - batch));
  Value mirrored = m.sub(m.sub(length, m.like(length, 1)), position);
  Value index = node.select(m.less(position, length), mirrored, position);
  index = node.unsqueeze(index, axesBetween(2, rank));
  return {gatherElements(node, input, node.expand(index, dims), time)};
}

/// 1 where the first of the largest elements is, else 0.
Values importHardmax(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  Math m(node);
  Value x = node.input(0);
  Dims whole = node.dims(x), dims = whole;
  int64_t axis = node.normalizedAxis(
      node.integer("axis", node.opset < 13 ? 1 : -1), dims.size());
  if (node.failed())
    return {};
  if (node.opset < 13) { // the axes from `axis` on are taken as one
    dims.truncate(axis);
    dims.push_back(node.checked(graph::product(
        node.builder.getContext(), llvm::ArrayRef(whole).drop_front(axis))));
    x = node.reshape(x, dims);
  }
  Value isLargest = m.equal(x, m.largest(x, axis, /*keepDims=*/true));
  Value position =
      node.unsqueeze(node.iota(dims[axis]),
                     axesBetween(1, static_cast<int64_t>(dims.size()) - axis));
  Value end = node.dimsValue(dims[axis], {}, node.builder.getI64Type());
  Value first = node.reduce<graph::ReduceMinOp>(
      node.select(isLargest, position, end), axis, /*keepDims=*/true);
  Value result = node.cast(m.equal(position, first), node.element(x));
  return {node.reshape(result, whole)};
}

Values importEyeLike(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  Dims dims = node.dims(node.input(0));
  if (dims.size() != 2)
    return node.invalid("the input must have rank 2");
  Type element = node.has("dtype") ? elementOf(node, node.integer("dtype", 0))
                                   : node.element(node.input(0));
  if (!element)
    return {};
  Math m(node);
  Value row = node.unsqueeze(node.iota(dims[0]), 1),
        column = node.iota(dims[1]);
  Value offset = m.like(row, static_cast<double>(node.integer("k", 0)));
  return {node.cast(m.equal(m.add(row, offset), column), element)};
}

} // namespace sinter::onnx
