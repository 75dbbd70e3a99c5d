// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ops/Choose.h"
#include "compiler/onnx/ops/Math.h"
#include "compiler/onnx/ops/Ops.h"
#include "dialects/graph/ops/Gather.h"

using namespace mlir;

namespace sinter::onnx {
namespace {

Value sumOfAll(NodeImport &node, Value value) {
  return Math(node).sum(value, axesBetween(0, node.rank(value)),
                        /*keepDims=*/false);
}

/// The loss of each target: minus the logarithm that its class has, times the
/// weight of the class. Targets to ignore weigh nothing.
Value lossOf(NodeImport &node, Value logarithms, Value target, Value weights) {
  Math m(node);
  Dims dims = node.dims(target);
  if (node.rank(logarithms) != static_cast<int64_t>(dims.size()) + 1 ||
      dims.empty()) {
    node.invalid("the target must have the input's rank less 1");
    return {};
  }
  Value ignored, weight;
  if (node.has("ignore_index")) {
    double index = static_cast<double>(node.integer("ignore_index", 0));
    ignored = m.equal(target, m.like(target, index));
    target = node.select(ignored, m.like(target, 0), target);
  }
  Value picked =
      gatherElements(node, logarithms, node.unsqueeze(target, 1), /*axis=*/1);
  Value loss = m.neg(node.reshape(picked, dims));
  if (weights) {
    graph::GatherOp::Properties properties;
    properties.axis = node.builder.getI64IntegerAttr(0);
    weight = node.make<graph::GatherOp>({weights, target}, properties);
  } else if (ignored) {
    weight = node.expand(m.like(loss, 1), dims);
  }
  if (ignored)
    weight = node.select(ignored, m.like(loss, 0), weight);
  if (weight)
    loss = m.mul(loss, weight);
  std::string reduction = node.text("reduction", "mean");
  if (reduction == "none")
    return loss;
  if (reduction == "sum")
    return sumOfAll(node, loss);
  if (reduction != "mean") {
    node.invalid("reduction is none of 'none', 'sum', 'mean'");
    return {};
  }
  if (!weight)
    return m.mean(loss, axesBetween(0, node.rank(loss)), /*keepDims=*/false);
  return m.div(sumOfAll(node, loss), sumOfAll(node, weight));
}

} // namespace

Values importNegativeLogLikelihoodLoss(NodeImport &node) {
  if (!node.expectInputs(2, 3))
    return {};
  Math m(node);
  Value loss = lossOf(node, m.widen(node.input(0)), node.input(1),
                      m.widen(node.input(2)));
  return {node.cast(loss, node.element(node.input(0)))};
}

Values importSoftmaxCrossEntropyLoss(NodeImport &node) {
  if (!node.expectInputs(2, 3))
    return {};
  Math m(node);
  if (node.rank(node.input(0)) < 2)
    return node.invalid("the scores must have rank 2 or more");
  Value scores = m.widen(node.input(0));
  Value shifted = m.sub(scores, m.largest(scores, 1, /*keepDims=*/true));
  Value sum = m.sum(m.exp(shifted), 1, /*keepDims=*/true);
  Value logarithms = m.sub(shifted, m.log(sum));
  Value loss = lossOf(node, logarithms, node.input(1), m.widen(node.input(2)));
  Type element = node.element(node.input(0));
  return {node.cast(loss, element), node.cast(logarithms, element)};
}

} // namespace sinter::onnx
