// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs passes on textual IR: the tool behind the lit tests.
#include "dialects/graph/Attributes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::func::FuncDialect, sinter::graph::GraphDialect>();
  mlir::registerTransformsPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Sinter's pass driver\n", registry));
}
