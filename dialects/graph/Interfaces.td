// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_INTERFACES_TD
#define SINTER_GRAPH_INTERFACES_TD

include "mlir/IR/OpBase.td"

def StageInterface : OpInterface<"StageInterface"> {
  let cppNamespace = "::sinter::graph";
  let description = [{
    What an op computes, in stages of the kernel dialect: the one definition
    for the interpreter, constant folding and every target.
  }];
  let methods = [InterfaceMethod<
      "Makes the stages at the builder's insertion point; returns the value of "
      "each result. The op stays; the caller replaces it.",
      "::llvm::SmallVector<::mlir::Value>", "buildStages",
      (ins "::mlir::OpBuilder &":$builder)>];
}

def RoutineInterface : OpInterface<"RoutineInterface"> {
  let cppNamespace = "::sinter::graph";
  let description = [{
    What an op computes, as a function of runtime/src/ops: for what is no loop
    nest with a scalar body.
  }];
  let methods = [InterfaceMethod<"The call.", "::sinter::graph::Routine",
                                 "getRoutine">];
}

#endif // SINTER_GRAPH_INTERFACES_TD
