// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_GRAPH_TD
#define SINTER_PASSES_GRAPH_TD

include "mlir/Pass/PassBase.td"

def DecomposeToStages : Pass<"decompose-to-stages", "::mlir::func::FuncOp"> {
  let summary = "Replace graph ops by the stages that define them";
  let description = [{
    Every op with StageInterface becomes what its `buildStages` makes. Ops
    without (constants, reshapes) stay: they compute nothing.

        %1 = graph.relu %0 : T
        =>
        %1 = kernel.stage ... ins(%0 : T) -> T { maximum(%x, 0.0) }
  }];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

#endif // SINTER_PASSES_GRAPH_TD
