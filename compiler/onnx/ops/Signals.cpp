// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fourier transforms as products with matrices of cosines and sines, and the
// windows that go with them.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/RuntimeAxes.h"
#include "compiler/onnx/ops/Slices.h"
#include "dialects/graph/ops/Binary.h"
#include "dialects/graph/ops/Pad.h"
#include "dialects/graph/ops/Unary.h"
#include <numbers>

using namespace mlir;
using llvm::SmallVector;

namespace sinter::onnx {
namespace {

using graph::DimAttr;

struct Complex {
  Value real, imaginary; // no imaginary part: null
};

/// A transform of the last axis.
struct Transform {
  DimAttr length;  // of the signal
  DimAttr rows;    // of the input: fewer for half a spectrum
  DimAttr columns; // of the result
  bool isInverse = false;
};

class Fourier {
public:
  explicit Fourier(NodeImport &node) : m(node), node(node) {}

  /// Both are products of the signal's parts with cos(angle) and sin(angle).
  Complex apply(Complex signal, const Transform &transform);
  /// The parts of the last axis, which has size 1 or 2.
  Complex split(Value value);
  Value join(Complex parts);

private:
  Value angles(const Transform &transform);

  Parts m;
  NodeImport &node;
};

/// 2 pi * (row * column mod length) / length, in f64.
Value Fourier::angles(const Transform &transform) {
  Type i64 = node.builder.getI64Type(), f64 = node.builder.getF64Type();
  Value length = m.size(transform.length, i64);
  Value turns = m.mul(node.unsqueeze(node.iota(transform.rows), 1),
                      node.iota(transform.columns));
  Value part = node.cast(
      node.make<graph::ModOp>({turns, m.max(length, m.like(length, 1))}), f64);
  Value step =
      m.div(node.scalar(2 * std::numbers::pi, f64), node.cast(length, f64));
  return m.mul(part, step);
}

Complex Fourier::apply(Complex signal, const Transform &transform) {
  Value angle = angles(transform);
  Type element = node.element(signal.real);
  auto matrix = [&](Value values) {
    if (transform.isInverse)
      values = m.div(values, m.size(transform.length, node.element(values)));
    return node.cast(values, element);
  };
  Value cosines = matrix(node.make<graph::CosOp>(angle));
  Value sines = node.make<graph::SinOp>(angle);
  sines = matrix(transform.isInverse ? sines : m.neg(sines));
  Complex result{m.matMul(signal.real, cosines), m.matMul(signal.real, sines)};
  if (!signal.imaginary)
    return result;
  return {m.sub(result.real, m.matMul(signal.imaginary, sines)),
          m.add(result.imaginary, m.matMul(signal.imaginary, cosines))};
}

Complex Fourier::split(Value value) {
  Dims dims = node.dims(value);
  std::optional<int64_t> parts =
      dims.empty() ? std::nullopt : dims.back().getConstant();
  if (node.failed())
    return {};
  if (parts != 1 && parts != 2) {
    node.invalid("the last axis must have size 1 or 2");
    return {};
  }
  size_t last = dims.size() - 1;
  auto part = [&](int64_t which) {
    Value one = sliceAxis(node, value, last, node.dim(which), 1, node.dim(1));
    return node.reshape(one, llvm::ArrayRef(dims).drop_back());
  };
  return {part(0), parts == 2 ? part(1) : Value()};
}

Value Fourier::join(Complex parts) {
  int64_t rank = node.rank(parts.real);
  return node.concat(
      {node.unsqueeze(parts.real, rank), node.unsqueeze(parts.imaginary, rank)},
      rank);
}

/// half + 1 of a length.
DimAttr halfOf(NodeImport &node, DimAttr length) {
  DimAttr half = node.checked(
      graph::apply(graph::DimFunction::FloorDiv, length, node.dim(2)));
  return node.checked(graph::add(half, node.dim(1)));
}

/// Zeros behind an axis, or less of it, so that it has the size.
Value resized(NodeImport &node, Value value, int64_t axis, DimAttr size) {
  Dims dims = node.dims(value);
  if (!value || dims[axis] == size)
    return value;
  Dims low(dims.size(), node.dim(0)), high = low;
  high[axis] = node.checked(graph::subtract(size, dims[axis]));
  graph::PadOp::Properties properties;
  properties.low = node.array(low);
  properties.high = node.array(high);
  return node.make<graph::PadOp>({value, Parts(node).like(value, 0)},
                                 properties);
}

/// Half a spectrum counts twice, but for its ends.
Value doubled(NodeImport &node, Value half, DimAttr length) {
  Parts m(node);
  Value position = node.iota(node.dims(half).back());
  Value last = m.size(length, node.builder.getI64Type());
  Value isEnd = m.either(m.equal(position, m.like(position, 0)),
                         m.equal(m.mul(position, m.like(position, 2)), last));
  return m.mul(half, node.select(isEnd, m.like(half, 1), m.like(half, 2)));
}

/// The axis of a DFT; it is not the last one, of the parts.
std::optional<int64_t> knownAxis(NodeImport &node, int64_t rank) {
  int64_t given = node.opset < 20 ? node.integer("axis", 1) : -2;
  if (node.opset >= 20 && node.input(2)) {
    std::optional<std::vector<int64_t>> axis = node.constants(2);
    if (!axis || axis->size() != 1) {
      node.invalid("the axis must be a scalar");
      return std::nullopt;
    }
    given = axis->front();
  }
  int64_t axis = node.normalizedAxis(given, rank);
  if (!node.failed() && axis == rank - 1)
    node.invalid("the last axis is that of real and imaginary parts");
  return node.failed() ? std::nullopt : std::optional(axis);
}

} // namespace

namespace {

/// The lengths of a DFT over an axis of a size.
Transform transformOf(NodeImport &node, DimAttr given) {
  bool isHalf = node.integer("onesided", 0) != 0;
  Transform transform{given, given, given, node.integer("inverse", 0) != 0};
  if (node.input(1))
    transform.length = node.dimOf(1);
  else if (isHalf && transform.isInverse) // of an even length
    transform.length = node.checked(graph::multiply(
        node.checked(graph::subtract(given, node.dim(1))), node.dim(2)));
  DimAttr half = halfOf(node, transform.length);
  transform.rows = isHalf && transform.isInverse ? half : transform.length;
  transform.columns = isHalf && !transform.isInverse ? half : transform.length;
  return transform;
}

/// The transform along an axis of signals without an axis of parts.
Complex transformed(NodeImport &node, Complex signal, int64_t axis) {
  int64_t rank = node.rank(signal.real);
  Transform transform = transformOf(node, node.dims(signal.real)[axis]);
  // The transformed axis comes last.
  SmallVector<int64_t> order = axesBetween(0, rank), back = order;
  order.erase(order.begin() + axis);
  order.push_back(axis);
  back.insert(back.begin() + axis, rank - 1);
  back.pop_back();
  bool makesReal = transform.isInverse && node.integer("onesided", 0) != 0;
  for (Value *part : {&signal.real, &signal.imaginary}) {
    if (!*part)
      continue;
    *part = node.transpose(resized(node, *part, axis, transform.rows), order);
    if (makesReal)
      *part = doubled(node, *part, transform.length);
  }
  Complex result = Fourier(node).apply(signal, transform);
  return {node.transpose(result.real, back),
          makesReal ? Value() : node.transpose(result.imaginary, back)};
}

/// The same for an axis that the model computes.
Complex transformedAtRuntime(NodeImport &node, Complex signal) {
  Parts m(node);
  Type i64 = node.builder.getI64Type();
  Dims dims = node.dims(signal.real);
  auto rank = static_cast<int64_t>(dims.size());
  // Negative axes count the parts too.
  Value axis = m.wrap(node.reshape(node.input(2), {}), node.dim(rank + 1));
  for (Value *part : {&signal.real, &signal.imaginary})
    if (*part)
      *part = aroundAxis(node, *part, axis);
  if (node.failed())
    return {};
  if (signal.imaginary)
    signal.imaginary = node.reshape(signal.imaginary, node.dims(signal.real));
  Complex result = transformed(node, signal, 1);
  if (node.failed())
    return {};
  Value length = m.size(node.dims(result.real)[1], i64);
  Value sizes = node.select(m.equal(node.iota(node.dim(rank)), axis), length,
                            node.dimsValue(dims, rank, i64));
  std::optional<Dims> to = node.bindElements(sizes);
  if (!to)
    return {};
  return {node.reshape(result.real, *to), node.reshape(result.imaginary, *to)};
}

} // namespace

Values importDft(NodeImport &node) {
  if (!node.expectInputs(1, 3))
    return {};
  Value value = node.input(0);
  int64_t rank = node.rank(value);
  Fourier fourier(node);
  Complex signal = fourier.split(value);
  if (node.failed() || rank < 2)
    return node.invalid("expected rank 2 or more");
  Complex result;
  if (node.opset >= 20 && isRuntime(node, 2)) {
    result = transformedAtRuntime(node, signal);
  } else if (std::optional<int64_t> axis = knownAxis(node, rank)) {
    result = transformed(node, signal, *axis);
  }
  if (node.failed())
    return {};
  return {result.imaginary ? fourier.join(result)
                           : node.unsqueeze(result.real, rank - 1)};
}

Values importStft(NodeImport &node) {
  if (!node.expectInputs(2, 4))
    return {};
  Parts m(node);
  Value signal = node.input(0), window = node.input(2);
  Dims dims = node.dims(signal);
  if (dims.size() != 2 && (dims.size() != 3 || dims[2].getConstant() != 1))
    return node.unsupported("a signal that is not batch x length x 1",
                            "real signals");
  if (!window && !node.input(3))
    return node.invalid("there are neither a window nor a frame_length");
  if (window && node.rank(window) != 1)
    return node.invalid("the window must have rank 1");
  signal = node.reshape(signal, {dims[0], dims[1]});
  DimAttr step = node.dimOf(1), one = node.dim(1);
  DimAttr length = node.input(3) ? node.dimOf(3) : node.dims(window)[0];
  DimAttr frames = node.checked(graph::subtract(dims[1], length));
  frames =
      node.checked(graph::apply(graph::DimFunction::FloorDiv, frames, step));
  frames = node.checked(graph::add(frames, one));
  frames =
      node.checked(graph::apply(graph::DimFunction::Max, frames, node.dim(0)));
  Type i64 = node.builder.getI64Type();
  Value starts = m.mul(node.iota(frames), m.size(step, i64));
  Value positions = m.add(node.unsqueeze(starts, 1), node.iota(length));
  Value parts = m.gather(signal, positions, 1);
  if (window)
    parts = m.mul(parts, node.reshape(window, {length}));
  Fourier fourier(node);
  Transform transform{length, length, length};
  if (node.integer("onesided", 1) != 0)
    transform.columns = halfOf(node, length);
  return {fourier.join(fourier.apply({parts, {}}, transform))};
}

namespace {

/// The sum of factors[k] * cos(2 pi k n / N).
Values window(NodeImport &node, llvm::ArrayRef<double> factors) {
  if (!node.expectInputs(1, 1))
    return {};
  Parts m(node);
  Type f64 = node.builder.getF64Type();
  Type element = elementOf(node, node.integer("output_datatype", 1));
  DimAttr size = node.dimOf(0), period = size;
  if (node.integer("periodic", 1) == 0)
    period = node.checked(graph::subtract(size, node.dim(1)));
  Value angle = m.div(node.cast(node.iota(size), f64), m.size(period, f64));
  Value sum = node.scalar(factors.front(), f64);
  for (size_t index = 1; index < factors.size(); ++index) {
    double turns = 2 * std::numbers::pi * static_cast<double>(index);
    Value wave = node.make<graph::CosOp>(m.mul(angle, m.like(angle, turns)));
    sum = m.add(m.mul(wave, m.like(wave, factors[index])), sum);
  }
  return {element ? node.cast(sum, element) : Value()};
}

} // namespace

Values importHannWindow(NodeImport &node) { return window(node, {0.5, -0.5}); }

Values importHammingWindow(NodeImport &node) {
  return window(node, {25.0 / 46, -21.0 / 46});
}

Values importBlackmanWindow(NodeImport &node) {
  return window(node, {0.42, -0.5, 0.08});
}

} // namespace sinter::onnx
