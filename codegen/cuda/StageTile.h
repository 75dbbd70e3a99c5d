// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Results of a stage: loads, folds with accumulators in registers, stores.
#pragma once

#include "codegen/cuda/StageBody.h"

namespace sinter::cuda {

/// Where the operands of a stage are.
struct Operands {
  llvm::SmallVector<Access> inputs, tables, finishInputs;
  std::optional<Access> output;
};

/// What a thread reads or writes at once, at most: bytes, and neighbours.
constexpr int64_t packBytes = 16, mostLanes = 8;

/// Of an element in memory.
int64_t bytesOf(const Access &access);

/// The accesses of a stage's operands; `pointer` gives the address of a value.
Operands accessOperands(kernel::StageOp stage,
                        llvm::function_ref<std::string(mlir::Value)> pointer);

/// Threads that fold together: `count` of them, a power of two of a warp or the
/// whole block.
struct Team {
  int64_t count = 1;
  /// The expression of a thread's number in it.
  std::string lane;
  /// Whether operands may be read 16 bytes at a time.
  bool isAligned = false;
  /// If so many points are the same ones in all stages, each thread has packs
  /// of `lanes` neighbours; the number of a pack is `pack`.
  int64_t points = 0, lanes = 1;

  int64_t packs() const { return llvm::divideCeil(points, count * lanes); }
};

class StageTile {
public:
  StageTile(Text &text, kernel::StageOp stage, const Operands &operands,
            Sizes &sizes)
      : text(text), stage(stage), operands(operands), sizes(sizes),
        along(std::max(1u, stage.getNumParallel()) - 1) {}

  /// Emits `lanes` neighbours along the last parallel iterator, which one
  /// thread computes. `parallel` names the iterators of the first.
  void emitResults(llvm::ArrayRef<std::string> parallel, int64_t lanes);

  /// Emits what follows a fold, whose results are in `acc`, for `lanes`
  /// neighbours.
  void emitFinished(llvm::ArrayRef<std::string> parallel, int64_t lanes);

  /// Emits one result, which all threads of a team compute together: the stage
  /// has a combiningOp. If the result is held in a variable, all of them have
  /// it.
  void emitTeamResult(llvm::ArrayRef<std::string> parallel, const Team &team);

  /// Opens the loop over the packs of a thread: `at` is the first point of one.
  void openPacks(const Team &team);

  /// As many neighbours as can be read and written 16 bytes at a time, if their
  /// operands are aligned; 1 if there are none.
  int64_t chooseLanes() const;

private:
  using Elements = llvm::SmallVector<std::string>;

  bool isPackable(const Access &access, mlir::TypedAttr fill) const;
  std::string load(const Access &access, mlir::TypedAttr fill,
                   llvm::ArrayRef<std::string> iterators);
  std::string loadPack(const Access &access, mlir::TypedAttr fill,
                       llvm::ArrayRef<std::string> iterators);
  std::string guarded(const Access &access, mlir::TypedAttr fill,
                      llvm::ArrayRef<std::string> at, const std::string &value);
  /// Emits a body for each lane: `emitOne` gets what it yields.
  void
  forEachLane(llvm::ArrayRef<Access> accesses,
              llvm::function_ref<mlir::TypedAttr(unsigned)> fillOf,
              llvm::ArrayRef<std::string> iterators,
              llvm::function_ref<void(Elements, llvm::ArrayRef<std::string>,
                                      const std::string &)>
                  emitOne);
  void addPoint(llvm::ArrayRef<std::string> iterators);
  void emitFold(llvm::ArrayRef<std::string> parallel);
  void declareSums(const std::string &type, const std::string &init);
  int64_t chooseTeamLanes(const Team &team) const;
  Names openTeamLoop(llvm::ArrayRef<std::string> parallel, const Team &team);
  void beginStore(int64_t count);
  void endStore(llvm::ArrayRef<std::string> parallel);
  void store(llvm::ArrayRef<std::string> at, const std::string &value,
             const std::string &lane);
  std::string emitTeamFold(llvm::ArrayRef<std::string> parallel,
                           const Team &team);

  Text &text;
  kernel::StageOp stage;
  const Operands &operands;
  Sizes &sizes;
  /// Neighbours that one thread has, and the iterator that tells them apart.
  int64_t lanes = 1;
  unsigned along;
  bool isStoredAsPack = false;
};

} // namespace sinter::cuda
