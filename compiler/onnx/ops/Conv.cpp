// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Conv.h"
#include "compiler/onnx/ops/Math.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Windows.h"
#include "dialects/graph/ops/Binary.h"
#include "dialects/graph/ops/Pool.h"

using namespace mlir;

namespace sinter::onnx {
namespace {

/// (ceildiv(size, stride) - 1) * stride + dilation * (window - 1) + 1 - size,
/// or 0 if that is negative.
std::optional<int64_t> samePadding(NodeImport &node, graph::DimAttr size,
                                   const WindowAttributes &windows,
                                   size_t axis) {
  using graph::DimFunction;
  graph::DimAttr one = node.dim(1), stride = node.dim(windows.strides[axis]);
  graph::DimAttr reach = node.checked(graph::multiply(
      node.dim(windows.dilations[axis]), node.dim(windows.sizes[axis] - 1)));
  graph::DimAttr total =
      node.checked(graph::apply(DimFunction::CeilDiv, size, stride));
  total = node.checked(graph::subtract(total, one));
  total = node.checked(graph::multiply(total, stride));
  total = node.checked(graph::add(total, reach));
  total = node.checked(graph::add(total, one));
  total = node.checked(graph::subtract(total, size));
  total = node.checked(graph::apply(DimFunction::Max, total, node.dim(0)));
  if (!node.failed() && !total.getConstant())
    node.unsupported("auto_pad over a dim that is not constant needs pads "
                     "that depend on it",
                     "explicit pads, or stride 1");
  return node.failed() ? std::nullopt : total.getConstant();
}

void applyAutoPad(NodeImport &node, ArrayRef<graph::DimAttr> spatial,
                  WindowAttributes &windows) {
  std::string autoPad = node.text("auto_pad", "NOTSET");
  size_t rank = windows.sizes.size();
  if (autoPad == "NOTSET")
    return;
  windows.pads.assign(2 * rank, 0);
  if (autoPad == "VALID")
    return;
  if (autoPad != "SAME_UPPER" && autoPad != "SAME_LOWER") {
    node.invalid(fmt::format("auto_pad is '{}'", autoPad));
    return;
  }
  for (size_t axis = 0; axis < rank; ++axis) {
    std::optional<int64_t> total =
        samePadding(node, spatial[axis], windows, axis);
    if (!total)
      return;
    int64_t half = *total / 2, rest = *total - half;
    bool isUpper = autoPad == "SAME_UPPER";
    windows.pads[axis] = isUpper ? half : rest;
    windows.pads[axis + rank] = isUpper ? rest : half;
  }
}

} // namespace

std::optional<WindowAttributes>
windowAttributes(NodeImport &node, ArrayRef<graph::DimAttr> spatial,
                 std::vector<int64_t> sizes) {
  size_t rank = spatial.size();
  WindowAttributes windows;
  windows.sizes = std::move(sizes);
  windows.strides = node.integers("strides");
  windows.dilations = node.integers("dilations");
  windows.pads = node.integers("pads");
  if (windows.strides.empty())
    windows.strides.assign(rank, 1);
  if (windows.dilations.empty())
    windows.dilations.assign(rank, 1);
  if (windows.pads.empty())
    windows.pads.assign(2 * rank, 0);
  auto fits = [&](const std::vector<int64_t> &values) {
    return values.size() == rank &&
           llvm::all_of(values, [](int64_t value) { return value > 0; });
  };
  if (!fits(windows.sizes) || !fits(windows.strides) ||
      !fits(windows.dilations) || windows.pads.size() != 2 * rank)
    node.invalid(fmt::format("kernel_shape, strides, dilations or pads do not "
                             "fit {} spatial axes, or are not positive",
                             rank));
  if (!node.failed())
    applyAutoPad(node, spatial, windows);
  if (node.failed())
    return std::nullopt;
  return windows;
}

Value convolution(NodeImport &node, Value input, Value filter,
                  const WindowAttributes &windows) {
  Builder &builder = node.builder;
  graph::ConvOp::Properties properties;
  properties.strides = builder.getDenseI64ArrayAttr(windows.strides);
  properties.pads = builder.getDenseI64ArrayAttr(windows.pads);
  properties.dilations = builder.getDenseI64ArrayAttr(windows.dilations);
  properties.groups = builder.getI64IntegerAttr(node.integer("group", 1));
  return node.make<graph::ConvOp>({input, filter}, properties);
}

Value convolution(NodeImport &node, Value data, Value weights) {
  Dims input = node.dims(data), filter = node.dims(weights);
  if (input.size() < 3 || filter.size() != input.size()) {
    node.invalid("input and filter must have one rank, 3 or more");
    return {};
  }
  std::vector<int64_t> sizes;
  for (graph::DimAttr dim : ArrayRef(filter).drop_front(2)) {
    if (!dim.getConstant()) {
      node.unsupported("the filter's window is not constant",
                       "constant windows");
      return {};
    }
    sizes.push_back(*dim.getConstant());
  }
  std::vector<int64_t> kernel = node.integers("kernel_shape");
  if (!kernel.empty() && kernel != sizes) {
    node.invalid("kernel_shape is not the window of the filter");
    return {};
  }
  std::optional<WindowAttributes> windows =
      windowAttributes(node, ArrayRef(input).drop_front(2), sizes);
  return windows ? convolution(node, data, weights, *windows) : Value();
}

Values importConv(NodeImport &node) {
  if (!node.expectInputs(2, 3))
    return {};
  Value result = convolution(node, node.input(0), node.input(1));
  if (!node.input(2) || !result)
    return {result};
  Dims bias = node.dims(node.input(2));
  if (bias.size() != 1)
    return node.invalid("the bias must have rank 1");
  bias.append(node.rank(result) - 2, node.dim(1));
  return {node.make<graph::AddOp>({result, node.reshape(node.input(2), bias)})};
}

namespace {

template <typename Pool>
typename Pool::Properties poolProperties(NodeImport &node,
                                         const WindowAttributes &windows) {
  Builder &builder = node.builder;
  typename Pool::Properties properties;
  properties.window = builder.getDenseI64ArrayAttr(windows.sizes);
  properties.strides = builder.getDenseI64ArrayAttr(windows.strides);
  properties.pads = builder.getDenseI64ArrayAttr(windows.pads);
  properties.dilations = builder.getDenseI64ArrayAttr(windows.dilations);
  if (node.integer("ceil_mode", 0) != 0)
    properties.ceil_mode = builder.getUnitAttr();
  return properties;
}

std::optional<WindowAttributes> poolWindows(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return std::nullopt;
  Dims input = node.dims(node.input(0));
  if (input.size() < 3) {
    node.invalid("the input must have rank 3 or more");
    return std::nullopt;
  }
  return windowAttributes(node, ArrayRef(input).drop_front(2),
                          node.integers("kernel_shape"));
}

} // namespace

Values importMaxPool(NodeImport &node) {
  if (node.integer("storage_order", 0) != 0)
    return node.unsupported("storage_order is 1", "row-major order");
  std::optional<WindowAttributes> windows = poolWindows(node);
  if (!windows)
    return {};
  return {node.make<graph::MaxPoolOp>(
      node.input(0), poolProperties<graph::MaxPoolOp>(node, *windows))};
}

Values importAveragePool(NodeImport &node) {
  std::optional<WindowAttributes> windows = poolWindows(node);
  if (!windows)
    return {};
  auto properties = poolProperties<graph::AveragePoolOp>(node, *windows);
  if (node.integer("count_include_pad", 0) != 0)
    properties.count_include_pad = node.builder.getUnitAttr();
  return {node.make<graph::AveragePoolOp>(node.input(0), properties)};
}

namespace {

/// sum(|x|^p)^(1/p), where the sum is over windows or axes.
Values normOf(NodeImport &node, llvm::function_ref<Value(Value)> sum) {
  Math m(node);
  Value input = node.input(0), x = m.widen(input);
  double p = node.opset < 2 ? node.number("p", 2)
                            : static_cast<double>(node.integer("p", 2));
  if (!(p > 0))
    return node.invalid("p is not positive");
  Value powers = p == 1   ? m.abs(x)
                 : p == 2 ? m.mul(x, x)
                          : node.make<graph::PowOp>({m.abs(x), m.like(x, p)});
  Value folded = sum(powers);
  Value norm = p == 1   ? folded
               : p == 2 ? m.sqrt(folded)
                        : node.make<graph::PowOp>({folded, m.like(x, 1 / p)});
  return {node.cast(norm, node.element(input))};
}

} // namespace

Values importLpPool(NodeImport &node) {
  std::optional<WindowAttributes> windows = poolWindows(node);
  if (!windows)
    return {};
  return normOf(node, [&](Value powers) {
    return node.make<graph::SumPoolOp>(
        powers, poolProperties<graph::SumPoolOp>(node, *windows));
  });
}

Values importGlobalLpPool(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  int64_t rank = node.rank(node.input(0));
  if (rank < 3)
    return node.invalid("the input must have rank 3 or more");
  return normOf(node, [&](Value powers) {
    return Math(node).sum(powers, axesBetween(2, rank), /*keepDims=*/true);
  });
}

} // namespace sinter::onnx
