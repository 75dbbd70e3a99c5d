// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which element of an operand a point of a stage's iterators reads or writes.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::codegen {

/// How the address of an operand moves with one iterator. Along the last
/// parallel iterator: within a block of results, which starts at a multiple of
/// its width.
enum class Step : uint8_t { none, unit, strided };

/// One input or table of a stage, or its result: dense and row-major.
class OperandMap {
public:
  /// `map` has no results for a table.
  OperandMap(mlir::RankedTensorType type, mlir::AffineMap map,
             llvm::ArrayRef<graph::DimAttr> extents);

  Step stepOf(unsigned iterator) const;
  /// Blocks of results are so wide along this iterator.
  void setBlock(unsigned iterator, int64_t width) {
    blockIterator = iterator;
    blockWidth = width;
  }
  /// Outside of the dims is a fill: a dim of 1 does not broadcast.
  void setFilled() { isFilled = true; }
  /// The operand holds these dims of the value only; its first `axes`
  /// coordinates are bare iterators, which count from somewhere else.
  void setPart(llvm::ArrayRef<graph::DimAttr> partDims, unsigned axes) {
    dims.assign(partDims.begin(), partDims.end());
    partAxes = axes;
  }
  /// The iterator that this coordinate is, if its dim may be 1 at run time
  /// while the iterator runs further.
  std::optional<unsigned> broadcastIterator(unsigned axis) const;

  /// Whether the coordinate is an iterator that runs over the dim, no further.
  bool isWholeAxis(unsigned axis) const;

  mlir::RankedTensorType type;
  llvm::SmallVector<graph::DimAttr> dims;
  mlir::AffineMap map;

private:
  bool movesWith(mlir::AffineExpr coordinate, unsigned iterator) const;
  bool isUnit(mlir::AffineExpr coordinate, unsigned iterator) const;
  bool isWhole(mlir::AffineExpr width) const;

  llvm::SmallVector<graph::DimAttr> extents;
  unsigned partAxes = 0;
  bool isFilled = false;
  unsigned blockIterator = 0;
  int64_t blockWidth = 1;
};

/// The type of an element in memory: bool is a byte.
mlir::Type memoryType(mlir::Type element);

} // namespace sinter::codegen
