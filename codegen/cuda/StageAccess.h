// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the elements of a stage's operands are: expressions of C++ from
// iterators.
#pragma once

#include "codegen/OperandMap.h"
#include "llvm/ADT/SetVector.h"

namespace sinter::cuda {

using codegen::Step;
using Names = llvm::SmallVector<std::string>;

/// Dims inside of a kernel: literals, or its parameters s0, s1...
class Sizes {
public:
  std::string get(graph::DimAttr dim);
  /// The number of the parameter that a dim is, which is no constant.
  unsigned number(graph::DimAttr dim) {
    dims.insert(dim);
    return llvm::find(dims, dim) - dims.begin();
  }
  /// The dims that are parameters, in order.
  llvm::SmallVector<graph::DimAttr> getDims() const {
    return llvm::to_vector(dims.getArrayRef());
  }

private:
  llvm::SetVector<graph::DimAttr> dims;
};

/// One input or table of a stage, or its result.
class Access : public codegen::OperandMap {
public:
  /// `pointer` is the name of the first element's address.
  Access(std::string pointer, mlir::RankedTensorType type, mlir::AffineMap map,
         llvm::ArrayRef<graph::DimAttr> extents)
      : OperandMap(type, map, extents), pointer(std::move(pointer)) {}

  /// The operand holds these dims of the value only, from `origin` on in the
  /// first coordinates, which are bare iterators.
  void setLocal(llvm::ArrayRef<graph::DimAttr> localDims,
                llvm::ArrayRef<std::string> firstCoordinates) {
    setPart(localDims, firstCoordinates.size());
    origin.assign(firstCoordinates.begin(), firstCoordinates.end());
  }

  /// The coordinates at these iterators; a dim of 1 that broadcasts has 0.
  Names coordinates(Sizes &sizes, llvm::ArrayRef<std::string> iterators) const;
  /// The element offset at these coordinates, or iterators.
  std::string offsetAt(Sizes &sizes, llvm::ArrayRef<std::string> at) const;
  std::string offset(Sizes &sizes,
                     llvm::ArrayRef<std::string> iterators) const {
    return offsetAt(sizes, coordinates(sizes, iterators));
  }
  /// Whether the coordinates are inside of the dims, as a condition: those of
  /// which it is not known. Empty if it is known of all.
  std::string isInside(Sizes &sizes, llvm::ArrayRef<std::string> at) const;
  /// Whether `count` neighbours along an iterator, from a multiple of `count`
  /// on, lie side by side at a multiple of their size.
  bool isPacked(unsigned iterator, int64_t count) const;

  std::string pointer;
  /// A variable that holds the element of the current point, if there is one:
  /// then nothing is in memory.
  std::string held;

private:
  std::vector<std::string> origin;
};

/// An affine expression of iterators.
std::string print(mlir::AffineExpr expression,
                  llvm::ArrayRef<std::string> iterators);

/// "(text)" unless it is a name or a literal.
std::string wrapped(const std::string &text);

/// The type of an element in memory, or of a value of a body.
std::string memoryTypeName(mlir::Type element);
std::string typeName(mlir::Type scalar);

} // namespace sinter::cuda
