// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ops/Math.h"
#include "compiler/onnx/ops/Normalize.h"
#include "compiler/onnx/ops/Ops.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {
namespace {

/// x - max and the sum of exp(x - max) over the axes.
struct Exponentials {
  Value shifted, sum;
};

Exponentials exponentials(NodeImport &node, Value x, ArrayRef<int64_t> axes) {
  Math m(node);
  Value shifted = m.sub(x, m.largest(x, axes, /*keepDims=*/true));
  return {shifted, m.sum(m.exp(shifted), axes, /*keepDims=*/true)};
}

/// Before opset 13 the axes from `axis` on are taken as one.
SmallVector<int64_t> softmaxAxes(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  int64_t rank = node.rank(node.input(0));
  int64_t given = node.integer("axis", node.opset < 13 ? 1 : -1);
  if (node.opset < 13 && given == rank)
    return {};
  int64_t axis = node.normalizedAxis(given, rank);
  return axesBetween(axis, node.opset < 13 ? rank : axis + 1);
}

} // namespace

Values importSoftmax(NodeImport &node) {
  SmallVector<int64_t> axes = softmaxAxes(node);
  Math m(node);
  auto [shifted, sum] = exponentials(node, m.widen(node.input(0)), axes);
  return {node.cast(m.div(m.exp(shifted), sum), node.element(node.input(0)))};
}

Values importLogSoftmax(NodeImport &node) {
  SmallVector<int64_t> axes = softmaxAxes(node);
  Math m(node);
  auto [shifted, sum] = exponentials(node, m.widen(node.input(0)), axes);
  return {node.cast(m.sub(shifted, m.log(sum)), node.element(node.input(0)))};
}

namespace {

/// A vector over channels as an operand that broadcasts over N x C x spatial.
Value overChannels(NodeImport &node, Value vector, int64_t rank) {
  Dims dims = node.dims(vector);
  if (dims.size() != 1) {
    node.invalid("scale, bias, mean and variance must have rank 1");
    return {};
  }
  dims.append(std::max<int64_t>(rank - 2, 0), node.dim(1));
  return node.reshape(vector, dims);
}

} // namespace

Normalized normalize(NodeImport &node, Value x, ArrayRef<int64_t> axes,
                     float epsilon, bool isCentered) {
  Math m(node);
  Value mean, centered = x;
  if (isCentered) {
    mean = m.mean(x, axes, /*keepDims=*/true);
    centered = m.sub(x, mean);
  }
  Value variance = m.mean(m.mul(centered, centered), axes, /*keepDims=*/true);
  Value deviation = m.sqrt(m.add(variance, m.like(x, epsilon)));
  Value inverse = m.div(m.like(x, 1), deviation);
  return {m.mul(centered, inverse), mean, inverse};
}

namespace {

/// The mean and variance of a batch, and the running ones that follow.
struct BatchStatistics {
  Value mean, variance, runningMean, runningVariance;
};

BatchStatistics batchStatistics(NodeImport &node) {
  Math m(node);
  Value x = m.widen(node.input(0));
  int64_t rank = node.rank(x);
  if (rank < 2) {
    node.invalid("training needs rank 2 or more");
    return {};
  }
  SmallVector<int64_t> axes = axesBetween(1, rank);
  axes.front() = 0;
  Value centered = m.sub(x, m.mean(x, axes, /*keepDims=*/true));
  Value mean = m.mean(x, axes, /*keepDims=*/false);
  Value variance = m.mean(m.mul(centered, centered), axes, /*keepDims=*/false);
  float momentum = node.number("momentum", 0.9F);
  auto running = [&](size_t index, Value current) {
    Value before = node.input(index);
    current = node.cast(current, node.element(before));
    return m.add(m.mul(before, m.like(before, momentum)),
                 m.mul(current, m.like(before, 1 - momentum)));
  };
  return {mean, variance, running(3, mean), running(4, variance)};
}

} // namespace

/// (x - mean) * (scale / sqrt(variance + epsilon)) + bias
Values importBatchNormalization(NodeImport &node) {
  if (!node.expectInputs(5, 5))
    return {};
  bool isTraining = node.opset < 7 ? node.integer("is_test", 0) == 0
                                   : node.integer("training_mode", 0) != 0;
  if (isTraining && node.opset < 14)
    return node.unsupported("training mode before opset 14",
                            "inference, and training since opset 14");
  BatchStatistics statistics{node.input(3), node.input(4), {}, {}};
  if (isTraining)
    statistics = batchStatistics(node);
  if (node.opset < 9 && node.integer("spatial", 1) != 1)
    return node.unsupported("spatial is 0", "statistics for each channel");
  Math m(node);
  Value x = node.input(0);
  int64_t rank = node.rank(x);
  Value variance = statistics.variance;
  Value factor =
      m.sqrt(m.add(variance, m.like(variance, node.number("epsilon", 1e-5F))));
  Type element = node.element(x);
  factor = m.div(node.cast(node.input(1), node.element(factor)), factor);
  auto operand = [&](Value value) {
    return overChannels(node, element ? node.cast(value, element) : value,
                        rank);
  };
  Value centered = m.sub(x, operand(statistics.mean));
  Value scaled = m.mul(centered, operand(factor));
  return {m.add(scaled, operand(node.input(2))), statistics.runningMean,
          statistics.runningVariance};
}

Values importInstanceNormalization(NodeImport &node) {
  if (!node.expectInputs(3, 3))
    return {};
  Math m(node);
  int64_t rank = node.rank(node.input(0));
  if (rank < 3)
    return node.invalid("the input must have rank 3 or more");
  Value x = m.widen(node.input(0));
  Value scale = overChannels(node, m.widen(node.input(1)), rank);
  Value bias = overChannels(node, m.widen(node.input(2)), rank);
  Normalized normalized = normalize(node, x, axesBetween(2, rank),
                                    node.number("epsilon", 1e-5F), true);
  return {node.cast(m.add(m.mul(normalized.value, scale), bias),
                    node.element(node.input(0)))};
}

Values importLayerNormalization(NodeImport &node) {
  if (!node.expectInputs(2, 3))
    return {};
  Math m(node);
  int64_t rank = node.rank(node.input(0));
  int64_t axis = node.normalizedAxis(node.integer("axis", -1), rank);
  Value x = m.widen(node.input(0));
  Normalized normalized = normalize(node, x, axesBetween(axis, rank),
                                    node.number("epsilon", 1e-5F), true);
  Type element = node.element(node.input(0));
  Value result = m.mul(node.cast(normalized.value, element), node.input(1));
  if (node.input(2))
    result = m.add(result, node.input(2));
  return {result, normalized.mean, normalized.inverseDeviation};
}

Values importRmsNormalization(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  Math m(node);
  int64_t rank = node.rank(node.input(0));
  int64_t axis = node.normalizedAxis(node.integer("axis", -1), rank);
  Normalized normalized =
      normalize(node, m.widen(node.input(0)), axesBetween(axis, rank),
                node.number("epsilon", 1e-5F), false);
  Type element = node.element(node.input(0));
  return {m.mul(node.cast(normalized.value, element), node.input(1))};
}

} // namespace sinter::onnx
