// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// GridSample: values at positions between the elements.
#include "compiler/onnx/ops/Choose.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Slices.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {
namespace {

using graph::DimAttr;

/// An element that counts, and how much: batch x points.
struct Tap {
  Value index, weight;
};

class Sampler {
public:
  explicit Sampler(NodeImport &node) : m(node), node(node) {}

  Values sample();

private:
  bool read();
  /// In elements of an axis, of its part of the grid.
  Value position(Value grid, DimAttr size);
  Value reflected(Value at, Value size);
  Value padded(Value at, Value size);
  SmallVector<Tap> taps(Value at, DimAttr size);
  Tap tap(Value at, Value weight, Value size);
  SmallVector<Value> cubicWeights(Value fraction);

  Parts m;
  NodeImport &node;
  std::string mode, padding;
  bool alignsCorners = false;
  Dims dims, gridDims;
};

bool Sampler::read() {
  if (!node.expectInputs(2, 2))
    return false;
  dims = node.dims(node.input(0));
  gridDims = node.dims(node.input(1));
  mode = node.text("mode", node.opset < 20 ? "bilinear" : "linear");
  if (mode.starts_with("bi"))
    mode = mode.substr(2);
  padding = node.text("padding_mode", "zeros");
  alignsCorners = node.integer("align_corners", 0) != 0;
  int64_t axes = static_cast<int64_t>(dims.size()) - 2;
  if (axes < 1 || gridDims.size() != dims.size() ||
      gridDims.back().getConstant() != axes)
    node.invalid("the grid must have the input's rank, and a coordinate for "
                 "each of its spatial axes");
  if (mode != "nearest" && mode != "linear" && mode != "cubic")
    node.invalid(fmt::format("mode is '{}'", mode));
  if (padding != "zeros" && padding != "border" && padding != "reflection")
    node.invalid(fmt::format("padding_mode is '{}'", padding));
  if (llvm::is_contained(dims, node.dim(0)))
    node.invalid("the input has no elements");
  if (mode == "cubic" && axes > 2)
    node.unsupported("mode 'cubic' of more than two axes",
                     "'linear' and 'nearest' there");
  return !node.failed();
}

Value Sampler::position(Value grid, DimAttr size) {
  Value count = m.size(size, node.element(grid)), one = m.like(grid, 1);
  Value half = m.mul(m.add(grid, one), m.like(grid, 0.5));
  if (alignsCorners)
    return m.mul(half, m.sub(count, one));
  return m.sub(m.mul(half, count), m.like(grid, 0.5));
}

/// Back and forth between the first and the last element, or their outer ends.
Value Sampler::reflected(Value at, Value size) {
  Value low = m.like(at, alignsCorners ? 0 : -0.5);
  Value range =
      alignsCorners ? m.max(m.sub(size, m.like(at, 1)), m.like(at, 1)) : size;
  Value period = m.mul(range, m.like(at, 2)), from = m.sub(at, low);
  from = m.sub(from, m.mul(m.floor(m.div(from, period)), period));
  return m.add(low, m.min(from, m.sub(period, from)));
}

/// A position that lies outside, brought inside.
Value Sampler::padded(Value at, Value size) {
  if (padding == "border")
    return m.clamp(at, m.like(at, 0), m.sub(size, m.like(at, 1)));
  return padding == "reflection" ? reflected(at, size) : at;
}

Tap Sampler::tap(Value at, Value weight, Value size) {
  Value zero = m.like(at, 0), last = m.sub(size, m.like(at, 1));
  if (padding == "zeros") {
    Value isInside = m.both(m.lessOrEqual(zero, at), m.lessOrEqual(at, last));
    weight = node.select(isInside, weight, zero);
  }
  Value index = m.clamp(padded(at, size), zero, last);
  return {node.cast(index, node.builder.getI64Type()), weight};
}

/// Of the elements at -1, 0, 1 and 2 from the one below the position.
SmallVector<Value> Sampler::cubicWeights(Value fraction) {
  constexpr double a = -0.75;
  auto polynomial = [&](Value x, std::initializer_list<double> factors) {
    Value sum;
    for (double factor : factors)
      sum = sum ? m.add(m.mul(sum, x), m.like(x, factor)) : m.like(x, factor);
    return sum;
  };
  Value one = m.like(fraction, 1), rest = m.sub(one, fraction);
  auto near = [&](Value x) { return polynomial(x, {a + 2, -(a + 3), 0, 1}); };
  auto far = [&](Value x) {
    return polynomial(m.add(x, one), {a, -5 * a, 8 * a, -4 * a});
  };
  return {far(fraction), near(fraction), near(rest), far(rest)};
}

SmallVector<Tap> Sampler::taps(Value at, DimAttr dim) {
  Value size = m.size(dim, node.element(at)), one = m.like(at, 1);
  if (mode == "nearest") {
    Value nearest = m.round(at);
    return {tap(nearest, one, size)};
  }
  double margin = alignsCorners ? 0 : 0.5;
  Value high = m.add(m.sub(size, one), m.like(at, margin));
  Value isOutside = m.either(m.less(at, m.like(at, -margin)), m.less(high, at));
  at = node.select(isOutside, padded(at, size), at);
  Value below = m.floor(at), fraction = m.sub(at, below);
  if (mode == "linear")
    return {tap(below, m.sub(one, fraction), size),
            tap(m.add(below, one), fraction, size)};
  SmallVector<Tap> result;
  for (auto [index, weight] : llvm::enumerate(cubicWeights(fraction)))
    result.push_back(
        tap(m.add(below, m.like(at, static_cast<double>(index) - 1)), weight,
            size));
  return result;
}

/// The sum over all combinations of the axes' taps.
Values Sampler::sample() {
  if (!read())
    return {};
  Value value = m.widen(node.input(0));
  size_t axes = dims.size() - 2;
  DimAttr points = m.product(ArrayRef(gridDims).drop_front().drop_back());
  ArrayRef<DimAttr> spatial = ArrayRef(dims).drop_front(2);
  for (size_t axis = 2; axis < dims.size(); ++axis)
    value = atLeast(node, value, axis, 1);
  Value flat = node.reshape(value, {dims[0], dims[1], m.product(spatial)});
  Value grid = node.reshape(node.cast(node.input(1), node.element(value)),
                            {dims[0], points, gridDims.back()});
  Type i64 = node.builder.getI64Type();
  SmallVector<Tap> all{{node.scalar(0, i64), m.like(value, 1)}};
  for (size_t axis = 0; axis < axes; ++axis) {
    // The last axis is the first coordinate.
    Value part =
        sliceAxis(node, grid, 2, node.dim(axes - 1 - axis), 1, node.dim(1));
    Value at = position(node.reshape(part, {dims[0], points}), spatial[axis]);
    Value stride = m.size(m.product(spatial.drop_front(axis + 1)), i64);
    SmallVector<Tap> next, own = taps(at, spatial[axis]);
    for (const Tap &before : all)
      for (const Tap &tap : own)
        next.push_back({m.add(before.index, m.mul(tap.index, stride)),
                        m.mul(before.weight, tap.weight)});
    all = next;
  }
  Value sum;
  for (const Tap &tap : all) {
    Value index =
        node.expand(node.unsqueeze(tap.index, 1), {dims[0], dims[1], points});
    Value weight = mode == "nearest" && padding != "zeros"
                       ? Value()
                       : node.unsqueeze(tap.weight, 1);
    Value term = gatherElements(node, flat, index, 2);
    term = weight ? m.mul(term, weight) : term;
    sum = sum ? m.add(sum, term) : term;
  }
  Dims to{dims[0], dims[1]};
  llvm::append_range(to, ArrayRef(gridDims).drop_front().drop_back());
  return {node.cast(node.reshape(sum, to), node.element(node.input(0)))};
}

} // namespace

Values importGridSample(NodeImport &node) { return Sampler(node).sample(); }

} // namespace sinter::onnx
