// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions of each element that are made of smaller ones.
#include "compiler/onnx/ops/Math.h"
#include "compiler/onnx/ops/Ops.h"

using namespace mlir;

namespace sinter::onnx {

Values importLeakyRelu(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  Value scaled = m.mul(x, m.like(x, node.number("alpha", 0.01F)));
  return {node.select(m.less(x, m.like(x, 0)), scaled, x)};
}

Values importPRelu(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  Math m(node);
  Value x = node.input(0), slope = node.input(1);
  // Before opset 7, a vector of slopes is one for each channel.
  int64_t rank = node.rank(x);
  if (node.opset < 7 && node.rank(slope) == 1 && rank > 2) {
    Dims dims = node.dims(slope);
    dims.append(rank - 2, node.dim(1));
    slope = node.reshape(slope, dims);
  }
  return {node.select(m.less(x, m.like(x, 0)), m.mul(slope, x), x)};
}

Values importElu(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  Value curve =
      m.mul(m.like(x, node.number("alpha", 1)), m.sub(m.exp(x), m.like(x, 1)));
  return {node.select(m.less(x, m.like(x, 0)), curve, x)};
}

Values importSelu(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  float alpha = node.number("alpha", 1.67326319217681884765625F);
  float gamma = node.number("gamma", 1.05070102214813232421875F);
  Value curve = m.mul(m.like(x, alpha), m.sub(m.exp(x), m.like(x, 1)));
  Value positive = m.less(m.like(x, 0), x);
  return {m.mul(m.like(x, gamma), node.select(positive, x, curve))};
}

Values importCelu(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput(), zero = m.like(x, 0);
  Value alpha = m.like(x, node.number("alpha", 1));
  Value curve = m.mul(alpha, m.sub(m.exp(m.div(x, alpha)), m.like(x, 1)));
  return {m.add(m.max(x, zero), m.min(zero, curve))};
}

/// max(0, min(1, alpha * x + beta))
static Value hardSigmoid(Math &m, Value x, float alpha, float beta) {
  Value line = m.add(m.mul(x, m.like(x, alpha)), m.like(x, beta));
  return m.max(m.like(x, 0), m.min(m.like(x, 1), line));
}

Values importHardSigmoid(NodeImport &node) {
  Math m(node);
  return {hardSigmoid(m, m.onlyInput(), node.number("alpha", 0.2F),
                      node.number("beta", 0.5F))};
}

Values importHardSwish(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  return {m.mul(x, hardSigmoid(m, x, 1.0F / 6, 0.5F))};
}

Values importThresholdedRelu(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  Value isAbove = m.less(m.like(x, node.number("alpha", 1)), x);
  return {node.select(isAbove, x, m.like(x, 0))};
}

/// log(1 + x) for x >= 0: log(u) * x / (u - 1) with u = 1 + x rounded, where
/// the errors of both quotients cancel.
static Value logOnePlus(Math &m, NodeImport &node, Value x) {
  Value sum = m.add(m.like(x, 1), x);
  Value added = m.sub(sum, m.like(x, 1));
  Value exact = m.mul(m.log(sum), m.div(x, added));
  return node.select(m.equal(added, m.like(x, 0)), x, exact);
}

/// log(1 + exp(x)) as max(x, 0) + log(1 + exp(-|x|)), which does not overflow.
static Value softplus(Math &m, NodeImport &node, Value x) {
  Value tail = logOnePlus(m, node, m.exp(m.neg(m.abs(x))));
  return m.add(m.max(x, m.like(x, 0)), tail);
}

Values importSoftplus(NodeImport &node) {
  Math m(node);
  return {softplus(m, node, m.onlyInput())};
}

Values importMish(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  return {m.mul(x, m.tanh(softplus(m, node, x)))};
}

Values importSoftsign(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  return {m.div(x, m.add(m.like(x, 1), m.abs(x)))};
}

Values importSwish(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  Value scaled = m.mul(x, m.like(x, node.number("alpha", 1)));
  return {m.mul(x, m.sigmoid(scaled))};
}

Values importShrink(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  float lambd = node.number("lambd", 0.5F);
  Value bias = m.like(x, node.number("bias", 0));
  Value low = m.less(x, m.like(x, -lambd)), high = m.less(m.like(x, lambd), x);
  Value inner = node.select(high, m.sub(x, bias), m.like(x, 0));
  return {node.select(low, m.add(x, bias), inner)};
}

Values importGelu(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  std::string approximate = node.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    return node.invalid("approximate is neither 'none' nor 'tanh'");
  return {approximate == "none" ? m.gelu(x) : m.geluByTanh(x)};
}

} // namespace sinter::onnx
