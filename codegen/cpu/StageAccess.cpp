// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/StageAccess.h"

#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::cpu {

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
    : OperandMap(type, map, extents), pointer(pointer) {}

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
