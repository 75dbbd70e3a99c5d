// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/StageBuilder.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

//===- StageBuilder -------------------------------------------------------===//

StageBuilder::StageBuilder(OpBuilder &builder, Location loc,
                           RankedTensorType result,
                           ArrayRef<DimAttr> reductions)
    : builder(builder), loc(loc), result(result) {
  // A type without dims is refused by the stage's verifier.
  if (FailureOr<SmallVector<DimAttr>> dims = graph::dimsOf(result);
      succeeded(dims))
    llvm::append_range(extents, *dims);
  llvm::append_range(extents, reductions);
}

AffineExpr StageBuilder::iterator(unsigned index) const {
  return builder.getAffineDimExpr(index);
}

StageBuilder &StageBuilder::input(Value value, ArrayRef<AffineExpr> coordinates,
                                  TypedAttr fill) {
  inputs.push_back(value);
  maps.push_back(AffineMapAttr::get(
      AffineMap::get(extents.size(), 0, coordinates, builder.getContext())));
  fills.push_back(fill ? Attribute(fill) : builder.getUnitAttr());
  return *this;
}

StageBuilder &StageBuilder::broadcast(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  unsigned offset = result.getRank() - type.getRank();
  SmallVector<AffineExpr> coordinates;
  for (auto [axis, size] : llvm::enumerate(type.getShape()))
    coordinates.push_back(size == 1 && result.getDimSize(offset + axis) != 1
                              ? builder.getAffineConstantExpr(0)
                              : iterator(offset + axis));
  return input(value, coordinates);
}

unsigned StageBuilder::table(Value value) {
  tables.push_back(value);
  return tables.size() - 1;
}

Value StageBuilder::build(Body body, TypedAttr init) {
  OpBuilder::InsertionGuard guard(builder);
  auto stage = StageOp::create(
      builder, loc, result, inputs, tables, /*finish_inputs=*/ValueRange(),
      builder.getArrayAttr(extents), builder.getArrayAttr(maps),
      builder.getArrayAttr(fills), /*finish_maps=*/builder.getArrayAttr({}),
      init, /*border=*/BorderAttr());
  Block *block = builder.createBlock(&stage.getBody());
  for (Value input : inputs)
    block->addArgument(
        StageOp::getScalarType(
            cast<RankedTensorType>(input.getType()).getElementType()),
        loc);
  Value accumulator;
  if (init)
    accumulator = block->addArgument(init.getType(), loc);
  Scalars scalars(builder, loc);
  ValueRange elements =
      ValueRange(block->getArguments()).take_front(inputs.size());
  Value value = body(scalars, elements, accumulator);
  YieldOp::create(builder, loc, value);
  return stage.getOutput();
}

} // namespace sinter::kernel
