// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/MatMul.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "dialects/graph/ops/Binary.h"

using namespace mlir;

namespace sinter::onnx {

Values importMatMul(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  return {Parts(node).vectorMatMul(node.input(0), node.input(1))};
}

/// alpha * A' * B' + beta * C
Values importGemm(NodeImport &node) {
  if (!node.expectInputs(2, 3))
    return {};
  Value operands[2];
  for (int side : {0, 1}) {
    operands[side] = node.input(side);
    if (node.rank(operands[side]) != 2)
      return node.invalid("A and B must have rank 2");
    if (node.integer(side == 0 ? "transA" : "transB", 0) != 0)
      operands[side] = node.transpose(operands[side], {1, 0});
  }
  Type element = node.element(node.input(0));
  auto scaled = [&](Value value, std::string_view factor) {
    float by = node.number(factor, 1);
    if (by == 1)
      return value;
    return node.make<graph::MulOp>({value, node.scalar(by, element)});
  };
  Value product = node.make<graph::MatMulOp>({operands[0], operands[1]});
  Value result = scaled(product, "alpha");
  if (!node.input(2) || node.number("beta", 1) == 0)
    return {result};
  return {node.make<graph::AddOp>({result, scaled(node.input(2), "beta")})};
}

} // namespace sinter::onnx
