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

/// The accesses of a stage's operands; `pointer` gives the address of a value.
Operands accessOperands(kernel::StageOp stage,
                        llvm::function_ref<std::string(mlir::Value)> pointer);

/// Threads that fold together: `count` of them, a warp or the whole block.
struct Team {
  unsigned count = 1;
  /// The expression of a thread's number in it.
  std::string lane;
};

class StageTile {
public:
  StageTile(Text &text, kernel::StageOp stage, const Operands &operands,
            Sizes &sizes)
      : text(text), stage(stage), operands(operands), sizes(sizes) {}

  /// Emits `lanes` neighbours along the last parallel iterator, which one
  /// thread computes. `parallel` names the iterators of the first.
  void emitResults(llvm::ArrayRef<std::string> parallel, int64_t lanes);

  /// Emits what follows a fold, whose results are in `acc`, for `lanes`
  /// neighbours.
  void emitFinished(llvm::ArrayRef<std::string> parallel, int64_t lanes);

  /// Emits one result, which all threads of a team compute together: the stage
  /// has a combiningOp.
  void emitTeamResult(llvm::ArrayRef<std::string> parallel, const Team &team);

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
  void emitFold(llvm::ArrayRef<std::string> parallel);
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
  int64_t lanes = 1;
  bool isStoredAsPack = false;
};

} // namespace sinter::cuda
