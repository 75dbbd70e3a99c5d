// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_KERNEL_TD
#define SINTER_PASSES_KERNEL_TD

include "mlir/Pass/PassBase.td"

def MaterializePadding : Pass<"materialize-padding", "::mlir::func::FuncOp"> {
  let summary = "Give a folded input its fill in memory, so that loops need no bounds";
  let description = [{
    A reduction reads the elements of a padded input many times. Where all of
    its coordinates are sums of iterators with positive factors and constants,
    a stage of its own writes the input with its border once:

        %1 = kernel.stage ... maps [(d0, d1) -> (d0 + d1 - 1)] fills [0.0] ins(%0)
        =>
        %p = kernel.stage ... maps [(d0) -> (d0 - 1)] fills [0.0] ins(%0)
        %1 = kernel.stage ... maps [(d0, d1) -> (d0 + d1)] fills [unit] ins(%p)
  }];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def FuseElementwise : Pass<"fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Compute elementwise stages where their result is used";
  let description = [{
    A stage without reductions whose only use reads each of its elements once
    is inlined into the body of the user: the intermediate value is never
    stored. Folds that read an element many times keep it.
  }];
  let options = [Option<"maxInputs", "max-inputs", "unsigned", "12",
                        "Stop growing a stage at this many inputs">];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

#endif // SINTER_PASSES_KERNEL_TD
