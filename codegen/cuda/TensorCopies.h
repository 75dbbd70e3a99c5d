// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operands of products of matrices that the GPU copies to shared memory by
// itself, in whole tiles (TMA).
#pragma once

#include "codegen/cuda/ContractionSide.h"
#include "runtime/include/sinter/abi.h"

namespace sinter::cuda {

/// A tile is a box of a matrix, or pixels of an image as a filter's tap meets
/// them. Tiles lie in shared memory as ContractionSide says.
class TensorCopies {
public:
  /// Nothing if a tensor map cannot say where the elements are. `batch` has
  /// the iterators of both operands, `number` that of the operand.
  static std::optional<TensorCopies> find(kernel::StageOp stage,
                                          unsigned number, const Access &access,
                                          const ContractionSide &side,
                                          llvm::ArrayRef<unsigned> batch);

  /// The map of tiles of so many rows. Its sizes become parameters.
  sinter_tensor_map getMap(Sizes &sizes, int64_t rows) const;

  /// Declares where the tile from row `first` on is.
  void emitPlace(Text &text, Sizes &sizes, const std::string &first);
  /// A step of a tile: `rows` rows from `row` on, from product `product` on,
  /// to shared memory at `address`. `iterators` names those of the batch.
  struct Tile {
    std::string address, row, product;
    int64_t rows;
    llvm::ArrayRef<std::string> iterators;
  };
  /// Starts the copies, of which `barrier` is told.
  void emitCopies(Text &text, Sizes &sizes, const Tile &tile) const;

private:
  /// An axis of an image: where pixels are, and how a filter moves on it.
  struct Axis {
    std::optional<unsigned> row, tap;
    int64_t step = 1, dilation = 1, lower = 0, upper = 0;
  };

  TensorCopies(kernel::StageOp stage, unsigned number, const Access &access,
               const ContractionSide &side)
      : stage(stage), number(number), access(&access), side(&side) {}

  bool findMatrix(llvm::ArrayRef<unsigned> batch);
  bool findImage();
  bool findAxis(unsigned axis, Axis &found);
  bool isAligned() const;
  void emitPixels(Text &text, Sizes &sizes, const Tile &tile) const;
  std::string mapName() const { return "map" + side->name; }
  int64_t elementBytes() const {
    return ContractionSide::lineBytes / side->depth();
  }

  kernel::StageOp stage;
  unsigned number;
  const Access *access;
  const ContractionSide *side;
  /// Of the tensor map, from the contiguous one on; strides in elements.
  llvm::SmallVector<graph::DimAttr> dims, strides;
  int64_t offset = 0; // elements
  /// Of a matrix: the iterators of its further dims.
  llvm::SmallVector<unsigned> others;
  /// Of an image: its axes from the outermost on.
  llvm::SmallVector<Axis> axes;
  /// Where an image's tile begins.
  Names place;
};

} // namespace sinter::cuda
