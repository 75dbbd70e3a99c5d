// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scatters, gathers at tuples of indices, running sums, and the largest
// elements, as formulas.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Slices.h"
#include "dialects/graph/ops/Pad.h"
#include "dialects/graph/ops/Reduction.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {
namespace {

using graph::DimAttr;

/// Pairs of an element and an update that a scatter compares at most.
constexpr int64_t maxPairs = 1 << 26;

/// False (E0207) if there are too many pairs, or symbols leave that open.
bool isSmall(NodeImport &node, ArrayRef<DimAttr> pairs) {
  if (node.failed())
    return false;
  std::optional<int64_t> count = Parts(node).product(pairs).getConstant();
  if (count && *count <= maxPairs)
    return true;
  node.unsupported("comparing each element with each update takes too long, "
                   "or their number is not constant",
                   fmt::format("up to {} pairs", maxPairs));
  return false;
}

/// Along one axis, where each element is written: `matches` says which updates
/// (axis `axis`) write an element.
class Scatter {
public:
  explicit Scatter(NodeImport &node) : node(node), m(node) {}

  /// The last update that matches, or -1.
  Value lastMatch(Value matches, int64_t axis) {
    int64_t rank = node.rank(matches);
    if (node.failed())
      return {};
    Value numbers = m.along(node.iota(node.dims(matches)[axis]), axis, rank);
    Value none = m.like(numbers, -1);
    return m.largest(node.select(matches, numbers, none), axis,
                     /*keepDims=*/false);
  }
  /// The data combined with the fold of the updates that match. `updates`
  /// broadcasts to `matches`.
  Value fold(Value data, Value updates, Value matches, int64_t axis,
             std::string_view reduction);

private:
  NodeImport &node;
  Parts m;
};

Value Scatter::fold(Value data, Value updates, Value matches, int64_t axis,
                    std::string_view reduction) {
  auto chosen = [&](double neutral) {
    return node.select(matches, updates, m.like(updates, neutral));
  };
  if (reduction == "add")
    return m.add(data, m.sum(chosen(0), axis, false));
  if (reduction == "mul")
    return m.mul(data,
                 node.reduce<graph::ReduceProdOp>(chosen(1), axis, false));
  // Where nothing matches, the data itself is neutral.
  Value old = node.unsqueeze(data, axis);
  Value masked = node.select(matches, updates, old);
  if (reduction == "max")
    return m.max(data, m.largest(masked, axis, false));
  if (reduction == "min")
    return m.min(data, m.smallest(masked, axis, false));
  node.invalid(fmt::format("reduction is '{}'", reduction));
  return {};
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
  Value data = node.input(0), indices = node.input(1);
  Dims dims = node.dims(data), at = node.dims(indices);
  int64_t tuple = tupleSize(node, indices, dims.size());
  if (node.failed())
    return {};
  ArrayRef<DimAttr> indexed = ArrayRef(dims).take_front(tuple);
  DimAttr positions = m.product(indexed), count, slice;
  count = m.product(ArrayRef(at).drop_back());
  slice = m.product(ArrayRef(dims).drop_front(tuple));
  std::string reduction = node.text("reduction", "none");
  DimAttr pairs[] = {positions, count,
                     reduction == "none" ? node.dim(1) : slice};
  if (!isSmall(node, pairs))
    return {};
  Value to = node.reshape(linearIndices(node, indices, indexed), {count});
  Value matches =
      m.equal(m.along(node.iota(positions), 0, 2), m.along(to, 1, 2));
  Value updates = node.reshape(node.input(2), {count, slice});
  Value flat = node.reshape(data, {positions, slice});
  Scatter scatter(node);
  if (reduction != "none")
    return {node.reshape(scatter.fold(flat, node.unsqueeze(updates, 0),
                                      node.unsqueeze(matches, 2), 1, reduction),
                         dims)};
  Value from = scatter.lastMatch(matches, 1);
  Value zero = m.like(from, 0);
  Value written = m.gather(updates, m.max(from, zero), 0);
  Value isWritten = m.along(m.lessOrEqual(zero, from), 0, 2);
  return {node.reshape(node.select(isWritten, written, flat), dims)};
}

/// Indices of fewer rows than the data get rows that write nowhere.
Values importScatterElements(NodeImport &node) {
  if (!node.expectInputs(3, 3))
    return {};
  Parts m(node);
  Value data = node.input(0);
  Dims dims = node.dims(data), at = node.dims(node.input(1));
  int64_t rank = dims.size();
  int64_t axis = node.normalizedAxis(node.integer("axis", 0), rank);
  if (at.size() != dims.size())
    return node.invalid("data and indices have different ranks");
  if (node.failed())
    return {};
  Value indices = m.wrap(node.input(1), dims[axis]), updates = node.input(2);
  for (int64_t other = 0; other < rank; ++other) {
    if (other == axis || at[other] == dims[other])
      continue;
    graph::PadOp::Properties pads;
    Dims low(rank, node.dim(0)), high = low;
    high[other] = node.checked(graph::subtract(dims[other], at[other]));
    pads.low = node.array(low);
    pads.high = node.array(high);
    indices = node.make<graph::PadOp>({indices, m.like(indices, -1)}, pads);
    updates = node.make<graph::PadOp>({updates, m.like(updates, 0)}, pads);
  }
  Dims pairs = dims;
  pairs.push_back(at[axis]);
  if (!isSmall(node, pairs))
    return {};
  // Updates vary along axis + 1.
  Value matches = m.equal(node.unsqueeze(indices, axis),
                          m.along(node.iota(dims[axis]), axis, rank + 1));
  Scatter scatter(node);
  std::string reduction = node.text("reduction", "none");
  Value spread = node.unsqueeze(updates, axis);
  if (reduction != "none")
    return {scatter.fold(data, spread, matches, axis + 1, reduction)};
  Value from = scatter.lastMatch(matches, axis + 1);
  Value last = m.equal(node.unsqueeze(from, axis + 1),
                       m.along(node.iota(at[axis]), axis + 1, rank + 1));
  return {scatter.fold(
      node.select(m.less(from, m.like(from, 0)), data, m.like(data, 0)), spread,
      last, axis + 1, "add")};
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

/// Adds the sum up to 1, 2, 4, ... elements before, which doubles the number of
/// elements that each sum holds.
Values importCumSum(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  Parts m(node);
  Value value = node.input(0);
  std::optional<std::vector<int64_t>> given = node.constants(1);
  if (!given || given->size() != 1)
    return node.invalid("the axis must be a scalar");
  int64_t axis = node.normalizedAxis(given->front(), node.rank(value));
  if (node.failed())
    return {};
  bool isReverse = node.integer("reverse", 0) != 0;
  auto shifted = [&](Value what, int64_t by) {
    return isReverse ? m.pad(what, axis, -by, by) : m.pad(what, axis, by, -by);
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
    value = m.add(value, shifted(value, by));
  return {value};
}

} // namespace sinter::onnx
