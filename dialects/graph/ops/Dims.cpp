// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Dims.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::StageBuilder;

namespace sinter::graph {

LogicalResult DimsOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location> loc,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &results) {
  SmallVector<DimAttr> dims;
  int64_t elements = 1;
  bool fits = true;
  for (int64_t size : adaptor.getShape()) {
    fits &= size >= 0 && !llvm::MulOverflow(elements, size, elements);
    dims.push_back(DimAttr::constant(context, size));
  }
  int64_t values = adaptor.getValues().size();
  if (!fits || elements != values) // C1
    return emitOptionalError(loc, "shape [", adaptor.getShape(),
                             "] does not fit ", values, " values");
  if (!isa<IntegerType>(adaptor.getTo())) // C2
    return emitOptionalError(loc, "element type ", adaptor.getTo(),
                             "; expected an integer or bool");
  results.push_back(tensorType(dims, adaptor.getTo()));
  return success();
}

/// A chain of selections by the row-major position.
SmallVector<Value> DimsOp::buildStages(OpBuilder &builder) {
  auto type = cast<RankedTensorType>(getType());
  StageBuilder stage(builder, getLoc(), type);
  return {stage.build([&](Scalars &scalars, ValueRange, Value) {
    SmallVector<DimAttr> values(getValues().getAsRange<DimAttr>());
    Type scalar = kernel::StageOp::getScalarType(type.getElementType());
    auto valueOf = [&](DimAttr dim) {
      return scalars.make<arith::IndexCastOp>(scalar, scalars.dim(dim));
    };
    Value position = scalars.indexConstant(0);
    for (auto [axis, size] : llvm::enumerate(type.getShape()))
      position =
          scalars.add(scalars.multiply(position, scalars.indexConstant(size)),
                      scalars.index(axis));
    // Without elements, the body never runs.
    Value result = values.empty() ? scalars.constant(scalar, 0)
                                  : Value(valueOf(values.back()));
    for (size_t index = values.size(); index-- > 1;) {
      Value isEarlier = scalars.less(position, scalars.indexConstant(index),
                                     kernel::Sign::isSigned);
      result = scalars.select(isEarlier, valueOf(values[index - 1]), result);
    }
    return result;
  })};
}

} // namespace sinter::graph
