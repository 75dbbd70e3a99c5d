// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One block of a stage's results: loads, reduction loops with accumulators in
// registers, stores.
#pragma once

#include "codegen/cpu/StageBody.h"

namespace sinter::cpu {

class StageTile {
public:
  StageTile(kernel::StageOp stage, llvm::ArrayRef<Access> inputs,
            llvm::ArrayRef<Access> tables, const Access &output, Sizes &sizes,
            unsigned lanes)
      : stage(stage), inputs(inputs), tables(tables), output(output),
        sizes(sizes), lanes(lanes) {}

  unsigned getLanes() const { return lanes; }

  /// Emits rows x vectors results from these parallel iterator values on. Rows
  /// follow the iterator `jam`; vectors of `lanes` results (or single ones)
  /// follow the last iterator. With `isMasked`, lanes at the last iterator's
  /// extent or later are neither loaded nor stored.
  void emit(mlir::OpBuilder &builder, mlir::Location loc,
            mlir::ValueRange parallel, std::optional<unsigned> jam,
            unsigned rows, unsigned vectors, bool isMasked);

private:
  struct Block;
  using Values = llvm::SmallVector<mlir::Value>;

  Values iteratorsAt(mlir::OpBuilder &builder, mlir::Location loc,
                     const Block &block, unsigned row, unsigned vector,
                     mlir::ValueRange reductions) const;
  Values emitBodies(mlir::OpBuilder &builder, mlir::Location loc,
                    const Block &block, mlir::ValueRange reductions,
                    mlir::ValueRange accumulators);
  mlir::Value load(mlir::OpBuilder &builder, mlir::Location loc, unsigned input,
                   mlir::ValueRange iterators, mlir::Value mask);
  mlir::Value loadOrFill(mlir::OpBuilder &builder, mlir::Location loc,
                         unsigned input, mlir::ValueRange iterators);
  mlir::Value loadLanes(mlir::OpBuilder &builder, mlir::Location loc,
                        unsigned input, mlir::ValueRange iterators,
                        bool isMasked);
  mlir::Value maskAt(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Value column);
  void store(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
             mlir::ValueRange parallel, mlir::Value mask);

  kernel::StageOp stage;
  llvm::ArrayRef<Access> inputs, tables;
  const Access &output;
  Sizes &sizes;
  unsigned lanes;
};

/// How items of the parallel range map to blocks of results.
struct ItemShape {
  /// Items along each parallel iterator.
  llvm::ArrayRef<graph::DimAttr> counts;
  llvm::ArrayRef<graph::DimAttr> extents;
  std::optional<unsigned> jam;
  int64_t rows = 1;
  int64_t vectors = 1;
  /// Results of an item along the last parallel iterator.
  int64_t columns = 1;
};

/// Emits the loop over the items [begin, end).
void emitStageItems(mlir::OpBuilder &builder, mlir::Location loc,
                    StageTile &tile, const ItemShape &shape, Sizes &sizes,
                    mlir::Value begin, mlir::Value end);

} // namespace sinter::cpu
