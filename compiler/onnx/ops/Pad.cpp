// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Pad.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Positions.h"
#include "compiler/onnx/ops/RuntimeAxes.h"
#include "compiler/onnx/ops/Slices.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::onnx {

using graph::DimAttr;
using graph::DimFunction;

namespace {

struct Pads {
  Dims low, high;
};

/// The axes that a Pad names; all if it names none.
SmallVector<int64_t> paddedAxes(NodeImport &node, int64_t rank) {
  std::optional<std::vector<int64_t>> axes = node.constants(3);
  SmallVector<int64_t> order;
  for (int64_t axis = 0; !axes && axis < rank; ++axis)
    order.push_back(axis);
  for (int64_t axis : axes.value_or(std::vector<int64_t>()))
    order.push_back(node.normalizedAxis(axis, rank));
  return order;
}

std::optional<Pads> padsOf(NodeImport &node, int64_t rank) {
  std::optional<Dims> given;
  if (node.opset < 11) {
    given.emplace();
    for (int64_t pad : node.integers(node.opset < 2 ? "paddings" : "pads"))
      given->push_back(node.dim(pad));
  } else if (node.expectInputs(2, 4)) {
    given = node.contents(1);
  }
  if (!given || node.failed())
    return std::nullopt;
  SmallVector<int64_t> order = paddedAxes(node, rank);
  if (given->size() != 2 * order.size())
    node.invalid("expected two pads for each axis");
  if (node.failed())
    return std::nullopt;
  Pads pads{Dims(rank, node.dim(0)), Dims(rank, node.dim(0))};
  for (auto [index, axis] : llvm::enumerate(order)) {
    pads.low[axis] = (*given)[index];
    pads.high[axis] = (*given)[index + order.size()];
  }
  return pads;
}

/// The pads of all axes, where the model computes them or their axes.
PadVectors padVectors(NodeImport &node, int64_t rank) {
  int64_t count = node.dims(node.input(1)).front().getConstant().value_or(-1);
  if (count < 0 || count % 2 != 0) {
    node.invalid("expected two pads for each axis");
    return {};
  }
  auto half = [&](int64_t start) {
    Value part = sliceAxis(node, node.input(1), 0, node.dim(start), 1,
                           node.dim(count / 2));
    return node.cast(part, node.builder.getI64Type());
  };
  PadVectors pads{half(0), half(count / 2)};
  if (isRuntime(node, 3)) {
    RuntimeAxes axes(node, 3, rank);
    if (node.failed())
      return {};
    return {axes.spread(pads.low, 0), axes.spread(pads.high, 0)};
  }
  SmallVector<int64_t> order = paddedAxes(node, rank);
  if (static_cast<int64_t>(order.size()) != count / 2)
    node.invalid("expected two pads for each axis");
  // The order of all axes; those that are not named have none.
  Values low, high;
  for (int64_t axis = 0; axis < rank && !node.failed(); ++axis) {
    const auto *found = llvm::find(order, axis);
    auto part = [&](Value vector) {
      if (found == order.end())
        return node.unsqueeze(node.scalar(0, node.builder.getI64Type()), 0);
      return node.unsqueeze(node.elementAt(vector, found - order.begin()), 0);
    };
    low.push_back(part(pads.low));
    high.push_back(part(pads.high));
  }
  if (low.empty() || node.failed())
    return {};
  return {node.concat(low, 0), node.concat(high, 0)};
}

/// Repeats elements of the input before and after one axis.
Value padAxis(NodeImport &node, Value value, size_t axis, std::string_view mode,
              int64_t low, int64_t high) {
  if (low < 0 || high < 0) {
    node.unsupported("negative pads", "negative pads in mode 'constant'");
    return {};
  }
  bool isReflected = mode == "reflect", isWrapped = mode == "wrap";
  value = atLeast(node, value, axis,
                  mode == "edge" ? int64_t(low > 0 || high > 0)
                                 : std::max(low, high) + isReflected);
  Dims dims = node.dims(value);
  auto fromEnd = [&](int64_t offset) {
    return node.checked(graph::subtract(dims[axis], node.dim(offset)));
  };
  auto part = [&](DimAttr start, int64_t step, int64_t size) {
    if (mode != "edge")
      return sliceAxis(node, value, axis, start, step, node.dim(size));
    Value one = sliceAxis(node, value, axis, start, 1, node.dim(1));
    Dims repeated = dims;
    repeated[axis] = node.dim(size);
    return node.expand(one, repeated);
  };
  Values parts{value};
  if (low > 0)
    parts.insert(parts.begin(), part(isReflected ? node.dim(low)
                                     : isWrapped ? fromEnd(low)
                                                 : node.dim(0),
                                     isReflected ? -1 : 1, low));
  if (high > 0)
    parts.push_back(part(isReflected ? fromEnd(2)
                         : isWrapped ? node.dim(0)
                                     : fromEnd(1),
                         isReflected ? -1 : 1, high));
  return node.concat(parts, axis);
}

Value padByConstant(NodeImport &node, Value value, const Pads &pads) {
  Value fill = node.input(2);
  if (!fill)
    fill = node.scalar(node.opset < 11 ? node.number("value", 0) : 0,
                       node.element(value));
  graph::PadOp::Properties properties;
  properties.low = node.array(pads.low);
  properties.high = node.array(pads.high);
  return node.make<graph::PadOp>({value, node.reshape(fill, {})}, properties);
}

bool hasOnlyConstants(const std::optional<Dims> &dims) {
  return dims && llvm::all_of(*dims, [](DimAttr dim) {
           return dim.getConstant().has_value();
         });
}

} // namespace

Values importPad(NodeImport &node) {
  if (!node.expectInputs(1, 4))
    return {};
  Value value = node.input(0);
  int64_t rank = node.rank(value);
  std::string mode = node.text("mode", "constant");
  bool isConstant = mode == "constant";
  if (!isConstant && mode != "edge" && mode != "reflect" && mode != "wrap")
    return node.invalid(fmt::format("mode is '{}'", mode));
  std::optional<Pads> pads;
  bool hasInputs =
      node.opset >= 11 && node.input(1) && node.rank(node.input(1)) == 1;
  if (hasInputs && (isRuntime(node, 3) ||
                    (!isConstant && !hasOnlyConstants(node.known(1))))) {
    PadVectors vectors = padVectors(node, rank);
    if (node.failed())
      return {};
    if (!isConstant)
      return {padByPositions(node, value, mode, vectors)};
    std::optional<Dims> low = node.bindElements(vectors.low);
    std::optional<Dims> high = node.bindElements(vectors.high);
    if (low && high)
      pads = {*low, *high};
  } else {
    pads = padsOf(node, rank);
  }
  if (!pads)
    return {};
  if (isConstant)
    return {padByConstant(node, value, *pads)};
  for (int64_t axis = 0; axis < rank; ++axis)
    value = padAxis(node, value, axis, mode, *pads->low[axis].getConstant(),
                    *pads->high[axis].getConstant());
  return {value};
}

/// The middle of an axis that is too long, zeros around one that is too short.
Values importCenterCropPad(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  Value value = node.input(0);
  Dims dims = node.dims(value);
  std::vector<int64_t> axes = node.integers("axes");
  for (size_t axis = 0; !node.has("axes") && axis < dims.size(); ++axis)
    axes.push_back(axis);
  std::optional<Dims> to = node.contents(1);
  if (!to)
    return {};
  if (to->size() != axes.size())
    return node.invalid("expected a size for each axis");
  Pads pads{Dims(dims.size(), node.dim(0)), Dims(dims.size(), node.dim(0))};
  auto half = [&](DimAttr from, DimAttr size) {
    DimAttr rest = node.checked(graph::subtract(size, from));
    rest = node.checked(graph::apply(DimFunction::Max, rest, node.dim(0)));
    return node.checked(graph::apply(DimFunction::FloorDiv, rest, node.dim(2)));
  };
  for (auto [index, given] : llvm::enumerate(axes)) {
    int64_t axis = node.normalizedAxis(given, dims.size());
    if (node.failed())
      return {};
    DimAttr size = (*to)[index];
    pads.low[axis] = node.checked(
        graph::subtract(half(dims[axis], size), half(size, dims[axis])));
    DimAttr added = node.checked(graph::subtract(size, dims[axis]));
    pads.high[axis] = node.checked(graph::subtract(added, pads.low[axis]));
  }
  graph::PadOp::Properties properties;
  properties.low = node.array(pads.low);
  properties.high = node.array(pads.high);
  Value zero = Parts(node).like(value, 0);
  return {node.make<graph::PadOp>({value, zero}, properties)};
}

} // namespace sinter::onnx
