// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops of com.microsoft that exporters write: layer norms and activations with
// what stands around them. https://github.com/microsoft/onnxruntime,
// docs/ContribOperators.md.
#include "compiler/onnx/ops/Normalize.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"

using namespace mlir;

namespace sinter::onnx {
namespace {

/// The input with a bias (the second one), if there is one.
Value biased(NodeImport &node, Math &m) {
  if (!node.expectInputs(1, 2))
    return {};
  Value bias = node.input(1);
  return bias ? m.add(node.input(0), bias) : node.input(0);
}

/// Layer norm of the last axis with a scale and, unless null, a bias.
Normalized layerNorm(NodeImport &node, Value x, Value scale, Value bias,
                     bool isCentered) {
  Math m(node);
  int64_t rank = node.rank(x);
  if (rank < 1) {
    node.invalid("the input is a scalar");
    return {};
  }
  Normalized normalized = normalize(node, m.widen(x), rank - 1,
                                    node.number("epsilon", 1e-12F), isCentered);
  normalized.value = m.mul(node.cast(normalized.value, node.element(x)), scale);
  if (bias)
    normalized.value = m.add(normalized.value, bias);
  return normalized;
}

/// norm(input + skip + bias) and that sum.
Values skipNorm(NodeImport &node, Value beta, Value bias, bool isCentered) {
  Math m(node);
  Value sum = m.add(node.input(0), node.input(1));
  if (bias)
    sum = m.add(sum, bias);
  Normalized result = layerNorm(node, sum, node.input(2), beta, isCentered);
  return {result.value, result.mean, result.inverseDeviation, sum};
}

} // namespace

Values importFastGelu(NodeImport &node) {
  Math m(node);
  Value x = biased(node, m);
  return {node.cast(m.geluByTanh(m.widen(x)), node.element(x))};
}

Values importBiasGelu(NodeImport &node) {
  Math m(node);
  Value x = biased(node, m);
  return {node.cast(m.gelu(m.widen(x)), node.element(x))};
}

Values importQuickGelu(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  Value scaled = m.mul(x, m.like(x, node.number("alpha", 1.702F)));
  return {m.mul(x, m.sigmoid(scaled))};
}

Values importSkipLayerNormalization(NodeImport &node) {
  if (!node.expectInputs(3, 5))
    return {};
  return skipNorm(node, node.input(3), node.input(4), true);
}

Values importSkipSimplifiedLayerNormalization(NodeImport &node) {
  if (!node.expectInputs(3, 4))
    return {};
  return skipNorm(node, {}, node.input(3), false);
}

/// The norm of the sum of embeddings of words, positions and segments.
Values importEmbedLayerNormalization(NodeImport &node) {
  if (!node.expectInputs(1, 9))
    return {};
  Parts m(node);
  Value ids = node.input(0), positions = node.input(8);
  Dims dims = node.dims(ids);
  if (dims.size() != 2 || !node.input(2) || !node.input(3) || !node.input(5) ||
      !node.input(6))
    return node.invalid("input_ids must have rank 2; embeddings of words and "
                        "positions, gamma and beta must be there");
  if (!positions)
    positions = node.iota(dims[1]);
  Value sum = m.add(m.gather(node.input(2), ids, 0),
                    m.gather(node.input(3), positions, 0));
  if (node.input(1) && node.input(4))
    sum = m.add(sum, m.gather(node.input(4), node.input(1), 0));
  Type i32 = node.builder.getI32Type();
  Value lengths = node.expand(node.scalar(0, i32), dims[0]);
  if (node.input(7))
    lengths = m.sum(node.cast(node.input(7), i32), 1, /*keepDims=*/false);
  return {layerNorm(node, sum, node.input(5), node.input(6), true).value,
          lengths, sum};
}

} // namespace sinter::onnx
