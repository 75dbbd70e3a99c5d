// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Pad.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::Sign;
using sinter::kernel::StageBuilder;

namespace sinter::graph {

LogicalResult PadOp::inferReturnTypes(MLIRContext *,
                                      std::optional<Location> loc,
                                      Adaptor adaptor,
                                      SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> dims = requireDims(loc, adaptor.getInput());
  if (failed(dims))
    return failure();
  SmallVector<DimAttr> low(adaptor.getLow().getAsRange<DimAttr>());
  SmallVector<DimAttr> high(adaptor.getHigh().getAsRange<DimAttr>());
  if (low.size() != dims->size() || high.size() != dims->size()) // C1
    return emitOptionalError(loc, "pads ", toString(low), " and ",
                             toString(high), " do not fit input ",
                             toString(*dims));
  auto fill = cast<RankedTensorType>(adaptor.getFill().getType());
  Type element = getElementTypeOrSelf(adaptor.getInput());
  if (fill.getRank() != 0 || fill.getElementType() != element) // C2
    return emitOptionalError(loc, "fill of type ", fill,
                             "; expected a scalar of ", element);
  for (auto [axis, dim] : llvm::enumerate(*dims)) {
    FailureOr<DimAttr> size = add(dim, low[axis]);
    if (succeeded(size))
      size = add(*size, high[axis]);
    if (failed(size) || size->getConstant().value_or(0) < 0) // C3
      return emitOptionalError(loc, "pads ", toString(low), " and ",
                               toString(high), " leave nothing of axis ", axis,
                               " or overflow");
    dim = *size;
  }
  results.push_back(tensorType(*dims, element));
  return success();
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  auto isZero = [](DimAttr pad) { return pad.getConstant() == 0; };
  if (llvm::all_of(getLow().getAsRange<DimAttr>(), isZero) &&
      llvm::all_of(getHigh().getAsRange<DimAttr>(), isZero) &&
      getInput().getType() == getType())
    return getInput();
  return {};
}

SmallVector<Value> PadOp::buildStages(OpBuilder &builder) {
  auto type = cast<RankedTensorType>(getType());
  StageBuilder stage(builder, getLoc(), type);
  FailureOr<SmallVector<DimAttr>> dims = dimsOf(getInput().getType());
  stage.broadcast(getFill());
  unsigned table = stage.table(getInput());
  return {stage.build([&](Scalars &scalars, ValueRange elements, Value) {
    SmallVector<Value> at;
    Value isInside = scalars.constant(builder.getI1Type(), 1);
    Value zero = scalars.indexConstant(0);
    for (auto [axis, low] : llvm::enumerate(getLow().getAsRange<DimAttr>())) {
      Value coordinate = scalars.index(axis);
      if (low.getConstant() != 0)
        coordinate = scalars.subtract(coordinate, scalars.dim(low));
      at.push_back(coordinate);
      isInside = scalars.conjunction(
          isInside, scalars.lessOrEqual(zero, coordinate, Sign::isSigned));
      isInside = scalars.conjunction(
          isInside,
          scalars.less(coordinate, scalars.dim((*dims)[axis]), Sign::isSigned));
    }
    Type scalar = kernel::StageOp::getScalarType(type.getElementType());
    auto branch = scf::IfOp::create(builder, getLoc(), scalar, isInside,
                                    /*addThenBlock=*/true,
                                    /*addElseBlock=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(builder, getLoc(),
                         scalars.load(table, at, type.getElementType()));
    builder.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(builder, getLoc(), elements[0]);
    return branch.getResult(0);
  })};
}

} // namespace sinter::graph
