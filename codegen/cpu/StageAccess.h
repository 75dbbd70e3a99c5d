// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the elements of a stage's operands are: addresses from iterators.
#pragma once

#include "codegen/OperandMap.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

namespace sinter::cpu {

using codegen::memoryType;
using codegen::OperandMap;
using codegen::Step;

/// The values of dims inside of a kernel: constants, or entries of its `sizes`.
class Sizes {
public:
  Sizes(mlir::Value sizesPointer) : pointer(sizesPointer) {}

  /// The dim as an index. Loads are made at `entry`, the start of the kernel.
  mlir::Value get(mlir::OpBuilder &builder, mlir::Location loc,
                  graph::DimAttr dim);

  /// The dims that the kernel reads, in the order of its `sizes`.
  llvm::SmallVector<graph::DimAttr> getDims() const;
  /// Where a dim that is no constant stands in them; adds it if it does not.
  unsigned numberOf(graph::DimAttr dim) {
    return values.insert({dim, mlir::Value()}).first - values.begin();
  }

  /// The first block of the kernel. Loops that are being built are not in it
  /// yet.
  mlir::Block *getEntry() const {
    return mlir::cast<mlir::BlockArgument>(pointer).getOwner();
  }

private:
  mlir::Value pointer;
  llvm::MapVector<graph::DimAttr, mlir::Value> values;
};

/// One input or table of a stage, or its result.
class Access : public OperandMap {
public:
  /// `map` has no results for a table.
  Access(mlir::Value pointer, mlir::RankedTensorType type, mlir::AffineMap map,
         llvm::ArrayRef<graph::DimAttr> extents);

  /// The operand holds these dims of the value only, from `origin` on in the
  /// first coordinates, which are bare iterators.
  void setLocal(llvm::ArrayRef<graph::DimAttr> localDims,
                llvm::ArrayRef<mlir::Value> firstCoordinates) {
    setPart(localDims, firstCoordinates.size());
    origin.assign(firstCoordinates.begin(), firstCoordinates.end());
  }

  /// The element offset at these iterator values.
  mlir::Value offset(mlir::OpBuilder &builder, mlir::Location loc, Sizes &sizes,
                     mlir::ValueRange iterators) const;
  /// The element offset at these coordinates.
  mlir::Value offsetAt(mlir::OpBuilder &builder, mlir::Location loc,
                       Sizes &sizes, mlir::ValueRange coordinates) const;
  /// The coordinates at these iterator values; a dim of 1 that broadcasts has
  /// coordinate 0.
  llvm::SmallVector<mlir::Value> coordinates(mlir::OpBuilder &builder,
                                             mlir::Location loc, Sizes &sizes,
                                             mlir::ValueRange iterators) const;

  mlir::Value pointer;

private:
  llvm::SmallVector<mlir::Value> origin;
};

} // namespace sinter::cpu
