// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The text of an attention's kernel.
#pragma once

#include "codegen/cuda/AttentionScores.h"
#include "codegen/cuda/AttentionSide.h"
#include "codegen/cuda/AttentionTiling.h"
#include "codegen/cuda/KernelFunction.h"
#include "codegen/cuda/StageLowering.h"

namespace sinter::cuda {

class AttentionLowering {
public:
  AttentionLowering(kernel::FusedOp op, kernel::Attention found,
                    const Lowering &lowering);

  mlir::FailureOr<codegen::Kernel> run();

private:
  graph::DimAttr keyExtent() { return parts.scores.getExtent(parts.depth); }
  graph::DimAttr queryExtent() { return parts.scores.getExtent(parts.query); }
  int64_t width() { return *extent(parts.scores, parts.depth + 1); }
  int64_t valueWidth() { return *extent(parts.values, parts.depth); }
  static std::optional<int64_t> extent(kernel::StageOp stage,
                                       unsigned iterator) {
    return stage.getExtent(iterator).getConstant();
  }
  std::optional<int64_t> steps() { return tiling.steps(size); }
  llvm::SmallVector<graph::DimAttr> batchExtents();
  void setSides();
  void emitPlace();
  void emitLoads();
  void emitProducts();
  void emitTile(bool isFirst);
  void emitTiles();
  void emitRowFactors(const AttentionScores &scoreChanges);
  void emitResults();
  void emitStores();
  int64_t stagedPitch();
  int64_t sharedBytes();
  std::string type() { return typeName(element); }

  kernel::FusedOp op;
  kernel::Attention parts;
  const Lowering &lowering;
  mlir::MLIRContext *context;
  KernelFunction function;
  Text &text;
  mlir::Type element;
  std::function<std::string(mlir::Value)> pointers;
  Operands scores, values;
  AttentionSize size;
  AttentionTiling tiling;
  AttentionSide queries, keys, valueSide;
  /// Names of the common iterators; `query` is that of the thread's row.
  Names common;
  std::string queryCount, keyCount;
};

} // namespace sinter::cuda
