// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Normalizations over groups of channels, and by norms.
#include "compiler/onnx/ops/Math.h"
#include "compiler/onnx/ops/Ops.h"
#include "dialects/graph/ops/Binary.h"
#include "dialects/graph/ops/Pool.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::onnx {

/// Each group of channels normalized to mean 0 and variance 1; then a scale and
/// a bias for each channel (before opset 21, for each group).
Values importGroupNormalization(NodeImport &node) {
  if (!node.expectInputs(3, 3))
    return {};
  Math m(node);
  Dims dims = node.dims(node.input(0));
  int64_t groups = node.integer("num_groups", 0);
  if (dims.size() < 3 || groups < 1)
    return node.invalid("expected rank 3 or more and a positive num_groups");
  graph::DimAttr count = node.dim(groups);
  graph::DimAttr channels =
      node.checked(graph::apply(graph::DimFunction::FloorDiv, dims[1], count));
  Dims split{dims[0], count, channels};
  split.append(dims.begin() + 2, dims.end());
  SmallVector<int64_t> axes = axesBetween(2, split.size());

  Value x = node.reshape(m.widen(node.input(0)), split);
  Value centered = m.sub(x, m.mean(x, axes, /*keepDims=*/true));
  Value variance = m.mean(m.mul(centered, centered), axes, /*keepDims=*/true);
  Value epsilon = m.like(x, node.number("epsilon", 1e-5F));
  Value normalized = m.div(centered, m.sqrt(m.add(variance, epsilon)));

  Type element = node.element(node.input(0));
  bool isPerGroup = node.opset < 21;
  auto factor = [&](Value vector) {
    Dims to{isPerGroup ? count : dims[1]};
    to.append(isPerGroup ? split.size() - 2 : dims.size() - 2, node.dim(1));
    return node.reshape(vector, to);
  };
  Value result = node.cast(normalized, element);
  if (!isPerGroup)
    result = node.reshape(result, dims);
  result = m.add(m.mul(result, factor(node.input(1))), factor(node.input(2)));
  return {node.reshape(result, dims)};
}

Values importMeanVarianceNormalization(NodeImport &node) {
  Math m(node);
  Value input = m.onlyInput(), x = m.widen(input);
  SmallVector<int64_t> axes;
  std::vector<int64_t> given{0, 2, 3};
  if (node.has("axes"))
    given = node.integers("axes");
  for (int64_t axis : given)
    axes.push_back(node.normalizedAxis(axis, node.rank(x)));
  llvm::sort(axes);
  if (node.failed())
    return {};
  Value centered = m.sub(x, m.mean(x, axes, /*keepDims=*/true));
  Value variance = m.mean(m.mul(centered, centered), axes, /*keepDims=*/true);
  Value deviation = m.add(m.sqrt(variance), m.like(x, 1e-9));
  return {node.cast(m.div(centered, deviation), node.element(input))};
}

/// x / norm, or 0 where the norm is 0.
Values importLpNormalization(NodeImport &node) {
  Math m(node);
  Value input = m.onlyInput(), x = m.widen(input);
  int64_t axis = node.normalizedAxis(node.integer("axis", -1), node.rank(x));
  int64_t p = node.integer("p", 2);
  if (p != 1 && p != 2)
    return node.invalid("p is neither 1 nor 2");
  if (node.failed())
    return {};
  Value norm = m.sum(p == 1 ? m.abs(x) : m.mul(x, x), axis, /*keepDims=*/true);
  if (p == 2)
    norm = m.sqrt(norm);
  Value zero = m.like(x, 0);
  Value result = node.select(m.equal(norm, zero), zero, m.div(x, norm));
  return {node.cast(result, node.element(input))};
}

/// x / (bias + alpha / size * sum of squares)^beta, the sum over `size`
/// channels around that of x.
Values importLrn(NodeImport &node) {
  Math m(node);
  Value input = m.onlyInput(), x = m.widen(input);
  Dims dims = node.dims(x);
  int64_t size = node.integer("size", 0);
  if (dims.size() < 3 || size < 1 || size > INT32_MAX)
    return node.invalid("expected rank 3 or more and a positive size");
  graph::DimAttr spatial = node.checked(graph::product(
      node.builder.getContext(), llvm::ArrayRef(dims).drop_front(2)));
  Value flat = node.reshape(x, {dims[0], node.dim(1), dims[1], spatial});
  Builder &builder = node.builder;
  graph::SumPoolOp::Properties properties;
  properties.window = builder.getDenseI64ArrayAttr({size, 1});
  properties.strides = properties.dilations =
      builder.getDenseI64ArrayAttr({1, 1});
  properties.pads =
      builder.getDenseI64ArrayAttr({(size - 1) / 2, 0, size / 2, 0});
  Value squares = node.make<graph::SumPoolOp>(m.mul(flat, flat), properties);
  double alpha = node.number("alpha", 1e-4F) / static_cast<double>(size);
  Value base = m.add(m.like(x, node.number("bias", 1)),
                     m.mul(squares, m.like(x, alpha)));
  Value divisor =
      node.make<graph::PowOp>({base, m.like(x, node.number("beta", 0.75F))});
  return {
      node.cast(m.div(x, node.reshape(divisor, dims)), node.element(input))};
}

} // namespace sinter::onnx
