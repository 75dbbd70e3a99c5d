// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ops/RuntimeAxes.h"

#include "compiler/onnx/ops/Parts.h"
#include "dialects/graph/ops/Reduction.h"

using namespace mlir;
using llvm::ArrayRef;

namespace sinter::onnx {

using graph::DimAttr;

bool isRuntime(NodeImport &node, size_t index) {
  return node.input(index) && !node.known(index);
}

RuntimeAxes::RuntimeAxes(NodeImport &node, size_t index, int64_t rank)
    : node(node), rank(rank) {
  Parts m(node);
  Dims dims = node.dims(node.input(index));
  std::optional<int64_t> count =
      dims.empty() ? std::optional<int64_t>(1) : dims.front().getConstant();
  if (dims.size() > 1 || !count || *count > rank) {
    if (!node.failed())
      node.unsupported("axes whose number is not constant, or over the rank",
                       "a constant number of axes");
    return;
  }
  number = *count;
  Value axes = node.reshape(node.input(index), {node.dim(number), node.dim(1)});
  hits = m.equal(m.wrap(axes, node.dim(rank)), node.iota(node.dim(rank)));
  flags = node.reduce<graph::ReduceMaxOp>(
      node.cast(hits, node.builder.getI64Type()), 0, /*keepDims=*/false);
}

Value RuntimeAxes::spread(Value numbers, int64_t otherwise) {
  Parts m(node);
  Value column =
      node.unsqueeze(node.cast(numbers, node.builder.getI64Type()), 1);
  Value sum = m.sum(node.select(hits, column, m.like(column, 0)), 0,
                    /*keepDims=*/false);
  Value none = m.like(sum, static_cast<double>(otherwise));
  return node.select(m.equal(flags, m.like(flags, 0)), none, sum);
}

Value RuntimeAxes::rankOfKept() {
  Parts m(node);
  Value all = node.iota(node.dim(rank));
  Value isBefore = m.less(all, node.unsqueeze(all, 1));
  Value kept = m.sub(m.like(flags, 1), flags);
  return m.sum(node.select(isBefore, kept, m.like(kept, 0)), 1,
               /*keepDims=*/false);
}

/// All dims of a value as a vector.
static Value dimsVector(NodeImport &node, ArrayRef<DimAttr> dims) {
  return node.dimsValue(dims, static_cast<int64_t>(dims.size()),
                        node.builder.getI64Type());
}

Value splitChosen(NodeImport &node, Value value, const RuntimeAxes &axes) {
  Parts m(node);
  Value dims = dimsVector(node, node.dims(value));
  Value isChosen = m.equal(axes.chosen(), m.like(dims, 1));
  auto outer = node.bindElements(node.select(isChosen, m.like(dims, 1), dims));
  auto inner = node.bindElements(node.select(isChosen, dims, m.like(dims, 1)));
  if (!outer || !inner)
    return {};
  Dims split;
  for (auto [first, second] : llvm::zip_equal(*outer, *inner))
    split.append({first, second});
  return node.reshape(value, split);
}

Value dropChosen(NodeImport &node, Value value, ArrayRef<DimAttr> dims,
                 RuntimeAxes &axes) {
  Parts m(node);
  auto left = static_cast<int64_t>(dims.size()) - axes.count();
  Value kept = m.equal(axes.chosen(), m.like(axes.chosen(), 0));
  Value place =
      m.equal(node.unsqueeze(node.iota(node.dim(left)), 1), axes.rankOfKept());
  Value sizes = dimsVector(node, dims);
  Value chosen = node.select(m.both(place, kept), sizes, m.like(sizes, 0));
  auto to = node.bindElements(m.sum(chosen, 1, /*keepDims=*/false));
  return to ? node.reshape(value, *to) : Value();
}

Value insertChosen(NodeImport &node, Value value, RuntimeAxes &axes) {
  Parts m(node);
  Dims dims = node.dims(value);
  if (dims.empty()) // only new axes
    return node.reshape(value, Dims(axes.count(), node.dim(1)));
  Value last = node.scalar(static_cast<double>(dims.size() - 1),
                           node.builder.getI64Type());
  Value from =
      m.gather(dimsVector(node, dims), m.min(axes.rankOfKept(), last), 0);
  Value isKept = m.equal(axes.chosen(), m.like(axes.chosen(), 0));
  auto to = node.bindElements(node.select(isKept, from, m.like(from, 1)));
  return to ? node.reshape(value, *to) : Value();
}

Value aroundAxis(NodeImport &node, Value value, Value axis) {
  Parts m(node);
  Dims dims = node.dims(value);
  DimAttr rank = node.dim(static_cast<int64_t>(dims.size()));
  Value at = m.wrap(node.reshape(axis, {}), rank);
  Value all = node.iota(rank), sizes = dimsVector(node, dims);
  auto productWhere = [&](Value condition) {
    Value factors = node.select(condition, sizes, m.like(sizes, 1));
    return node.bind(
        node.reduce<graph::ReduceProdOp>(factors, 0, /*keepDims=*/false));
  };
  DimAttr before = productWhere(m.less(all, at));
  DimAttr size = productWhere(m.equal(all, at));
  DimAttr behind = productWhere(m.less(at, all));
  return node.reshape(value, {before, size, behind});
}

} // namespace sinter::onnx
