// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Slice.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Positions.h"
#include "compiler/onnx/ops/Slices.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {

using graph::DimAttr;
using graph::DimFunction;

AxisSlices::AxisSlices(NodeImport &node, Value value)
    : node(node), value(value), sizes(node.dims(value)) {
  starts.assign(sizes.size(), node.dim(0));
  steps.assign(sizes.size(), 1);
}

void AxisSlices::set(size_t axis, DimAttr start, int64_t step, DimAttr size) {
  starts[axis] = start;
  steps[axis] = step;
  sizes[axis] = size;
}

Value AxisSlices::make() {
  graph::SliceOp::Properties properties;
  properties.starts = node.array(starts);
  properties.steps = node.builder.getDenseI64ArrayAttr(steps);
  properties.sizes = node.array(sizes);
  return node.make<graph::SliceOp>(value, properties);
}

Value sliceAxis(NodeImport &node, Value value, size_t axis, DimAttr start,
                int64_t step, DimAttr size) {
  if (!value)
    return {};
  AxisSlices slices(node, value);
  slices.set(axis, start, step, size);
  return slices.make();
}

Value atLeast(NodeImport &node, Value value, size_t axis, int64_t least) {
  Dims dims = node.dims(value);
  if (!value || dims[axis].getConstant())
    return value;
  dims[axis] =
      node.checked(graph::apply(DimFunction::Max, dims[axis], node.dim(least)));
  return node.reshape(value, dims);
}

namespace {

/// Files write "to the end" as a large number; no dim is as large.
constexpr int64_t endless = INT32_MAX;

/// Arithmetic on the dims of one axis.
class Bounds {
public:
  Bounds(NodeImport &node, DimAttr dim) : node(node), dim(dim) {}

  DimAttr plus(DimAttr lhs, DimAttr rhs) {
    return node.checked(graph::add(lhs, rhs));
  }
  DimAttr minus(DimAttr lhs, DimAttr rhs) {
    return node.checked(graph::subtract(lhs, rhs));
  }
  DimAttr call(DimFunction function, DimAttr lhs, DimAttr rhs) {
    return node.checked(graph::apply(function, lhs, rhs));
  }
  /// ceildiv(distance, step), or 0 if that is negative.
  DimAttr count(DimAttr distance, int64_t step) {
    DimAttr steps = call(DimFunction::CeilDiv, distance, node.dim(step));
    return call(DimFunction::Max, steps, node.dim(0));
  }
  /// True if the value counts from the end. E0207 if symbols leave that open.
  bool isFromEnd(DimAttr value) {
    if (graph::isNonNegative(value))
      return false;
    DimAttr inverse = minus(node.dim(-1), value);
    if (!graph::isNonNegative(inverse))
      node.unsupported("the sign of a start or end depends on a dim",
                       "starts and ends of known sign");
    return true;
  }
  DimAttr clampConstant(DimAttr value) {
    std::optional<int64_t> constant = value.getConstant();
    return constant ? node.dim(std::clamp(*constant, -endless, endless))
                    : value;
  }
  /// The first position and the number of elements.
  std::pair<DimAttr, DimAttr> forward(DimAttr start, DimAttr end, int64_t step);
  std::pair<DimAttr, DimAttr> backward(DimAttr start, DimAttr end,
                                       int64_t step);

private:
  NodeImport &node;
  DimAttr dim;
};

std::pair<DimAttr, DimAttr> Bounds::forward(DimAttr start, DimAttr end,
                                            int64_t step) {
  bool toEnd = end.getConstant() == endless || end == dim;
  DimAttr zero = node.dim(0), first = start, last = dim;
  bool isFromEnd = this->isFromEnd(start);
  if (isFromEnd)
    first = call(DimFunction::Max, plus(dim, start), zero);
  if (!toEnd)
    last = this->isFromEnd(end) ? plus(dim, end)
                                : call(DimFunction::Min, end, dim);
  if (isFromEnd && toEnd) // shorter than dim - max(dim + start, 0)
    return {first,
            count(call(DimFunction::Min, minus(zero, start), dim), step)};
  return {first, count(minus(last, first), step)};
}

std::pair<DimAttr, DimAttr> Bounds::backward(DimAttr start, DimAttr end,
                                             int64_t step) {
  DimAttr top = plus(dim, node.dim(-1)), first, last;
  if (start.getConstant() == endless || start.getConstant() == -1)
    first = top;
  else if (isFromEnd(
               start)) // before 0 counts as 0; -1 if there are no elements
    first = call(DimFunction::Max, plus(dim, start),
                 call(DimFunction::Min, node.dim(0), top));
  else
    first = call(DimFunction::Min, start, top);
  if (end.getConstant() == -endless)
    last = node.dim(-1);
  else
    last = isFromEnd(end) ? call(DimFunction::Max, plus(dim, end), node.dim(-1))
                          : end;
  DimAttr size = count(minus(first, last), -step);
  return {call(DimFunction::Max, first, node.dim(0)), size};
}

/// A start or end that the model computes, within the dim.
DimAttr runtimeBound(NodeImport &node, size_t input, size_t index,
                     DimAttr dim) {
  Parts m(node);
  Value bound = node.cast(node.elementAt(node.input(input), index),
                          node.builder.getI64Type());
  Value size = m.size(dim, node.builder.getI64Type());
  Value fromStart = m.add(bound, size);
  Value zero = m.like(bound, 0);
  bound = node.select(m.less(bound, zero), fromStart, bound);
  return node.bind(m.clamp(bound, zero, size));
}

/// Inputs (or attributes, before opset 10) of a Slice. Starts and ends are null
/// where the model computes them.
struct SliceLists {
  Dims starts, ends;
  std::vector<int64_t> axes, steps;
};

std::optional<SliceLists> sliceLists(NodeImport &node) {
  SliceLists lists;
  std::optional<std::vector<int64_t>> axes, steps;
  if (node.opset < 10) {
    for (int64_t start : node.integers("starts"))
      lists.starts.push_back(node.dim(start));
    for (int64_t end : node.integers("ends"))
      lists.ends.push_back(node.dim(end));
    if (node.has("axes"))
      axes = node.integers("axes");
  } else if (node.expectInputs(3, 5)) {
    lists.starts = node.partial(1).value_or(Dims());
    lists.ends = node.partial(2).value_or(Dims());
    if (lists.starts.empty() && node.input(1) && !node.partial(1))
      node.unsupported("the number of starts is not known",
                       "starts and ends of a constant number");
    axes = node.constants(3);
    steps = node.constants(4);
  }
  size_t count = lists.starts.size();
  if (!axes)
    for (size_t axis = 0; axis < count; ++axis)
      lists.axes.push_back(axis);
  lists.axes = axes ? *axes : lists.axes;
  lists.steps = steps ? *steps : std::vector<int64_t>(count, 1);
  if (!node.failed() &&
      (lists.ends.size() != count || lists.axes.size() != count ||
       lists.steps.size() != count))
    node.invalid("starts, ends, axes and steps have different lengths");
  if (node.failed())
    return std::nullopt;
  return lists;
}

} // namespace

Values importSlice(NodeImport &node) {
  if (!node.expectInputs(1, 5))
    return {};
  if (node.opset >= 10 && needsPositions(node))
    return {sliceByPositions(node)};
  std::optional<SliceLists> lists = sliceLists(node);
  if (!lists)
    return {};
  Dims dims = node.dims(node.input(0));
  AxisSlices slices(node, node.input(0));
  for (size_t index = 0; index < lists->axes.size(); ++index) {
    int64_t axis = node.normalizedAxis(lists->axes[index], dims.size());
    if (node.failed())
      return {};
    int64_t step = std::max(lists->steps[index], -INT64_MAX);
    if (step == 0)
      return node.invalid("a step is 0");
    Bounds bounds(node, dims[axis]);
    if (step < 0 && (!lists->starts[index] || !lists->ends[index]))
      return node.unsupported("a start or end that the model computes, with a "
                              "negative step",
                              "positive steps there");
    if (!lists->starts[index])
      lists->starts[index] = runtimeBound(node, 1, index, dims[axis]);
    if (!lists->ends[index])
      lists->ends[index] = runtimeBound(node, 2, index, dims[axis]);
    DimAttr start = bounds.clampConstant(lists->starts[index]);
    DimAttr end = bounds.clampConstant(lists->ends[index]);
    auto [first, size] = step > 0 ? bounds.forward(start, end, step)
                                  : bounds.backward(start, end, step);
    slices.set(axis, first, step, size);
  }
  return {slices.make()};
}

namespace {

/// The sizes of a Split's outputs along the axis.
std::optional<Dims> splitSizes(NodeImport &node, DimAttr dim) {
  if (node.has("split") || node.input(1)) {
    if (!node.has("split"))
      return node.contents(1);
    Dims sizes;
    for (int64_t size : node.integers("split"))
      sizes.push_back(node.dim(size));
    return sizes;
  }
  int64_t parts = node.integer("num_outputs", node.proto.output_size());
  if (parts < 1 || parts != node.proto.output_size()) {
    node.invalid("num_outputs is not the number of outputs");
    return std::nullopt;
  }
  DimAttr part =
      node.checked(graph::apply(DimFunction::CeilDiv, dim, node.dim(parts)));
  Dims sizes(parts, part);
  DimAttr others = node.checked(graph::multiply(part, node.dim(parts - 1)));
  sizes.back() = node.checked(graph::subtract(dim, others));
  return sizes;
}

} // namespace

Values importSplit(NodeImport &node) {
  if (!node.expectInputs(1, 2))
    return {};
  Dims dims = node.dims(node.input(0));
  int64_t axis = node.normalizedAxis(node.integer("axis", 0), dims.size());
  if (node.failed())
    return {};
  std::optional<Dims> sizes = splitSizes(node, dims[axis]);
  if (!sizes)
    return {};
  if (sizes->size() != static_cast<size_t>(node.proto.output_size()))
    return node.invalid("split does not have a size for each output");
  DimAttr sum = node.dim(0);
  for (DimAttr size : *sizes)
    sum = node.checked(graph::add(sum, size));
  if (sum.getConstant() && dims[axis].getConstant() && sum != dims[axis])
    return node.invalid("the sizes do not add up to the dim");
  dims[axis] = sum; // where that is not known, the reshape's guard checks it
  Value input = node.reshape(node.input(0), dims);
  Values parts;
  DimAttr start = node.dim(0);
  for (DimAttr size : *sizes) {
    parts.push_back(sliceAxis(node, input, axis, start, 1, size));
    start = node.checked(graph::add(start, size));
  }
  return parts;
}

} // namespace sinter::onnx
