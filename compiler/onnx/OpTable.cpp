// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/OpTable.h"

#include "compiler/onnx/ops/Ops.h"
#include "dialects/graph/ops/Binary.h"
#include "dialects/graph/ops/Unary.h"
#include "llvm/ADT/STLExtras.h"

namespace sinter::onnx {
namespace {

constexpr int64_t newest = 28;

template <typename Op> Result<Values> unary(const NodeImport &node) {
  if (node.inputs.size() != 1 || !node.input(0))
    return node.invalid("expected one input");
  Result<mlir::Value> value = node.make<Op>(node.inputs);
  if (!value)
    return std::move(value).error();
  return Values{*value};
}

template <typename Op> Result<Values> binary(const NodeImport &node) {
  if (node.inputs.size() != 2 || !node.input(0) || !node.input(1))
    return node.invalid("expected two inputs");
  Result<mlir::Value> value = node.make<Op>(node.inputs);
  if (!value)
    return std::move(value).error();
  return Values{*value};
}

// Sorted by name. Broadcasting by the attribute `axis` ended with opset 7.
constexpr OpRow rows[] = {
    {"Abs", 1, newest, unary<graph::AbsOp>},
    {"Acos", 7, newest, unary<graph::AcosOp>},
    {"Acosh", 9, newest, unary<graph::AcoshOp>},
    {"Add", 7, newest, binary<graph::AddOp>},
    {"And", 7, newest, binary<graph::AndOp>},
    {"Asin", 7, newest, unary<graph::AsinOp>},
    {"Asinh", 9, newest, unary<graph::AsinhOp>},
    {"Atan", 7, newest, unary<graph::AtanOp>},
    {"Atanh", 9, newest, unary<graph::AtanhOp>},
    {"Ceil", 1, newest, unary<graph::CeilOp>},
    {"Cos", 7, newest, unary<graph::CosOp>},
    {"Cosh", 9, newest, unary<graph::CoshOp>},
    {"Div", 7, newest, binary<graph::DivOp>},
    {"Equal", 7, newest, binary<graph::EqualOp>},
    {"Erf", 9, newest, unary<graph::ErfOp>},
    {"Exp", 1, newest, unary<graph::ExpOp>},
    {"Floor", 1, newest, unary<graph::FloorOp>},
    {"Greater", 7, newest, binary<graph::GreaterOp>},
    {"GreaterOrEqual", 12, newest, binary<graph::GreaterOrEqualOp>},
    {"Less", 7, newest, binary<graph::LessOp>},
    {"LessOrEqual", 12, newest, binary<graph::LessOrEqualOp>},
    {"Log", 1, newest, unary<graph::LogOp>},
    {"MatMul", 1, newest, importMatMul},
    {"Mul", 7, newest, binary<graph::MulOp>},
    {"Neg", 1, newest, unary<graph::NegOp>},
    {"Not", 1, newest, unary<graph::NotOp>},
    {"Or", 7, newest, binary<graph::OrOp>},
    {"Reciprocal", 1, newest, unary<graph::ReciprocalOp>},
    {"Relu", 1, newest, unary<graph::ReluOp>},
    {"Round", 11, newest, unary<graph::RoundOp>},
    {"Sigmoid", 1, newest, unary<graph::SigmoidOp>},
    {"Sign", 9, newest, unary<graph::SignOp>},
    {"Sin", 7, newest, unary<graph::SinOp>},
    {"Sinh", 9, newest, unary<graph::SinhOp>},
    {"Sqrt", 1, newest, unary<graph::SqrtOp>},
    {"Sub", 7, newest, binary<graph::SubOp>},
    {"Tan", 7, newest, unary<graph::TanOp>},
    {"Tanh", 1, newest, unary<graph::TanhOp>},
    {"Xor", 7, newest, binary<graph::XorOp>},
};

} // namespace

const OpRow *findOp(std::string_view type) {
  const OpRow *row = llvm::lower_bound(
      rows, type,
      [](const OpRow &row, std::string_view type) { return row.type < type; });
  return row != std::end(rows) && row->type == type ? row : nullptr;
}

} // namespace sinter::onnx
