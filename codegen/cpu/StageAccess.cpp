// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/StageAccess.h"

#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::cpu {

Type memoryType(Type element) {
  Type scalar = kernel::StageOp::getScalarType(element);
  return scalar.isInteger(1) ? IntegerType::get(element.getContext(), 8)
                             : scalar;
}

//===- Sizes --------------------------------------------------------------===//

Value Sizes::get(OpBuilder &builder, Location loc, DimAttr dim) {
  if (std::optional<int64_t> constant = dim.getConstant())
    return arith::ConstantIndexOp::create(builder, loc, *constant);
  unsigned number = numberOf(dim);
  if (Value value = values[dim])
    return value;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(cast<BlockArgument>(pointer).getOwner());
  Type i64 = builder.getI64Type();
  Value address =
      LLVM::GEPOp::create(builder, loc, pointer.getType(), i64, pointer,
                          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(number)});
  Value size = LLVM::LoadOp::create(builder, loc, i64, address);
  Value index =
      arith::IndexCastOp::create(builder, loc, builder.getIndexType(), size);
  values[dim] = index;
  return index;
}

SmallVector<DimAttr> Sizes::getDims() const {
  return SmallVector<DimAttr>(llvm::make_first_range(values));
}

//===- Access -------------------------------------------------------------===//

Access::Access(Value pointer, RankedTensorType type, AffineMap map,
               ArrayRef<DimAttr> extents)
    : pointer(pointer), type(type), dims(*graph::dimsOf(type)), map(map),
      extents(extents) {}

std::optional<unsigned> Access::broadcastIterator(unsigned axis) const {
  auto dim = dyn_cast<AffineDimExpr>(map.getResult(axis));
  if (!dim || isFilled || axis < origin.size() ||
      dims[axis] == extents[dim.getPosition()])
    return std::nullopt;
  // A constant other than 1 is the extent, or a guard has failed.
  std::optional<int64_t> constant = dims[axis].getConstant();
  if (constant && *constant != 1)
    return std::nullopt;
  return dim.getPosition();
}

/// Is this a number of whole blocks?
bool Access::isWhole(AffineExpr width) const {
  auto constant = dyn_cast<AffineConstantExpr>(width);
  return constant && constant.getValue() > 0 &&
         constant.getValue() % blockWidth == 0;
}

/// Quotients by a multiple of the block's width stay the same in a block.
bool Access::movesWith(AffineExpr coordinate, unsigned iterator) const {
  if (!coordinate.isFunctionOfDim(iterator))
    return false;
  auto binary = dyn_cast<AffineBinaryOpExpr>(coordinate);
  if (!binary)
    return true;
  bool isQuotient = coordinate.getKind() == AffineExprKind::FloorDiv &&
                    iterator == blockIterator && blockWidth > 1 &&
                    isa<AffineDimExpr>(binary.getLHS()) &&
                    isWhole(binary.getRHS());
  return !isQuotient && (movesWith(binary.getLHS(), iterator) ||
                         movesWith(binary.getRHS(), iterator));
}

/// Does the coordinate grow by one with the iterator?
bool Access::isUnit(AffineExpr coordinate, unsigned iterator) const {
  AffineExpr dim = getAffineDimExpr(iterator, map.getContext());
  auto binary = dyn_cast<AffineBinaryOpExpr>(coordinate);
  if (binary && coordinate.getKind() == AffineExprKind::Mod)
    return iterator == blockIterator && blockWidth > 1 &&
           binary.getLHS() == dim && isWhole(binary.getRHS());
  return !simplifyAffineExpr(coordinate - dim, map.getNumDims(), 0)
              .isFunctionOfDim(iterator);
}

Step Access::stepOf(unsigned iterator) const {
  Step step = Step::none;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis) {
    AffineExpr coordinate = map.getResult(axis);
    if (!movesWith(coordinate, iterator))
      continue;
    bool isLast = axis + 1 == map.getNumResults();
    if (!isLast || !isUnit(coordinate, iterator) || step != Step::none ||
        broadcastIterator(axis))
      return Step::strided;
    step = Step::unit;
  }
  return step;
}

SmallVector<Value> Access::coordinates(OpBuilder &builder, Location loc,
                                       Sizes &sizes,
                                       ValueRange iterators) const {
  SmallVector<Value> result;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis) {
    Value coordinate = affine::expandAffineExpr(
        builder, loc, map.getResult(axis), iterators, {});
    if (broadcastIterator(axis)) {
      Value one = arith::ConstantIndexOp::create(builder, loc, 1);
      Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
      Value isOne =
          arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                sizes.get(builder, loc, dims[axis]), one);
      coordinate =
          arith::SelectOp::create(builder, loc, isOne, zero, coordinate);
    }
    if (axis < origin.size())
      coordinate =
          arith::SubIOp::create(builder, loc, coordinate, origin[axis]);
    result.push_back(coordinate);
  }
  return result;
}

Value Access::offset(OpBuilder &builder, Location loc, Sizes &sizes,
                     ValueRange iterators) const {
  return offsetAt(builder, loc, sizes,
                  coordinates(builder, loc, sizes, iterators));
}

Value Access::offsetAt(OpBuilder &builder, Location loc, Sizes &sizes,
                       ValueRange at) const {
  Value offset = arith::ConstantIndexOp::create(builder, loc, 0);
  for (auto [coordinate, dim] : llvm::zip_equal(at, dims)) {
    Value size = sizes.get(builder, loc, dim);
    offset = arith::MulIOp::create(builder, loc, offset, size);
    offset = arith::AddIOp::create(builder, loc, offset, coordinate);
  }
  return offset;
}

} // namespace sinter::cpu
