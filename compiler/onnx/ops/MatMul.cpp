// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/MatMul.h"
#include "compiler/onnx/ops/Ops.h"
#include "dialects/graph/ops/Reshape.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {
namespace {

Result<Value> reshape(const NodeImport &node, Value value,
                      ArrayRef<graph::DimAttr> dims) {
  graph::ReshapeOp::Properties properties;
  SmallVector<Attribute> attributes(dims.begin(), dims.end());
  properties.dims = node.builder.getArrayAttr(attributes);
  return node.make<graph::ReshapeOp>(value, properties);
}

} // namespace

/// A vector on the left is a row, on the right a column; its unit dim is
/// dropped from the product.
Result<Values> importMatMul(const NodeImport &node) {
  if (node.inputs.size() != 2 || !node.input(0) || !node.input(1))
    return node.invalid("expected two inputs");
  Values operands(node.inputs);
  auto one = graph::DimAttr::constant(node.builder.getContext(), 1);
  bool isVector[2];
  for (size_t side : {0, 1}) {
    FailureOr<SmallVector<graph::DimAttr>> dims =
        graph::dimsOf(operands[side].getType());
    if (failed(dims) || dims->empty())
      return node.invalid("operands are scalars; expected rank 1 or more");
    isVector[side] = dims->size() == 1;
    if (!isVector[side])
      continue;
    dims->insert(side == 0 ? dims->begin() : dims->end(), one);
    Result<Value> matrix = reshape(node, operands[side], *dims);
    if (!matrix)
      return std::move(matrix).error();
    operands[side] = *matrix;
  }
  Result<Value> product = node.make<graph::MatMulOp>(operands);
  if (!product)
    return std::move(product).error();
  if (!isVector[0] && !isVector[1])
    return Values{*product};
  FailureOr<SmallVector<graph::DimAttr>> dims =
      graph::dimsOf(product->getType());
  if (isVector[1])
    dims->pop_back();
  if (isVector[0])
    dims->erase(dims->end() - (isVector[1] ? 1 : 2));
  Result<Value> result = reshape(node, *product, *dims);
  if (!result)
    return std::move(result).error();
  return Values{*result};
}

} // namespace sinter::onnx
