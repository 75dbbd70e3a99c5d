// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops about shapes: those that read them, and those that change only them.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/RuntimeAxes.h"

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

/// Ends the run where a dim is 1.
static void checkNotOne(NodeImport &node, size_t axis, graph::DimAttr dim) {
  Parts m(node);
  Value size = m.size(dim, node.builder.getI64Type());
  node.check(m.logicalNot(m.equal(size, m.like(size, 1))),
             fmt::format("node '{}' (Squeeze): axis {} has size 1, which "
                         "changes the rank; give the node axes",
                         labelOf(node.proto), axis));
}

Values importSqueeze(NodeImport &node) {
  if (!node.expectInputs(1, 2))
    return {};
  Dims dims = node.dims(node.input(0)), kept;
  if (isRuntime(node, 1)) {
    RuntimeAxes axes(node, 1, dims.size());
    return {dropChosen(node, node.input(0), dims, axes)};
  }
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
    // Without axes, the rank depends on whether a dim is 1. That it is not is
    // what the model was made for.
    if (!axes && !dim.getConstant())
      checkNotOne(node, axis, dim);
    if (axes ? !dropped[axis] : dim.getConstant() != 1)
      kept.push_back(dim);
  }
  return {node.reshape(node.input(0), kept)};
}

Values importUnsqueeze(NodeImport &node) {
  if (!node.expectInputs(1, 2))
    return {};
  if (isRuntime(node, 1)) {
    Dims count = node.dims(node.input(1));
    std::optional<int64_t> added =
        count.empty() ? std::optional<int64_t>(1) : count.front().getConstant();
    if (!added || *added > 64)
      return node.unsupported("axes whose number is not constant",
                              "a constant number of axes");
    RuntimeAxes axes(node, 1, node.rank(node.input(0)) + *added);
    return {insertChosen(node, node.input(0), axes)};
  }
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

namespace {

/// max(ceil((limit - start) / delta), 0)
graph::DimAttr rangeSize(NodeImport &node, int64_t delta) {
  graph::DimAttr from = node.dimOf(0), to = node.dimOf(1);
  if (delta < 0)
    std::swap(from, to);
  graph::DimAttr size = node.checked(graph::subtract(to, from));
  size = node.checked(graph::apply(graph::DimFunction::CeilDiv, size,
                                   node.dim(std::abs(delta))));
  return node.checked(graph::apply(graph::DimFunction::Max, size, node.dim(0)));
}

/// The same, computed by the model; in f64, which holds all sizes that fit.
graph::DimAttr boundRangeSize(NodeImport &node, Value start, Value limit,
                              Value delta) {
  Parts m(node);
  std::optional<std::vector<float>> from = knownFloats(node, 0),
                                    to = knownFloats(node, 1),
                                    by = knownFloats(node, 2);
  if (from && to && by) {
    double count = std::ceil((double(to->front()) - double(from->front())) /
                             double(by->front()));
    if (!(count < 0x1p62)) {
      node.unsupported(fmt::format("a range from {} to {} by {}", from->front(),
                                   to->front(), by->front()),
                       "finite numbers of elements");
      return {};
    }
    return node.dim(static_cast<int64_t>(std::max(count, 0.0)));
  }
  Type f64 = node.builder.getF64Type();
  Value distance = m.sub(node.cast(limit, f64), node.cast(start, f64));
  Value steps = m.ceil(m.div(distance, node.cast(delta, f64)));
  return node.bind(m.max(steps, m.like(steps, 0)));
}

} // namespace

/// start + iota * delta
Values importRange(NodeImport &node) {
  if (!node.expectInputs(3, 3))
    return {};
  Value inputs[3];
  for (size_t index = 0; index < 3; ++index)
    inputs[index] = node.reshape(node.input(index), {});
  auto [start, limit, delta] = inputs;
  Type element = node.element(start);
  Parts m(node);
  graph::DimAttr known = node.knownDim(2).value_or(graph::DimAttr());
  std::optional<int64_t> step = known ? known.getConstant() : std::nullopt;
  if (step == 0)
    return node.invalid("delta is 0");
  // Floats that are no dims may be fractions.
  bool isExact = step && *step >= -INT64_MAX &&
                 (isa_and_nonnull<IntegerType>(element) ||
                  (node.knownDim(0) && node.knownDim(1)));
  graph::DimAttr size = isExact ? rangeSize(node, *step)
                                : boundRangeSize(node, start, limit, delta);
  if (!size)
    return {};
  Value range = node.cast(node.iota(size), element);
  if (step != 1)
    range = m.mul(range, delta);
  if (node.knownDim(0) == node.dim(0))
    return {range};
  return {m.add(range, start)};
}

} // namespace sinter::onnx
