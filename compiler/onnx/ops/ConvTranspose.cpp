// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A transposed convolution is a convolution of the input with zeros between its
// elements and the filter reversed, with its channels swapped.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Windows.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {
namespace {

struct TransposeAttributes {
  std::vector<int64_t> sizes, strides, dilations, pads, outputPads;
};

/// Pads that give output_shape, or input * stride for auto_pad.
void padsOfShape(NodeImport &node, ArrayRef<graph::DimAttr> spatial,
                 TransposeAttributes &windows) {
  std::vector<int64_t> shape = node.integers("output_shape");
  std::string autoPad = node.text("auto_pad", "NOTSET");
  size_t rank = spatial.size();
  bool isSame = autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER";
  if (!isSame && autoPad != "NOTSET" && autoPad != "VALID")
    node.invalid(fmt::format("auto_pad is '{}'", autoPad));
  if (autoPad == "VALID")
    windows.pads.assign(2 * rank, 0);
  if (shape.empty() && !isSame)
    return;
  if (shape.size() == rank + 2)
    shape.erase(shape.begin(), shape.begin() + 2);
  for (size_t axis = 0; axis < rank; ++axis) {
    int64_t stride = windows.strides[axis];
    // of pads, less (input - 1) * stride or input * stride
    int64_t total = windows.outputPads[axis] +
                    (windows.sizes[axis] - 1) * windows.dilations[axis] + 1;
    if (shape.empty()) {
      total -= stride;
    } else {
      std::optional<int64_t> input = spatial[axis].getConstant();
      if (!input || shape.size() != rank) {
        node.unsupported("output_shape over dims that are not constant",
                         "pads");
        return;
      }
      total += (*input - 1) * stride - shape[axis];
    }
    int64_t half = total >= 0 ? total / 2 : 0, rest = total - half;
    bool isUpper = autoPad == "SAME_UPPER";
    windows.pads[axis] = isUpper ? half : rest;
    windows.pads[axis + rank] = isUpper ? rest : half;
    if (total < 0) {
      windows.pads[axis] = 0;
      windows.pads[axis + rank] = total;
    }
  }
}

std::optional<TransposeAttributes>
transposeAttributes(NodeImport &node, ArrayRef<graph::DimAttr> spatial,
                    ArrayRef<graph::DimAttr> filter) {
  TransposeAttributes windows;
  size_t rank = spatial.size();
  constexpr int64_t largest = 1 << 20;
  auto read = [&](std::string_view name, size_t count, int64_t otherwise) {
    std::vector<int64_t> values = node.integers(name);
    if (values.empty())
      values.assign(count, otherwise);
    bool fits = values.size() == count;
    for (int64_t value : values)
      fits &= value >= otherwise && value <= largest;
    if (!fits)
      node.invalid(fmt::format("{} do not fit {} spatial axes, are too small, "
                               "or over {}",
                               name, rank, largest));
    return values;
  };
  for (graph::DimAttr dim : filter) {
    int64_t size = dim.getConstant().value_or(0);
    if (size < 1 || size > largest)
      node.unsupported("the filter's window is not constant, or empty",
                       "constant windows");
    windows.sizes.push_back(size);
  }
  windows.strides = read("strides", rank, 1);
  windows.dilations = read("dilations", rank, 1);
  windows.pads = read("pads", 2 * rank, 0);
  windows.outputPads = read("output_padding", rank, 0);
  if (!node.failed())
    padsOfShape(node, spatial, windows);
  if (node.failed())
    return std::nullopt;
  return windows;
}

/// C x O/groups x window as O x C/groups x window, reversed.
Value turnedFilter(NodeImport &node, int64_t groups) {
  Parts m(node);
  Dims dims = node.dims(node.input(1));
  std::optional<int64_t> channels = dims[0].getConstant();
  std::optional<int64_t> outputs = dims[1].getConstant();
  if (!channels || !outputs || groups < 1 || *channels % groups != 0) {
    node.invalid("the filter's channels are not constant, or groups does not "
                 "divide them");
    return {};
  }
  Dims split = dims, joined = dims;
  split[0] = node.dim(*channels / groups);
  split.insert(split.begin(), node.dim(groups));
  joined[0] = node.checked(graph::multiply(dims[1], node.dim(groups)));
  joined[1] = split[1];
  SmallVector<int64_t> order = axesBetween(0, split.size());
  std::swap(order[1], order[2]);
  Value filter = node.reshape(node.input(1), split);
  filter = node.reshape(node.transpose(filter, order), joined);
  for (size_t axis = 2; axis < dims.size(); ++axis)
    if (dims[axis].getConstant() != 1)
      filter = m.reverse(filter, axis);
  return filter;
}

/// `stride - 1` zeros after each element of an axis.
Value spreadOut(NodeImport &node, Value value, int64_t axis, int64_t stride) {
  if (!value || stride == 1)
    return value;
  Parts m(node);
  Dims dims = node.dims(value);
  dims[axis] = node.checked(graph::multiply(dims[axis], node.dim(stride)));
  Value padded =
      m.pad(node.unsqueeze(value, axis + 1), axis + 1, {0, stride - 1});
  return node.reshape(padded, dims);
}

} // namespace

Values importConvTranspose(NodeImport &node) {
  if (!node.expectInputs(2, 3))
    return {};
  Dims input = node.dims(node.input(0)), filter = node.dims(node.input(1));
  if (input.size() < 3 || filter.size() != input.size())
    return node.invalid("input and filter must have one rank, 3 or more");
  size_t rank = input.size() - 2;
  std::optional<TransposeAttributes> windows = transposeAttributes(
      node, ArrayRef(input).drop_front(2), ArrayRef(filter).drop_front(2));
  if (!windows)
    return {};
  int64_t groups = node.integer("group", 1);
  Parts m(node);
  Value value = node.input(0);
  std::vector<int64_t> pads(2 * rank, 0);
  for (size_t axis = 0; axis < rank; ++axis) {
    int64_t stride = windows->strides[axis];
    int64_t reach = windows->dilations[axis] * (windows->sizes[axis] - 1);
    int64_t low = reach - windows->pads[axis];
    int64_t high = reach - windows->pads[axis + rank] +
                   windows->outputPads[axis] - (stride - 1);
    value = spreadOut(node, value, axis + 2, stride);
    value = m.pad(value, axis + 2,
                  {std::min<int64_t>(low, 0), std::min<int64_t>(high, 0)});
    pads[axis] = std::max<int64_t>(low, 0);
    pads[axis + rank] = std::max<int64_t>(high, 0);
  }
  WindowAttributes plain{windows->sizes, std::vector<int64_t>(rank, 1), pads,
                         windows->dilations};
  Value result = convolution(node, value, turnedFilter(node, groups), plain);
  if (!node.input(2))
    return {result};
  return {m.add(result, m.along(node.input(2), 1, input.size()))};
}

} // namespace sinter::onnx
