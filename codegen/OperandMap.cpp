// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/OperandMap.h"

using namespace mlir;
using llvm::ArrayRef;
using sinter::graph::DimAttr;

namespace sinter::codegen {

Type memoryType(Type element) {
  Type scalar = kernel::StageOp::getScalarType(element);
  return scalar.isInteger(1) ? IntegerType::get(element.getContext(), 8)
                             : scalar;
}

OperandMap::OperandMap(RankedTensorType type, AffineMap map,
                       ArrayRef<DimAttr> extents)
    : type(type), dims(*graph::dimsOf(type)), map(map), extents(extents) {}

std::optional<unsigned> OperandMap::broadcastIterator(unsigned axis) const {
  auto dim = dyn_cast<AffineDimExpr>(map.getResult(axis));
  if (!dim || isFilled || axis < partAxes ||
      dims[axis] == extents[dim.getPosition()])
    return std::nullopt;
  // A constant other than 1 is the extent, or a guard has failed.
  std::optional<int64_t> constant = dims[axis].getConstant();
  if (constant && *constant != 1)
    return std::nullopt;
  return dim.getPosition();
}

bool OperandMap::isWholeAxis(unsigned axis) const {
  auto dim = dyn_cast<AffineDimExpr>(map.getResult(axis));
  return dim && axis >= partAxes && dims[axis] == extents[dim.getPosition()];
}

/// Is this a number of whole blocks?
bool OperandMap::isWhole(AffineExpr width) const {
  auto constant = dyn_cast<AffineConstantExpr>(width);
  return constant && constant.getValue() > 0 &&
         constant.getValue() % blockWidth == 0;
}

/// Quotients by a multiple of the block's width stay the same in a block.
bool OperandMap::movesWith(AffineExpr coordinate, unsigned iterator) const {
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
bool OperandMap::isUnit(AffineExpr coordinate, unsigned iterator) const {
  AffineExpr dim = getAffineDimExpr(iterator, map.getContext());
  auto binary = dyn_cast<AffineBinaryOpExpr>(coordinate);
  if (binary && coordinate.getKind() == AffineExprKind::Mod)
    return iterator == blockIterator && blockWidth > 1 &&
           binary.getLHS() == dim && isWhole(binary.getRHS());
  return !simplifyAffineExpr(coordinate - dim, map.getNumDims(), 0)
              .isFunctionOfDim(iterator);
}

Step OperandMap::stepOf(unsigned iterator) const {
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

} // namespace sinter::codegen
