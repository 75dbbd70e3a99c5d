// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ops/Math.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/RuntimeAxes.h"
#include "dialects/graph/ops/Reduction.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {
namespace {

/// Which axes a reduction folds.
class Reduced {
public:
  explicit Reduced(NodeImport &node);

  /// The node reduces no axis.
  bool isIdentity = false;
  /// Of what `enter` gives, ascending.
  SmallVector<int64_t> axes;
  bool keepDims = true;

  /// The value whose axes these are, and the result of what is folded.
  Value enter(Value value) {
    return runtime ? splitChosen(node, value, *runtime) : value;
  }
  Value leave(Value folded) {
    bool drops = runtime && node.integer("keepdims", 1) == 0;
    return drops ? dropChosen(node, folded, node.dims(node.input(0)), *runtime)
                 : folded;
  }

private:
  NodeImport &node;
  std::optional<RuntimeAxes> runtime;
};

Reduced::Reduced(NodeImport &node) : node(node) {
  if (!node.expectInputs(1, 2))
    return;
  int64_t rank = node.rank(node.input(0));
  keepDims = node.integer("keepdims", 1) != 0;
  if (!node.has("axes") && isRuntime(node, 1)) {
    runtime.emplace(node, 1, rank);
    keepDims = false;
    for (int64_t axis = 0; axis < rank; ++axis)
      axes.push_back(2 * axis + 1);
    return;
  }
  std::optional<std::vector<int64_t>> given = node.listOf("axes", 1);
  if (node.failed())
    return;
  if (!given || given->empty()) {
    isIdentity = node.integer("noop_with_empty_axes", 0) != 0;
    axes = axesBetween(0, rank);
    return;
  }
  for (int64_t axis : *given)
    axes.push_back(node.normalizedAxis(axis, rank));
  llvm::sort(axes);
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
    node.invalid("an axis is there twice");
}

using Function = llvm::function_ref<Value(Math &, Value)>;
using Fold = llvm::function_ref<Value(Math &, Value, ArrayRef<int64_t>, bool)>;

Value addUp(Math &m, Value x, ArrayRef<int64_t> axes, bool keepDims) {
  return m.sum(x, axes, keepDims);
}

Value same(Math &, Value x) { return x; }

/// after(fold(before(x))). What is more than one op is computed in f32 for f16
/// and bf16.
Values reduction(NodeImport &node, Function before, Fold fold, Function after) {
  Reduced reduced(node);
  if (node.failed())
    return {};
  Math m(node);
  Value x = reduced.enter(before(m, m.widen(node.input(0))));
  Value folded =
      reduced.isIdentity ? x : fold(m, x, reduced.axes, reduced.keepDims);
  return {
      node.cast(reduced.leave(after(m, folded)), node.element(node.input(0)))};
}

/// One op; bool is folded as a byte, for max and min.
template <typename Op> Values plain(NodeImport &node) {
  Reduced reduced(node);
  Value x = node.input(0);
  if (node.failed() || reduced.isIdentity)
    return {x};
  Type element = node.element(x);
  if (element.isInteger(1))
    x = node.cast(x, node.builder.getIntegerType(8, /*isSigned=*/false));
  Value folded =
      node.reduce<Op>(reduced.enter(x), reduced.axes, reduced.keepDims);
  return {node.cast(reduced.leave(folded), element)};
}

} // namespace

Values importReduceSum(NodeImport &node) {
  return plain<graph::ReduceSumOp>(node);
}
Values importReduceProd(NodeImport &node) {
  return plain<graph::ReduceProdOp>(node);
}
Values importReduceMax(NodeImport &node) {
  return plain<graph::ReduceMaxOp>(node);
}
Values importReduceMin(NodeImport &node) {
  return plain<graph::ReduceMinOp>(node);
}

Values importReduceMean(NodeImport &node) {
  return reduction(
      node, same,
      [](Math &m, Value x, ArrayRef<int64_t> axes, bool keepDims) {
        return m.mean(x, axes, keepDims);
      },
      same);
}

Values importReduceL1(NodeImport &node) {
  return reduction(
      node, [](Math &m, Value x) { return m.abs(x); }, addUp, same);
}

Values importReduceSumSquare(NodeImport &node) {
  return reduction(
      node, [](Math &m, Value x) { return m.mul(x, x); }, addUp, same);
}

/// Integers by way of f64.
Values importReduceL2(NodeImport &node) {
  return reduction(
      node, [](Math &m, Value x) { return m.mul(x, x); }, addUp,
      [&](Math &m, Value x) {
        bool isInteger = x && isa<IntegerType>(node.element(x));
        return m.sqrt(isInteger ? node.cast(x, node.builder.getF64Type()) : x);
      });
}

Values importReduceLogSum(NodeImport &node) {
  return reduction(node, same, addUp,
                   [](Math &m, Value x) { return m.log(x); });
}

/// max + log(sum(exp(x - max))), which does not overflow.
Values importReduceLogSumExp(NodeImport &node) {
  return reduction(
      node, same,
      [](Math &m, Value x, ArrayRef<int64_t> axes, bool keepDims) {
        Value shift = m.largest(x, axes, /*keepDims=*/true);
        Value sum = m.sum(m.exp(m.sub(x, shift)), axes, keepDims);
        return m.add(m.log(sum), m.largest(x, axes, keepDims));
      },
      same);
}

/// The spatial axes of a global pool.
static SmallVector<int64_t> spatialAxes(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  int64_t rank = node.rank(node.input(0));
  if (rank < 3)
    node.invalid("the input must have rank 3 or more");
  return axesBetween(2, rank);
}

Values importGlobalAveragePool(NodeImport &node) {
  SmallVector<int64_t> axes = spatialAxes(node);
  Math m(node);
  return {node.cast(m.mean(m.widen(node.input(0)), axes, /*keepDims=*/true),
                    node.element(node.input(0)))};
}

Values importGlobalMaxPool(NodeImport &node) {
  SmallVector<int64_t> axes = spatialAxes(node);
  return {Math(node).largest(node.input(0), axes, /*keepDims=*/true)};
}

/// The least (or largest) of the positions at which the extreme element
/// stands. NaN is equal to nothing: then the last position.
template <typename Op> static Values argExtreme(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  Math m(node);
  Value x = node.input(0);
  Dims dims = node.dims(x);
  int64_t rank = dims.size();
  int64_t axis = node.normalizedAxis(node.integer("axis", 0), rank);
  if (node.failed())
    return {};
  Value isExtreme = m.equal(x, node.reduce<Op>(x, axis, /*keepDims=*/true));
  Value position =
      node.unsqueeze(node.iota(dims[axis]), axesBetween(1, rank - axis));
  Type index = node.builder.getI64Type();
  bool wantsLast = node.integer("select_last_index", 0) != 0;
  graph::DimAttr last = node.checked(graph::subtract(dims[axis], node.dim(1)));
  Value other =
      wantsLast ? node.scalar(0, index) : node.dimsValue(last, {}, index);
  Value candidates = node.select(isExtreme, position, other);
  bool keepDims = node.integer("keepdims", 1) != 0;
  if (wantsLast)
    return {node.reduce<graph::ReduceMaxOp>(candidates, axis, keepDims)};
  return {node.reduce<graph::ReduceMinOp>(candidates, axis, keepDims)};
}

Values importArgMax(NodeImport &node) {
  return argExtreme<graph::ReduceMaxOp>(node);
}
Values importArgMin(NodeImport &node) {
  return argExtreme<graph::ReduceMinOp>(node);
}

} // namespace sinter::onnx
