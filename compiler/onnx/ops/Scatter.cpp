// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scatters, gathers at tuples of indices, and running sums.
#include "dialects/graph/ops/Scatter.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/RuntimeAxes.h"
#include "compiler/onnx/ops/Slices.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {
namespace {

using graph::DimAttr;

/// The number of a reduction in graph.scatter; nothing after an error.
std::optional<int64_t> combineOf(NodeImport &node) {
  constexpr std::string_view names[] = {"none", "add", "mul", "max", "min"};
  std::string name = node.text("reduction", "none");
  const auto *found = llvm::find(names, name);
  if (found != std::end(names))
    return found - std::begin(names);
  node.invalid(fmt::format("reduction is '{}'", name));
  return std::nullopt;
}

/// What elements are combined in: f16 and bf16 in f32, small integers in i32,
/// and others of 64 bits in i64.
Type combinedIn(NodeImport &node, Type element, int64_t combine) {
  bool isOwn = element.isF32() || element.isF64() ||
               element.isSignlessInteger(32) || element.isSignlessInteger(64);
  if (combine == 0 || isOwn)
    return element;
  if (isa<FloatType>(element))
    return node.builder.getF32Type();
  if (element.getIntOrFloatBitWidth() < 32)
    return node.builder.getI32Type();
  if (element.isUnsignedInteger(64) && combine > 2)
    node.unsupported("the larger or smaller of ui64", "sums and products");
  return node.builder.getI64Type();
}

/// Rows of `data` changed by rows of `updates`.
Value scatterRows(NodeImport &node, Value data, Value positions,
                  Value updates) {
  std::optional<int64_t> combine = combineOf(node);
  Type element = node.element(data);
  if (node.failed() || !element || !combine)
    return {};
  Type compute = combinedIn(node, element, *combine);
  graph::ScatterOp::Properties properties;
  properties.combine = node.builder.getI64IntegerAttr(*combine);
  Value result = node.make<graph::ScatterOp>(
      {node.cast(data, compute), positions, node.cast(updates, compute)},
      properties);
  return result ? node.cast(result, element) : Value();
}

/// The position of each tuple of indices in the row-major order of `dims`.
Value linearIndices(NodeImport &node, Value indices, ArrayRef<DimAttr> dims) {
  Parts m(node);
  int64_t last = node.rank(indices) - 1;
  Type i64 = node.builder.getI64Type();
  Value sum;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    Dims without = node.dims(indices);
    without.pop_back();
    Value index = node.reshape(
        sliceAxis(node, indices, last, node.dim(axis), 1, node.dim(1)),
        without);
    Value stride = m.size(m.product(dims.drop_front(axis + 1)), i64);
    Value term = m.mul(m.wrap(index, dims[axis]), stride);
    sum = sum ? m.add(sum, term) : term;
  }
  return sum;
}

/// The length of the index tuples; 0 after an error.
int64_t tupleSize(NodeImport &node, Value indices, int64_t rank) {
  Dims dims = node.dims(indices);
  int64_t size = dims.empty() ? 0 : dims.back().getConstant().value_or(0);
  if (size >= 1 && size <= rank)
    return size;
  node.invalid("the last dim of the indices is not constant, or not within "
               "the rank");
  return 0;
}

} // namespace

/// Data as positions x slice, updates as updates x slice.
Values importScatterND(NodeImport &node) {
  if (!node.expectInputs(3, 3))
    return {};
  Parts m(node);
  Value indices = node.input(1);
  Dims dims = node.dims(node.input(0)), at = node.dims(indices);
  int64_t tuple = tupleSize(node, indices, dims.size());
  if (node.failed())
    return {};
  ArrayRef<DimAttr> indexed = ArrayRef(dims).take_front(tuple);
  DimAttr count = m.product(ArrayRef(at).drop_back());
  DimAttr slice = m.product(ArrayRef(dims).drop_front(tuple));
  Value to = node.reshape(linearIndices(node, indices, indexed), {count});
  Value data = node.reshape(node.input(0), {m.product(indexed), slice});
  Value updates = node.reshape(node.input(2), {count, slice});
  return {node.reshape(scatterRows(node, data, to, updates), dims)};
}

/// Rows of one element.
Values importScatterElements(NodeImport &node) {
  if (!node.expectInputs(3, 3))
    return {};
  Parts m(node);
  Dims dims = node.dims(node.input(0)), at = node.dims(node.input(1));
  int64_t rank = dims.size();
  int64_t axis = node.normalizedAxis(node.integer("axis", 0), rank);
  if (at.size() != dims.size())
    return node.invalid("data and indices have different ranks");
  if (node.failed())
    return {};
  Type i64 = node.builder.getI64Type();
  Value to;
  for (int64_t other = 0; other < rank; ++other) {
    Value index = other == axis ? m.wrap(node.input(1), dims[axis])
                                : m.along(node.iota(at[other]), other, rank);
    Value stride = m.size(m.product(ArrayRef(dims).drop_front(other + 1)), i64);
    Value term = m.mul(index, stride);
    to = to ? m.add(to, term) : term;
  }
  DimAttr one = node.dim(1), count = m.product(at);
  Value data = node.reshape(node.input(0), {m.product(dims), one});
  Value updates = node.reshape(node.input(2), {count, one});
  Value result = scatterRows(node, data, node.reshape(to, {count}), updates);
  return {node.reshape(result, dims)};
}

Values importGatherND(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  Parts m(node);
  Value data = node.input(0), indices = node.input(1);
  Dims dims = node.dims(data), at = node.dims(indices);
  int64_t batches = node.integer("batch_dims", 0), rank = dims.size();
  int64_t indexRank = at.size();
  if (batches < 0 || batches >= rank || batches >= indexRank)
    return node.invalid(fmt::format("batch_dims {} of ranks {} and {}", batches,
                                    rank, indexRank));
  int64_t tuple = tupleSize(node, indices, rank - batches);
  if (node.failed())
    return {};
  ArrayRef<DimAttr> all(dims);
  ArrayRef<DimAttr> indexed = all.slice(batches, tuple);
  Value position = linearIndices(node, indices, indexed);
  Type i64 = node.builder.getI64Type();
  for (int64_t batch = 0; batch < batches; ++batch) {
    Value stride = m.size(
        m.product(all.slice(batch + 1, batches + tuple - batch - 1)), i64);
    Value number = m.along(node.iota(dims[batch]), batch, indexRank - 1);
    position = m.add(position, m.mul(number, stride));
  }
  Dims flat{m.product(all.take_front(batches + tuple))};
  llvm::append_range(flat, all.drop_front(batches + tuple));
  return {m.gather(node.reshape(data, flat), position, 0)};
}

namespace {

/// Combines each element with that 1, 2, 4, ... places before, which doubles
/// the number of elements that each result holds. `neutral` stands before the
/// first.
Values cumulate(NodeImport &node, double neutral,
                llvm::function_ref<Value(Parts &, Value, Value)> combine) {
  if (!node.expectInputs(2, 2))
    return {};
  Parts m(node);
  Value value = node.input(0);
  Dims dims = node.dims(value);
  int64_t axis = 1;
  if (isRuntime(node, 1)) {
    value = aroundAxis(node, value, node.input(1));
  } else {
    std::optional<std::vector<int64_t>> given = node.constants(1);
    if (!given || given->size() != 1)
      return node.invalid("the axis must be a scalar");
    axis = node.normalizedAxis(given->front(), dims.size());
  }
  if (node.failed())
    return {};
  bool isReverse = node.integer("reverse", 0) != 0;
  auto shifted = [&](Value what, int64_t by) {
    return m.pad(what, axis,
                 isReverse ? std::pair(-by, by) : std::pair(by, -by), neutral);
  };
  DimAttr size = node.dims(value)[axis];
  constexpr int64_t longest = int64_t(1) << 24;
  int64_t count = size.getConstant().value_or(longest);
  if (count > longest)
    return node.unsupported(fmt::format("an axis of {} elements", count),
                            fmt::format("up to {}", longest));
  if (node.integer("exclusive", 0) != 0)
    value = shifted(value, 1);
  for (int64_t by = 1; by < count; by *= 2)
    value = combine(m, value, shifted(value, by));
  return {node.reshape(value, dims)};
}

} // namespace

Values importCumSum(NodeImport &node) {
  return cumulate(node, 0, [](Parts &m, Value left, Value right) {
    return m.add(left, right);
  });
}

Values importCumProd(NodeImport &node) {
  return cumulate(node, 1, [](Parts &m, Value left, Value right) {
    return m.mul(left, right);
  });
}

} // namespace sinter::onnx
