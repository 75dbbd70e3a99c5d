// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ai.onnx.ml: what prepares features, and linear models.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Tables.h"

using namespace mlir;

namespace sinter::onnx {

/// Columns of the last axis.
Values importArrayFeatureExtractor(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  Parts m(node);
  Value value = node.input(0);
  if (node.rank(value) == 1)
    value = node.unsqueeze(value, 0);
  int64_t rank = node.rank(value);
  if (rank < 1)
    return node.invalid("the input must have rank 1 or more");
  Value columns =
      node.reshape(node.input(1), {m.product(node.dims(node.input(1)))});
  return {m.gather(value, columns, rank - 1)};
}

namespace {

/// A scalar, or a vector over the features, which are the last axis.
Value featureVector(NodeImport &node, std::string_view name, Value input) {
  std::vector<float> values = numbersOf(node, name);
  Dims dims = node.dims(input);
  std::optional<int64_t> features =
      dims.empty() ? std::optional<int64_t>(1) : dims.back().getConstant();
  if (values.empty() || (values.size() != 1 && features &&
                         *features != static_cast<int64_t>(values.size()))) {
    node.invalid(fmt::format("{} has {} numbers; expected 1, or one for each "
                             "feature",
                             name, values.size()));
    return {};
  }
  return vectorOf(node, values);
}

Value inputAsF32(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  return node.cast(node.input(0), node.builder.getF32Type());
}

} // namespace

/// (x - offset) * scale
Values importScaler(NodeImport &node) {
  Math m(node);
  Value x = inputAsF32(node);
  if (!x)
    return {};
  return {m.mul(m.sub(x, featureVector(node, "offset", x)),
                featureVector(node, "scale", x))};
}

/// 1 above the threshold, else 0.
Values importBinarizer(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  Value isAbove = m.less(m.like(x, node.number("threshold", 0)), x);
  return {x ? node.cast(isAbove, node.element(x)) : Value()};
}

/// Rows divided by their largest element, their sum or their length; a row
/// whose divisor is 0 stays.
Values importNormalizer(NodeImport &node) {
  Math m(node);
  Value x = inputAsF32(node);
  std::string norm = node.text("norm", "MAX");
  if (!x)
    return {};
  if (node.rank(x) < 1)
    return node.invalid("the input is a scalar");
  int64_t last = node.rank(x) - 1;
  Value divisor;
  if (norm == "MAX")
    divisor = m.largest(x, last, /*keepDims=*/true);
  else if (norm == "L1")
    divisor = m.sum(m.abs(x), last, /*keepDims=*/true);
  else if (norm == "L2")
    divisor = m.sqrt(m.sum(m.mul(x, x), last, /*keepDims=*/true));
  else
    return node.invalid(fmt::format("norm is '{}'", norm));
  Value isZero = m.equal(divisor, m.like(divisor, 0));
  return {m.div(x, node.select(isZero, m.like(divisor, 1), divisor))};
}

/// Replaces one value, NaN too, by constants.
Values importImputer(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  if (!x)
    return {};
  if (!isa<FloatType>(node.element(x)))
    return node.unsupported("an input of integers", "floats");
  Value fill = node.cast(featureVector(node, "imputed_value_floats", x),
                         node.element(x));
  float replaced = node.number("replaced_value_float", 0);
  Value isReplaced = std::isnan(replaced) ? m.logicalNot(m.equal(x, x))
                                          : m.equal(x, m.like(x, replaced));
  return {node.select(isReplaced, fill, x)};
}

/// x * coefficients' + intercepts
Values importLinearRegressor(NodeImport &node) {
  Parts m(node);
  Value x = inputAsF32(node);
  std::vector<float> coefficients = numbersOf(node, "coefficients");
  int64_t targets = node.integer("targets", 1);
  auto count = static_cast<int64_t>(coefficients.size());
  if (!x)
    return {};
  if (targets < 1 || count % targets != 0 || node.rank(x) != 2)
    return node.invalid("the input must have rank 2, and each target as many "
                        "coefficients");
  if (node.text("post_transform", "NONE") != "NONE")
    return node.unsupported("a post_transform", "'NONE'");
  Value factors = tableOf<float>(node, coefficients, node.element(x),
                                 {targets, count / targets});
  Value product = m.matMul(x, node.transpose(factors, {1, 0}));
  if (!node.has("intercepts"))
    return {product};
  return {m.add(product, featureVector(node, "intercepts", product))};
}

} // namespace sinter::onnx
