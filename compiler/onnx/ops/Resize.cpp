// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resize and Upsample: one axis after the other, as gathers at positions that
// formulas over f32 give.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Slices.h"
#include <cmath>

using namespace mlir;
using llvm::ArrayRef;

namespace sinter::onnx {
namespace {

using graph::DimAttr;

/// One axis that is resized.
struct Axis {
  size_t axis;
  DimAttr from, to;
  /// Nothing if it is the quotient of the sizes, of which one is symbolic.
  std::optional<float> scale;
  /// Of the input roi.
  Value start, end;
};

struct Modes {
  std::string mode, coordinates, nearest;
  bool excludeOutside = false;
  float cubic = -0.75F, extrapolation = 0;
};

class Resizer {
public:
  Resizer(NodeImport &node, Modes modes)
      : node(node), m(node), modes(std::move(modes)),
        f32(node.builder.getF32Type()) {}

  Value resize(Value value, const Axis &axis);

private:
  Value number(double value) { return node.scalar(value, f32); }
  Value positions(const Axis &axis);
  Value halfPixels(Value x, const Axis &axis);
  Value cropped(Value x, const Axis &axis);
  Value scaleOf(const Axis &axis);
  Value last(const Axis &axis) {
    return m.sub(m.size(axis.from, f32), number(1));
  }
  Value tap(Value value, Value position, const Axis &axis);
  Value weighted(Value value, Value weight, const Axis &axis);
  Value nearest(Value value, Value x, const Axis &axis);
  Value linear(Value value, Value x, const Axis &axis);
  Value cubic(Value value, Value x, const Axis &axis);
  Value cubicWeight(Value distance);

  NodeImport &node;
  Parts m;
  Modes modes;
  Type f32;
};

Value Resizer::scaleOf(const Axis &axis) {
  if (axis.scale)
    return number(*axis.scale);
  return m.div(m.size(axis.to, f32), m.size(axis.from, f32));
}

Value Resizer::halfPixels(Value x, const Axis &axis) {
  return m.sub(m.div(m.add(x, number(0.5)), scaleOf(axis)), number(0.5));
}

/// Of tf_crop_and_resize.
Value Resizer::cropped(Value x, const Axis &axis) {
  Value to = m.size(axis.to, f32), one = number(1);
  Value range = m.mul(m.sub(axis.end, axis.start), last(axis));
  Value many = m.add(m.mul(axis.start, last(axis)),
                     m.div(m.mul(x, range), m.max(m.sub(to, one), one)));
  Value single =
      m.mul(m.mul(number(0.5), m.add(axis.start, axis.end)), last(axis));
  return node.select(m.less(one, to), many, single);
}

/// Where in the input each element of the result lies.
Value Resizer::positions(const Axis &axis) {
  Value x = node.cast(node.iota(axis.to), f32);
  Value to = m.size(axis.to, f32), one = number(1);
  const std::string &mode = modes.coordinates;
  if (mode == "half_pixel")
    return halfPixels(x, axis);
  if (mode == "asymmetric")
    return m.div(x, scaleOf(axis));
  if (mode == "pytorch_half_pixel")
    return node.select(m.less(one, to), halfPixels(x, axis), number(0));
  if (mode == "align_corners")
    return m.div(m.mul(x, last(axis)), m.max(m.sub(to, one), one));
  if (mode == "tf_half_pixel_for_nn")
    return m.div(m.add(x, number(0.5)), scaleOf(axis));
  if (mode == "tf_crop_and_resize")
    return cropped(x, axis);
  if (mode == "half_pixel_symmetric") {
    Value from = m.size(axis.from, f32);
    Value adjustment = m.div(to, m.mul(scaleOf(axis), from));
    Value center = m.div(from, number(2));
    return m.add(m.mul(center, m.sub(one, adjustment)), halfPixels(x, axis));
  }
  node.invalid(fmt::format("coordinate_transformation_mode is '{}'", mode));
  return {};
}

/// The elements at integer positions, those outside at the edge.
Value Resizer::tap(Value value, Value position, const Axis &axis) {
  Value inside = m.clamp(position, number(0), last(axis));
  return m.gather(value, node.cast(inside, node.builder.getI64Type()),
                  axis.axis);
}

Value Resizer::weighted(Value value, Value weight, const Axis &axis) {
  Value along = m.along(weight, axis.axis, node.rank(value));
  return m.mul(value, node.cast(along, node.element(value)));
}

Value Resizer::nearest(Value value, Value x, const Axis &axis) {
  const std::string &mode = modes.nearest;
  Value half = number(0.5);
  if (mode == "round_prefer_floor")
    return tap(value, m.ceil(m.sub(x, half)), axis);
  if (mode == "round_prefer_ceil")
    return tap(value, m.floor(m.add(x, half)), axis);
  bool shrinks = axis.scale && *axis.scale < 1;
  if (mode == "ceil" || (mode == "simple" && shrinks))
    return tap(value, m.ceil(x), axis);
  if (mode == "floor" || mode == "simple")
    return tap(value, m.floor(x), axis);
  node.invalid(fmt::format("nearest_mode is '{}'", mode));
  return {};
}

Value Resizer::linear(Value value, Value x, const Axis &axis) {
  Value inside = m.clamp(x, number(0), last(axis));
  Value low = m.floor(inside), part = m.sub(inside, low);
  Value one = number(1);
  return m.add(weighted(tap(value, low, axis), m.sub(one, part), axis),
               weighted(tap(value, m.add(low, one), axis), part, axis));
}

/// ((a + 2) d - (a + 3)) d d + 1 up to 1, ((a d - 5 a) d + 8 a) d - 4 a beyond.
Value Resizer::cubicWeight(Value distance) {
  double a = modes.cubic;
  Value d = m.abs(distance);
  Value near = m.sub(m.mul(number(a + 2), d), number(a + 3));
  near = m.add(m.mul(m.mul(near, d), d), number(1));
  Value far = m.sub(m.mul(number(a), d), number(5 * a));
  far = m.add(m.mul(far, d), number(8 * a));
  far = m.sub(m.mul(far, d), number(4 * a));
  return node.select(m.lessOrEqual(d, number(1)), near, far);
}

Value Resizer::cubic(Value value, Value x, const Axis &axis) {
  Value base = m.floor(x), weights[4], total, sum;
  for (int at = 0; at < 4; ++at) {
    Value position = m.add(base, number(at - 1));
    weights[at] = cubicWeight(m.sub(x, position));
    if (modes.excludeOutside) {
      Value isInside = m.both(m.lessOrEqual(number(0), position),
                              m.lessOrEqual(position, last(axis)));
      weights[at] = node.select(isInside, weights[at], number(0));
    }
    total = total ? m.add(total, weights[at]) : weights[at];
  }
  for (int at = 0; at < 4; ++at) {
    Value weight =
        modes.excludeOutside ? m.div(weights[at], total) : weights[at];
    Value part =
        weighted(tap(value, m.add(base, number(at - 1)), axis), weight, axis);
    sum = sum ? m.add(sum, part) : part;
  }
  return sum;
}

Value Resizer::resize(Value value, const Axis &axis) {
  Value x = positions(axis), result;
  if (modes.mode == "nearest")
    result = nearest(value, x, axis);
  else if (modes.mode == "linear")
    result = linear(value, x, axis);
  else if (modes.mode == "cubic")
    result = cubic(value, x, axis);
  else
    node.invalid(fmt::format("mode is '{}'", modes.mode));
  if (modes.coordinates != "tf_crop_and_resize" || !result)
    return result;
  Value outside = m.either(m.less(x, number(0)), m.less(last(axis), x));
  return node.select(m.along(outside, axis.axis, node.rank(result)),
                     m.like(result, modes.extrapolation), result);
}

/// floor(size * scale): in f32 for constants; a scale of f32 is a fraction over
/// a power of two.
DimAttr scaled(NodeImport &node, DimAttr size, float scale) {
  if (std::optional<int64_t> constant = size.getConstant())
    return node.dim(static_cast<int64_t>(
        std::floor(static_cast<float>(*constant) * scale)));
  int64_t divisor = 1;
  while (std::floor(scale) != scale && divisor < (int64_t(1) << 32)) {
    scale *= 2;
    divisor *= 2;
  }
  DimAttr product = node.checked(
      graph::multiply(size, node.dim(static_cast<int64_t>(scale))));
  return node.checked(
      graph::apply(graph::DimFunction::FloorDiv, product, node.dim(divisor)));
}

/// keep_aspect_ratio_policy: one scale for all axes.
void keepAspectRatio(NodeImport &node, std::vector<Axis> &axes,
                     bool notLarger) {
  std::optional<float> scale;
  for (const Axis &axis : axes) {
    if (!axis.from.getConstant() || !axis.to.getConstant()) {
      node.unsupported("keep_aspect_ratio_policy over a dim that is not "
                       "constant",
                       "constant dims, and the policy 'stretch'");
      return;
    }
    float own = static_cast<float>(*axis.to.getConstant()) /
                static_cast<float>(*axis.from.getConstant());
    bool isBetter = scale && (notLarger ? own < *scale : own > *scale);
    scale = !scale || isBetter ? own : *scale;
  }
  for (Axis &axis : axes) {
    axis.scale = scale;
    axis.to = node.dim(
        std::lround(*scale * static_cast<float>(*axis.from.getConstant())));
  }
}

class Inputs {
public:
  Inputs(NodeImport &node, size_t scales, size_t sizes, size_t roi)
      : node(node), scales(scales), sizes(sizes), roi(roi),
        dims(node.dims(node.input(0))) {}

  std::vector<Axis> axes();

private:
  bool isGiven(size_t index) {
    if (!node.input(index))
      return false;
    Dims given = node.dims(node.input(index));
    return given.size() != 1 || given.front().getConstant() != 0;
  }
  void addScales(std::vector<Axis> &result, ArrayRef<float> factors);
  void addSizes(std::vector<Axis> &result, ArrayRef<DimAttr> to);
  void addRoi(std::vector<Axis> &axes);

  NodeImport &node;
  size_t scales, sizes, roi;
  Dims dims;
};

void Inputs::addScales(std::vector<Axis> &result, ArrayRef<float> factors) {
  if (factors.size() != result.size()) {
    node.invalid(
        fmt::format("{} scales for {} axes", factors.size(), result.size()));
    return;
  }
  for (auto [axis, scale] : llvm::zip(result, factors)) {
    if (!(scale > 0) || scale > 1e6F) {
      node.invalid("a scale is not positive, or over a million");
      return;
    }
    axis.scale = scale;
    axis.to = scaled(node, axis.from, scale);
  }
}

void Inputs::addSizes(std::vector<Axis> &result, ArrayRef<DimAttr> to) {
  if (to.size() != result.size()) {
    node.invalid(fmt::format("{} sizes for {} axes", to.size(), result.size()));
    return;
  }
  for (auto [axis, size] : llvm::zip(result, to)) {
    axis.to = size;
    if (axis.from == size)
      axis.scale = 1;
    else if (axis.from.getConstant().value_or(0) != 0 && size.getConstant())
      axis.scale = static_cast<float>(*size.getConstant()) /
                   static_cast<float>(*axis.from.getConstant());
  }
  std::string policy = node.text("keep_aspect_ratio_policy", "stretch");
  if (policy != "stretch")
    keepAspectRatio(node, result, policy == "not_larger");
}

void Inputs::addRoi(std::vector<Axis> &axes) {
  if (!isGiven(roi)) {
    node.invalid("tf_crop_and_resize needs a roi");
    return;
  }
  Type f32 = node.builder.getF32Type();
  auto element = [&](size_t index) {
    Value part =
        sliceAxis(node, node.input(roi), 0, node.dim(index), 1, node.dim(1));
    return node.cast(node.reshape(part, {}), f32);
  };
  for (size_t index = 0; index < axes.size(); ++index) {
    axes[index].start = element(index);
    axes[index].end = element(index + axes.size());
  }
}

std::vector<Axis> Inputs::axes() {
  std::vector<Axis> result;
  std::vector<int64_t> chosen = node.integers("axes");
  if (chosen.empty())
    for (size_t axis = 0; axis < dims.size(); ++axis)
      chosen.push_back(axis);
  for (int64_t axis : chosen) {
    size_t at = node.normalizedAxis(axis, dims.size());
    if (node.failed())
      return {};
    result.push_back({at, dims[at], dims[at], std::nullopt, {}, {}});
  }
  if (isGiven(sizes)) {
    if (std::optional<Dims> to = node.contents(sizes))
      addSizes(result, *to);
  } else if (node.has("scales")) {
    const auto &floats = node.find("scales")->floats();
    addScales(result, {floats.data(), static_cast<size_t>(floats.size())});
  } else if (isGiven(scales)) {
    if (std::optional<std::vector<float>> factors =
            constantFloats(node, scales))
      addScales(result, *factors);
  } else {
    node.invalid("there are neither scales nor sizes");
  }
  if (node.text("coordinate_transformation_mode", "") == "tf_crop_and_resize")
    addRoi(result);
  return result;
}

Values resizeAll(NodeImport &node, Inputs inputs, const Modes &modes) {
  Value value = node.input(0);
  Type element = node.element(value);
  std::vector<Axis> axes = inputs.axes();
  if (node.failed())
    return {};
  bool computes = modes.mode != "nearest";
  if (computes && !element.isF64())
    value = node.cast(value, node.builder.getF32Type());
  Resizer resizer(node, modes);
  for (const Axis &axis : axes)
    if (axis.from != axis.to || axis.scale != 1 || axis.start)
      value = resizer.resize(value, axis);
  return {node.cast(value, element)};
}

} // namespace

Values importResize(NodeImport &node) {
  if (!node.expectInputs(1, 4))
    return {};
  if (node.integer("antialias", 0) != 0)
    return node.unsupported("antialias is 1", "resizing without a filter");
  Modes modes;
  modes.mode = node.text("mode", "nearest");
  if (node.opset < 11) {
    modes.coordinates = "asymmetric";
    modes.nearest = "simple";
    return resizeAll(node, Inputs(node, 1, 4, 4), modes);
  }
  modes.coordinates = node.text("coordinate_transformation_mode", "half_pixel");
  modes.nearest = node.text("nearest_mode", "round_prefer_floor");
  modes.excludeOutside = node.integer("exclude_outside", 0) != 0;
  modes.cubic = node.number("cubic_coeff_a", -0.75F);
  modes.extrapolation = node.number("extrapolation_value", 0);
  return resizeAll(node, Inputs(node, 2, 3, 1), modes);
}

Values importUpsample(NodeImport &node) {
  if (!node.expectInputs(1, 2))
    return {};
  Modes modes;
  modes.mode = node.text("mode", "nearest");
  modes.coordinates = "asymmetric";
  modes.nearest = "simple";
  if (modes.mode == "bilinear")
    modes.mode = "linear";
  return resizeAll(node, Inputs(node, 1, 4, 4), modes);
}

} // namespace sinter::onnx
