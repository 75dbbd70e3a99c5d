// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the elements of a stage's operands are: addresses from iterators.
#pragma once

#include "dialects/kernel/Kernel.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

namespace sinter::cpu {

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

/// How the address of an operand moves with one iterator. Along the last
/// parallel iterator: within a block of results, which starts at a multiple of
/// its width.
enum class Step : uint8_t { none, unit, strided };

/// One input or table of a stage, or its result.
class Access {
public:
  /// `map` is null for a table.
  Access(mlir::Value pointer, mlir::RankedTensorType type, mlir::AffineMap map,
         llvm::ArrayRef<graph::DimAttr> extents);

  /// Outside of the dims is a fill: a dim of 1 does not broadcast.
  void setFilled() { isFilled = true; }

  Step stepOf(unsigned iterator) const;
  /// Blocks of results are so wide along this iterator.
  void setBlock(unsigned iterator, int64_t width) {
    blockIterator = iterator;
    blockWidth = width;
  }

  /// The operand holds these dims of the value only, from `origin` on in the
  /// first coordinates, which are bare iterators.
  void setLocal(llvm::ArrayRef<graph::DimAttr> localDims,
                llvm::ArrayRef<mlir::Value> firstCoordinates) {
    dims.assign(localDims.begin(), localDims.end());
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
  mlir::RankedTensorType type;
  llvm::SmallVector<graph::DimAttr> dims;

private:
  /// The iterator that this coordinate is, if its dim may be 1 at run time
  /// while the iterator runs further.
  std::optional<unsigned> broadcastIterator(unsigned axis) const;
  bool movesWith(mlir::AffineExpr coordinate, unsigned iterator) const;
  bool isUnit(mlir::AffineExpr coordinate, unsigned iterator) const;
  bool isWhole(mlir::AffineExpr width) const;

  mlir::AffineMap map;
  llvm::SmallVector<graph::DimAttr> extents;
  llvm::SmallVector<mlir::Value> origin;
  bool isFilled = false;
  unsigned blockIterator = 0;
  int64_t blockWidth = 1;
};

/// The type of an element in memory: bool is a byte.
mlir::Type memoryType(mlir::Type element);

} // namespace sinter::cpu
