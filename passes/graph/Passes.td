// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_GRAPH_TD
#define SINTER_PASSES_GRAPH_TD

include "mlir/Pass/PassBase.td"

def DecomposeToStages : Pass<"decompose-to-stages", "::mlir::func::FuncOp"> {
  let summary = "Replace graph ops by the stages that define them";
  let description = [{
    Every op with StageInterface becomes what its `buildStages` makes. Ops
    without (constants, reshapes) stay: they compute nothing. So do slices that
    lie in one piece in an input that is no constant.

        %1 = graph.relu %0 : T
        =>
        %1 = kernel.stage ... ins(%0 : T) -> T { maximum(%x, 0.0) }
  }];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def FoldConstants : Pass<"fold-constants", "::mlir::func::FuncOp"> {
  let summary = "Evaluate stages and reshapes of constants";
  let description = [{
    A stage that reads constants only and has constant extents becomes a
    constant, by the interpreter, if its result and its number of points are
    within the budgets and hardly larger than what it reads, or if it only
    rearranges a constant. So does a reshape. Constants that are not used any more
    are erased. What cannot be evaluated stays. The bytes are those of the
    ConstantStore that is attached to the context.
  }];
  let options = [
    Option<"maxBytes", "max-bytes", "uint64_t", "1 << 20",
           "the largest result that is folded">,
    Option<"maxPoints", "max-points", "uint64_t", "1 << 26",
           "the most points of a stage that is folded">];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

#endif // SINTER_PASSES_GRAPH_TD
