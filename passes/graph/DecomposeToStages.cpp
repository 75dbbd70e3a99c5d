// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Slice.h"
#include "passes/graph/Passes.h"

namespace sinter::graph {

#define GEN_PASS_DEF_DECOMPOSETOSTAGES
#include "passes/graph/Passes.h.inc"

namespace {

/// Slices that lie in one piece are no copies; those of constants are folded.
bool isPlace(StageInterface op) {
  auto slice = mlir::dyn_cast<SliceOp>(op.getOperation());
  return slice && slice.getContiguousStart() &&
         !slice.getInput().getDefiningOp<ConstantOp>();
}

struct DecomposeToStages : impl::DecomposeToStagesBase<DecomposeToStages> {
  void runOnOperation() override {
    llvm::SmallVector<StageInterface> ops;
    getOperation().walk([&](StageInterface op) {
      if (!isPlace(op))
        ops.push_back(op);
    });
    for (StageInterface op : ops) {
      mlir::OpBuilder builder(op);
      op->replaceAllUsesWith(op.buildStages(builder));
      op->erase();
    }
  }
};

} // namespace
} // namespace sinter::graph
