// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NodeImport's ways to make common graph ops.
#include "compiler/onnx/ElementTypes.h"
#include "compiler/onnx/NodeImport.h"
#include "dialects/graph/ops/Bind.h"
#include "dialects/graph/ops/Cast.h"
#include "dialects/graph/ops/Concat.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Dims.h"
#include "dialects/graph/ops/Expand.h"
#include "dialects/graph/ops/Iota.h"
#include "dialects/graph/ops/Reshape.h"
#include "dialects/graph/ops/Select.h"
#include "dialects/graph/ops/Slice.h"
#include "dialects/graph/ops/Transpose.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {

Value NodeImport::constant(std::vector<std::byte> bytes,
                           RankedTensorType type) {
  if (failed())
    return {};
  BlobKey blob = state.model.blobs.addOwned(std::move(bytes));
  auto key = graph::BlobAttr::get(builder.getContext(),
                                  std::to_string(static_cast<uint64_t>(blob)));
  return graph::ConstantOp::create(builder, loc, type, key);
}

Value NodeImport::scalar(double value, Type element) {
  if (failed() || !element)
    return {};
  return constant(bytesOf(value, element), graph::tensorType({}, element));
}

Value NodeImport::reshape(Value value, ArrayRef<graph::DimAttr> to) {
  if (!value || dims(value) == to)
    return value;
  graph::ReshapeOp::Properties properties;
  properties.dims = array(to);
  return make<graph::ReshapeOp>(value, properties);
}

Value NodeImport::unsqueeze(Value value, ArrayRef<int64_t> axes) {
  Dims to = dims(value);
  for (int64_t axis : axes) {
    if (axis < 0 || axis > static_cast<int64_t>(to.size()))
      return {};
    to.insert(to.begin() + axis, dim(1));
  }
  return reshape(value, to);
}

Value NodeImport::expand(Value value, ArrayRef<graph::DimAttr> to) {
  if (!value || dims(value) == to)
    return value;
  graph::ExpandOp::Properties properties;
  properties.dims = array(to);
  return make<graph::ExpandOp>(value, properties);
}

Value NodeImport::transpose(Value value, ArrayRef<int64_t> axes) {
  graph::TransposeOp::Properties properties;
  properties.permutation = builder.getDenseI64ArrayAttr(axes);
  return make<graph::TransposeOp>(value, properties);
}

Value NodeImport::cast(Value value, Type to) {
  if (!value || !to)
    return {};
  if (element(value) == to)
    return value;
  graph::CastOp::Properties properties;
  properties.to = TypeAttr::get(to);
  return make<graph::CastOp>(value, properties);
}

Value NodeImport::select(Value condition, Value yes, Value no) {
  return make<graph::SelectOp>({condition, yes, no});
}

Value NodeImport::concat(ValueRange values, int64_t axis) {
  if (values.size() == 1)
    return values.front();
  graph::ConcatOp::Properties properties;
  properties.axis = builder.getI64IntegerAttr(axis);
  return make<graph::ConcatOp>(values, properties);
}

Value NodeImport::iota(graph::DimAttr size) {
  graph::IotaOp::Properties properties;
  properties.size = size;
  return make<graph::IotaOp>({}, properties);
}

Value NodeImport::dimsValue(ArrayRef<graph::DimAttr> values,
                            ArrayRef<int64_t> shape, Type element) {
  graph::DimsOp::Properties properties;
  properties.values = array(values);
  properties.shape = builder.getDenseI64ArrayAttr(shape);
  properties.to = TypeAttr::get(element);
  return make<graph::DimsOp>({}, properties);
}

Value NodeImport::elementAt(Value value, int64_t position) {
  Dims all = dims(value);
  Value flat = reshape(value, {checked(product(builder.getContext(), all))});
  graph::SliceOp::Properties properties;
  properties.starts = array({dim(position)});
  properties.steps = builder.getDenseI64ArrayAttr({1});
  properties.sizes = array({dim(1)});
  return reshape(make<graph::SliceOp>(flat, properties), {});
}

graph::DimAttr NodeImport::bind(Value scalar) {
  Value value = cast(scalar, builder.getI64Type());
  graph::DimAttr symbol = state.newSymbol(labelOf(proto));
  if (!failed() && value)
    graph::BindOp::create(builder, loc, value, state.symbols.back());
  return symbol;
}

std::optional<Dims> NodeImport::bindElements(Value value) {
  if (failed() || !value)
    return std::nullopt;
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape() ||
      !isa<IntegerType>(type.getElementType()) ||
      type.getNumElements() > ShapeContents::maxBound)
    return std::nullopt;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfterValue(value);
  Dims symbols(type.getNumElements());
  if (const ShapeContents::Elements *known = state.contents.of(value))
    symbols.assign(known->begin(), known->end());
  for (auto [index, symbol] : llvm::enumerate(symbols))
    if (!symbol)
      symbol = bind(elementAt(value, index));
  if (failed())
    return std::nullopt;
  state.contents.remember(value, symbols);
  return symbols;
}

void NodeImport::check(Value condition, std::string_view message) {
  Value scalar = reshape(condition, {});
  if (!failed() && scalar)
    graph::CheckOp::create(builder, loc, scalar, message);
}

} // namespace sinter::onnx
