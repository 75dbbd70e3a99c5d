// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One block of a stage's results: loads, reduction loops with accumulators in
// registers, stores.
#pragma once

#include "codegen/cpu/StageBody.h"

namespace sinter::cpu {

/// Where the operands of a stage are, in the order of its kernel's buffers.
struct Operands {
  llvm::SmallVector<Access> inputs, tables, finishInputs;
  std::optional<Access> output;
};

class StageTile {
public:
  StageTile(kernel::StageOp stage, const Operands &operands, Sizes &sizes,
            unsigned lanes)
      : stage(stage), operands(operands), sizes(sizes), lanes(lanes),
        laneIterator(stage.getNumParallel() - 1) {}

  unsigned getLanes() const { return lanes; }
  /// Single results fold so many elements of the last reduction at a time, as
  /// LaneFold.h says; 0 for one by one.
  void setFoldLanes(unsigned count) { foldLanes = count; }
  /// Inputs that are strided along lanes and contiguous along the rows of a
  /// block are loaded along its rows, at most `lanes`, and transposed.
  void setTransposes() { transposes = true; }
  /// Elements that are read are inside.
  void ignoreFills() { ignoresFills = true; }

  /// A tile of single results that reads the fills.
  StageTile getSingle() const {
    StageTile tile(stage, operands, sizes, 0);
    tile.limits = limits;
    return tile;
  }

  /// The parallel iterator ends here instead of at its extent.
  void setLimit(unsigned iterator, mlir::Value limit) {
    limits[iterator] = limit;
  }
  mlir::Value getLimit(mlir::OpBuilder &builder, mlir::Location loc,
                       unsigned iterator);
  /// The limit if it is known.
  std::optional<int64_t> getConstantLimit(unsigned iterator);
  unsigned getNumParallel() { return stage.getNumParallel(); }

  /// Whether all elements are inside that a block of rows x columns results
  /// from these iterator values on reads of inputs with fills, whose maps are
  /// linear.
  mlir::Value emitIsInside(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::ValueRange parallel,
                           std::optional<unsigned> jam, unsigned rows,
                           unsigned columns);

  /// Emits rows x vectors results from these parallel iterator values on. Rows
  /// follow the iterator `jam`; vectors of `lanes` results (or single ones)
  /// follow the last iterator. With `isMasked`, lanes at the last iterator's
  /// extent or later are neither loaded nor stored.
  void emit(mlir::OpBuilder &builder, mlir::Location loc,
            mlir::ValueRange parallel, std::optional<unsigned> jam,
            unsigned rows, unsigned vectors, bool isMasked);

private:
  struct Block {
    mlir::ValueRange parallel;
    std::optional<unsigned> jam;
    unsigned rows, vectors;
    bool isMasked;
  };
  using Values = llvm::SmallVector<mlir::Value>;

  Values iteratorsAt(mlir::OpBuilder &builder, mlir::Location loc,
                     const Block &block, unsigned row, unsigned vector,
                     mlir::ValueRange reductions) const;
  /// Is an input to be loaded along the rows of the block?
  bool isTransposed(const Access &access, const Block &block) const;
  /// The vectors of all rows.
  Values loadTransposed(mlir::OpBuilder &builder, mlir::Location loc,
                        const Access &access, const Block &block,
                        mlir::ValueRange reductions);
  /// Calls `emitOne` for each row and vector with the elements of `accesses`
  /// there, each loaded once for all that share its address.
  Values forEachResult(
      mlir::OpBuilder &builder, mlir::Location loc, const Block &block,
      llvm::ArrayRef<Access> accesses, mlir::ValueRange reductions,
      llvm::function_ref<mlir::TypedAttr(unsigned)> fillOf,
      llvm::function_ref<mlir::Value(unsigned, Values, mlir::ValueRange)>
          emitOne);
  Values emitBodies(mlir::OpBuilder &builder, mlir::Location loc,
                    const Block &block, mlir::ValueRange reductions,
                    mlir::ValueRange accumulators);
  Values emitFinish(mlir::OpBuilder &builder, mlir::Location loc,
                    const Block &block, mlir::ValueRange folded);
  Values emitFold(mlir::OpBuilder &builder, mlir::Location loc,
                  const Block &block);
  mlir::Value emitLaneFold(mlir::OpBuilder &builder, mlir::Location loc,
                           const Block &block);
  Values emitLaneLoops(mlir::OpBuilder &builder, mlir::Location loc,
                       const Block &block, mlir::ValueRange outer,
                       mlir::ValueRange carried);
  mlir::Value load(mlir::OpBuilder &builder, mlir::Location loc,
                   const Access &access, mlir::TypedAttr fill,
                   mlir::ValueRange iterators, mlir::Value mask);
  mlir::Value hasElement(mlir::OpBuilder &builder, mlir::Location loc,
                         const Access &access, mlir::ValueRange coordinates);
  mlir::Value loadOrFill(mlir::OpBuilder &builder, mlir::Location loc,
                         const Access &access, mlir::TypedAttr fill,
                         mlir::ValueRange iterators);
  mlir::Value loadLanes(mlir::OpBuilder &builder, mlir::Location loc,
                        const Access &access, mlir::TypedAttr fill,
                        mlir::ValueRange iterators, bool isMasked);
  mlir::Value maskAt(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Value column);
  void store(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
             mlir::ValueRange parallel, mlir::Value mask);

  kernel::StageOp stage;
  const Operands &operands;
  Sizes &sizes;
  unsigned lanes;
  /// The iterator that lanes follow.
  unsigned laneIterator;
  unsigned foldLanes = 0;
  bool transposes = false;
  bool ignoresFills = false;
  llvm::SmallDenseMap<unsigned, mlir::Value> limits;
};

} // namespace sinter::cpu
