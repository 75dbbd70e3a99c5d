// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops about shapes: those that read them, and those that change only them.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {

Values importShape(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  Dims dims = node.dims(node.input(0));
  int64_t rank = dims.size();
  auto bound = [&](std::string_view name, int64_t otherwise) {
    int64_t value = node.integer(name, otherwise);
    return std::clamp<int64_t>(value < 0 ? value + rank : value, 0, rank);
  };
  int64_t start = bound("start", 0), end = bound("end", rank);
  int64_t count = std::max<int64_t>(end - start, 0);
  return {node.dimsValue(ArrayRef(dims).slice(std::min(start, end), count),
                         count, node.builder.getI64Type())};
}

Values importSize(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  graph::DimAttr size = node.checked(
      graph::product(node.builder.getContext(), node.dims(node.input(0))));
  return {node.dimsValue(size, {}, node.builder.getI64Type())};
}

/// The dim that -1 stands for. Where no polynomial is the quotient, the
/// division rounds down, and the reshape's guard sees to the rest.
static graph::DimAttr remainingDim(NodeImport &node,
                                   ArrayRef<graph::DimAttr> from,
                                   ArrayRef<graph::DimAttr> others) {
  MLIRContext *context = node.builder.getContext();
  graph::DimAttr size = node.checked(graph::product(context, from));
  graph::DimAttr known = node.checked(graph::product(context, others));
  FailureOr<graph::DimAttr> quotient = graph::exactQuotient(size, known);
  if (failed(quotient))
    quotient = graph::apply(graph::DimFunction::FloorDiv, size, known);
  return node.checked(quotient);
}

/// Binds the sizes of a reshape that the model computes. A 0 is the input's
/// dim, and a -1, if no other is known to be there, what is left.
static void bindSizes(NodeImport &node, ArrayRef<graph::DimAttr> from, Dims &to,
                      bool allowZero) {
  Parts m(node);
  Type i64 = node.builder.getI64Type();
  Dims known;
  bool hasRemaining = false;
  for (auto [axis, dim] : llvm::enumerate(to)) {
    hasRemaining |= dim && dim.getConstant() == -1;
    bool isInput = dim && dim.getConstant() == 0 && !allowZero;
    if (isInput && axis < from.size())
      known.push_back(from[axis]);
    else if (dim && dim.getConstant() != -1)
      known.push_back(dim);
  }
  Value others = m.size(m.product(known), i64);
  SmallVector<std::pair<size_t, Value>> computed;
  for (auto [axis, dim] : llvm::enumerate(to)) {
    if (dim)
      continue;
    Value size = node.cast(node.elementAt(node.input(1), axis), i64);
    if (!allowZero && axis < from.size())
      size = node.select(m.equal(size, m.like(size, 0)),
                         m.size(from[axis], i64), size);
    computed.push_back({axis, size});
    others = m.mul(others, m.abs(size));
  }
  Value left =
      m.div(m.size(m.product(from), i64), m.max(others, m.like(others, 1)));
  for (auto [axis, size] : computed) {
    if (!hasRemaining)
      size = node.select(m.equal(size, m.like(size, -1)), left, size);
    to[axis] = node.bind(size);
  }
}

Values importReshape(NodeImport &node) {
  if (!node.expectInputs(1, 2))
    return {};
  std::optional<Dims> to;
  if (node.opset < 5) {
    to.emplace();
    for (int64_t size : node.integers("shape"))
      to->push_back(node.dim(size));
  } else if (node.expectInputs(2, 2)) {
    to = node.partial(1);
    if (!to && !node.failed())
      node.unsupported("the rank of the result is not known",
                       "shapes of a constant number of sizes");
  }
  if (!to || node.failed())
    return {};
  Dims from = node.dims(node.input(0)), others;
  graph::DimAttr *remaining = nullptr;
  bool allowZero = node.integer("allowzero", 0) != 0;
  if (llvm::is_contained(*to, graph::DimAttr()))
    bindSizes(node, from, *to, allowZero);
  for (auto [axis, dim] : llvm::enumerate(*to)) {
    if (dim.getConstant() == 0 && !allowZero) {
      if (axis >= from.size())
        return node.invalid(fmt::format("0 at axis {} has no input dim", axis));
      dim = from[axis];
    }
    if (dim.getConstant() != -1) {
      others.push_back(dim);
      continue;
    }
    if (remaining)
      return node.invalid("-1 is there twice");
    remaining = &dim;
  }
  if (remaining)
    *remaining = remainingDim(node, from, others);
  return {node.reshape(node.input(0), *to)};
}

Values importFlatten(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  Dims dims = node.dims(node.input(0));
  int64_t rank = dims.size(), axis = node.integer("axis", 1);
  if (axis != rank)
    axis = node.normalizedAxis(axis, rank);
  MLIRContext *context = node.builder.getContext();
  ArrayRef<graph::DimAttr> all(dims);
  graph::DimAttr to[] = {
      node.checked(graph::product(context, all.take_front(axis))),
      node.checked(graph::product(context, all.drop_front(axis)))};
  return {node.reshape(node.input(0), to)};
}

Values importSqueeze(NodeImport &node) {
  if (!node.expectInputs(1, 2))
    return {};
  Dims dims = node.dims(node.input(0)), kept;
  std::optional<std::vector<int64_t>> axes = node.listOf("axes", 1);
  if (node.failed())
    return {};
  SmallVector<bool> dropped(dims.size(), false);
  for (int64_t axis : axes.value_or(std::vector<int64_t>())) {
    axis = node.normalizedAxis(axis, dims.size());
    if (node.failed())
      return {};
    dropped[axis] = true;
    if (dims[axis].getConstant().value_or(1) != 1)
      return node.invalid(fmt::format("axis {} has size {}; expected 1", axis,
                                      *dims[axis].getConstant()));
  }
  for (auto [axis, dim] : llvm::enumerate(dims)) {
    if (!axes && !dim.getConstant())
      return node.unsupported("without axes, a dim that is not constant leaves "
                              "the rank open",
                              "explicit axes");
    if (axes ? !dropped[axis] : dim.getConstant() != 1)
      kept.push_back(dim);
  }
  return {node.reshape(node.input(0), kept)};
}

Values importUnsqueeze(NodeImport &node) {
  if (!node.expectInputs(1, 2))
    return {};
  std::optional<std::vector<int64_t>> axes = node.listOf("axes", 1);
  if (node.failed() || !axes)
    return node.invalid("there are no axes");
  int64_t rank = node.rank(node.input(0)) + static_cast<int64_t>(axes->size());
  SmallVector<int64_t> normalized;
  for (int64_t axis : *axes)
    normalized.push_back(node.normalizedAxis(axis, rank));
  llvm::sort(normalized);
  if (std::adjacent_find(normalized.begin(), normalized.end()) !=
      normalized.end())
    return node.invalid("an axis is there twice");
  return {node.unsqueeze(node.input(0), normalized)};
}

Values importExpand(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  std::optional<Dims> to = node.contents(1);
  if (!to)
    return {};
  return {node.expand(node.input(0), *to)};
}

/// As [1, d0, 1, d1, ...], expanded to [r0, d0, r1, d1, ...].
Values importTile(NodeImport &node) {
  if (node.opset < 6)
    return node.unsupported("tiles and axis as inputs", "opset 6 or newer");
  if (!node.expectInputs(2, 2))
    return {};
  std::optional<Dims> repeats = node.contents(1);
  if (!repeats)
    return {};
  Dims dims = node.dims(node.input(0)), split, repeated, joined;
  if (repeats->size() != dims.size())
    return node.invalid(
        fmt::format("{} repeats for rank {}", repeats->size(), dims.size()));
  for (auto [repeat, dim] : llvm::zip(*repeats, dims)) {
    split.append({node.dim(1), dim});
    repeated.append({repeat, dim});
    joined.push_back(node.checked(graph::multiply(repeat, dim)));
  }
  Value value = node.reshape(node.input(0), split);
  return {node.reshape(node.expand(value, repeated), joined)};
}

/// start + iota * delta
Values importRange(NodeImport &node) {
  if (!node.expectInputs(3, 3))
    return {};
  std::optional<Dims> start = node.contents(0), limit = node.contents(1);
  std::optional<std::vector<int64_t>> delta = node.constants(2);
  if (!start || !limit || !delta)
    return {};
  if (start->size() != 1 || limit->size() != 1 || delta->size() != 1)
    return node.invalid("start, limit and delta must be scalars");
  int64_t step = std::max(delta->front(), -INT64_MAX);
  if (step == 0)
    return node.invalid("delta is 0");
  auto [from, to] = std::pair(start->front(), limit->front());
  if (step < 0)
    std::swap(from, to);
  graph::DimAttr size = node.checked(graph::subtract(to, from));
  size = node.checked(graph::apply(graph::DimFunction::CeilDiv, size,
                                   node.dim(std::abs(step))));
  size = node.checked(graph::apply(graph::DimFunction::Max, size, node.dim(0)));
  Math m(node);
  auto scalarInput = [&](size_t index) {
    return node.reshape(node.input(index), {});
  };
  Value range = node.cast(node.iota(size), node.element(node.input(0)));
  if (step != 1)
    range = m.mul(range, scalarInput(2));
  if (start->front().getConstant() == 0)
    return {range};
  return {m.add(range, scalarInput(0))};
}

} // namespace sinter::onnx
