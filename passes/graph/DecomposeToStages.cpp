// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/Ops.h"
#include "passes/graph/Passes.h"

namespace sinter::graph {

#define GEN_PASS_DEF_DECOMPOSETOSTAGES
#include "passes/graph/Passes.h.inc"

namespace {

struct DecomposeToStages : impl::DecomposeToStagesBase<DecomposeToStages> {
  void runOnOperation() override {
    llvm::SmallVector<StageInterface> ops;
    getOperation().walk([&](StageInterface op) { ops.push_back(op); });
    for (StageInterface op : ops) {
      mlir::OpBuilder builder(op);
      op->replaceAllUsesWith(op.buildStages(builder));
      op->erase();
    }
  }
};

} // namespace
} // namespace sinter::graph
