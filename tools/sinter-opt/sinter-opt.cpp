// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs passes on textual IR: the tool behind the lit tests.
#include "EmitCuda.h"
#include "TextConstants.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "passes/graph/Passes.h"
#include "passes/kernel/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::func::FuncDialect, sinter::graph::GraphDialect,
                  sinter::kernel::KernelDialect>();
  sinter::registerTextConstants(registry);
  mlir::registerTransformsPasses();
  sinter::graph::registerGraphPasses();
  sinter::kernel::registerKernelPasses();
  sinter::registerEmitCuda();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Sinter's pass driver\n", registry));
}
