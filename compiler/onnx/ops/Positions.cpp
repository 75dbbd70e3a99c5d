// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ops/Positions.h"

#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/RuntimeAxes.h"
#include "compiler/onnx/ops/Slices.h"
#include "dialects/graph/ops/Binary.h"

using namespace mlir;

namespace sinter::onnx {

/// Whether it depends on a dim if an element is negative.
static bool hasOpenSign(NodeImport &node, size_t index) {
  std::optional<Dims> given = node.partial(index);
  return given && llvm::any_of(*given, [&](graph::DimAttr dim) {
           return dim && !dim.getConstant() && !graph::isNonNegative(dim) &&
                  !graph::isNonNegative(
                      node.checked(graph::subtract(node.dim(-1), dim)));
         });
}

bool needsPositions(NodeImport &node) {
  if (isRuntime(node, 3) || isRuntime(node, 4))
    return true;
  std::optional<Dims> steps = node.known(4);
  bool isBackward = steps && llvm::any_of(*steps, [](graph::DimAttr step) {
                      return step.getConstant().value_or(0) < 0;
                    });
  if (isBackward && (isRuntime(node, 1) || isRuntime(node, 2)))
    return true;
  return hasOpenSign(node, 1) || hasOpenSign(node, 2);
}

namespace {

/// Vectors over some axes, as i64.
struct SliceVectors {
  std::vector<int64_t> axes;
  Value starts, ends, steps, dims;
};

/// More than any dim, and what "to the end" is clamped to.
constexpr int64_t endless = INT32_MAX;

std::optional<SliceVectors> vectorsOf(NodeImport &node) {
  Parts m(node);
  Dims dims = node.dims(node.input(0)), given = node.dims(node.input(1));
  auto rank = static_cast<int64_t>(dims.size());
  SliceVectors v;
  Type i64 = node.builder.getI64Type();
  v.starts = node.cast(node.input(1), i64);
  v.ends = node.cast(node.input(2), i64);
  v.steps = node.input(4) ? node.cast(node.input(4), i64)
                          : node.expand(node.scalar(1, i64), given);
  if (isRuntime(node, 3)) {
    RuntimeAxes axes(node, 3, rank);
    if (node.failed())
      return std::nullopt;
    for (int64_t axis = 0; axis < rank; ++axis)
      v.axes.push_back(axis);
    v.starts = axes.spread(v.starts, 0);
    v.ends = axes.spread(v.ends, endless);
    v.steps = axes.spread(v.steps, 1);
  } else if (node.input(3)) {
    v.axes = node.constants(3).value_or(std::vector<int64_t>());
  } else if (given.size() == 1 &&
             given.front().getConstant().value_or(rank + 1) <= rank) {
    for (int64_t axis = 0; axis < *given.front().getConstant(); ++axis)
      v.axes.push_back(axis);
  } else {
    node.unsupported("the number of starts is not known, or over the rank",
                     "starts and ends of a constant number");
  }
  Dims sizes;
  for (int64_t &axis : v.axes) {
    axis = node.normalizedAxis(axis, rank);
    if (!node.failed())
      sizes.push_back(dims[axis]);
  }
  v.dims = node.dimsValue(sizes, static_cast<int64_t>(sizes.size()), i64);
  return node.failed() ? std::nullopt : std::optional(v);
}

/// The first positions, and turns ends into numbers of elements.
void resolve(NodeImport &node, SliceVectors &v) {
  Parts m(node);
  Value zero = m.like(v.dims, 0), one = m.like(v.dims, 1);
  v.steps =
      m.clamp(v.steps, m.like(v.steps, -endless), m.like(v.steps, endless));
  Value isBack = m.less(v.steps, zero);
  // Positions lie in [0, dim]. Backward, starts lie in [0, dim - 1], or are -1
  // if there are no elements, and ends in [-1, dim - 1].
  Value shift = node.select(isBack, one, zero);
  auto wrapped = [&](Value bound) {
    return node.select(m.less(bound, zero), m.add(bound, v.dims), bound);
  };
  Value lowest = m.neg(shift), highest = m.sub(v.dims, shift);
  v.starts = m.min(m.max(wrapped(v.starts), zero), highest);
  v.ends = m.clamp(wrapped(v.ends), lowest, highest);
  Value distance = m.sub(v.ends, v.starts);
  distance = m.max(node.select(isBack, m.neg(distance), distance), zero);
  Value step = m.max(m.abs(v.steps), one);
  v.ends = m.div(m.add(distance, m.sub(step, one)), step);
  v.starts = m.max(v.starts, zero); // of an empty slice
}

} // namespace

Value sliceByPositions(NodeImport &node) {
  std::optional<SliceVectors> v = vectorsOf(node);
  if (!v)
    return {};
  Parts m(node);
  resolve(node, *v);
  std::optional<Dims> sizes = node.bindElements(v->ends);
  Value value = node.input(0);
  if (!sizes || sizes->size() != v->axes.size()) {
    node.invalid("starts, ends, axes and steps have different lengths");
    return {};
  }
  for (auto [index, axis] : llvm::enumerate(v->axes)) {
    Value offset =
        m.mul(node.iota((*sizes)[index]), node.elementAt(v->steps, index));
    value =
        m.gather(value, m.add(node.elementAt(v->starts, index), offset), axis);
  }
  return value;
}

Value padByPositions(NodeImport &node, Value value, std::string_view mode,
                     const PadVectors &pads) {
  Parts m(node);
  Type i64 = node.builder.getI64Type();
  Dims dims = node.dims(value);
  Value all = node.dimsValue(dims, static_cast<int64_t>(dims.size()), i64);
  std::optional<Dims> sizes =
      node.bindElements(m.add(m.add(pads.low, all), pads.high));
  if (!sizes || sizes->size() != dims.size()) {
    node.invalid("expected two pads for each axis");
    return {};
  }
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    if ((*sizes)[axis] == dims[axis])
      continue;
    if (dims[axis].getConstant() == 0) {
      node.invalid(fmt::format("axis {} has no elements to repeat", axis));
      return {};
    }
    value = atLeast(node, value, axis, 1);
    Value size = m.size(dims[axis], i64), one = m.like(size, 1);
    Value at = m.sub(node.iota((*sizes)[axis]), node.elementAt(pads.low, axis));
    if (mode == "edge") {
      at = m.clamp(at, m.like(at, 0), m.sub(size, one));
    } else if (mode == "wrap") {
      at = node.make<graph::ModOp>({at, m.max(size, one)});
    } else {
      Value period = m.mul(m.sub(size, one), m.like(size, 2));
      at = node.make<graph::ModOp>({at, m.max(period, one)});
      at = node.select(m.less(at, size), at, m.sub(period, at));
    }
    value = m.gather(value, at, axis);
  }
  return value;
}

} // namespace sinter::onnx
