// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Changes of whole stages that passes share.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::kernel {

/// Does the stage yield its one input as it is?
bool isCopy(StageOp stage);

/// Can the user read a value of these dims in another order of axes?
bool readsAnyOrder(mlir::Operation *user, llvm::ArrayRef<graph::DimAttr> dims,
                   llvm::ArrayRef<unsigned> axes);

/// Renumbers the iterators of a stage: `order` has for each new position the
/// old one, of parallel iterators first. The dims of its result follow, and
/// users read through permuted maps, or a copy where they cannot.
void permuteIterators(StageOp stage, llvm::ArrayRef<unsigned> order);

/// Makes an elementwise stage the finish of a fold, which has none: input
/// `input` of the user is the fold's result, at the same iterators, and has no
/// other use. Returns the stage that replaces both.
StageOp finishFold(StageOp fold, StageOp user, unsigned input);

/// Moves stages, in order, into a fused op in place of the last one. The first
/// `depth` iterators are common to them.
FusedOp fuseStages(llvm::ArrayRef<StageOp> stages, unsigned depth);

/// Makes inputs of one element that are constants part of the bodies.
void inlineConstants(StageOp stage);

/// x / y as x * (1 / y).
void multiplyByInverse(mlir::arith::DivFOp division);

} // namespace sinter::kernel
