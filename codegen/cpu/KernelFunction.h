// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The function of a kernel and its arguments.
#pragma once

#include "codegen/cpu/StageTile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sinter::cpu {

class KernelFunction {
public:
  /// Makes an empty body with `buffers` pointers that do not alias; the builder
  /// then stands in it.
  KernelFunction(mlir::OpBuilder &builder, mlir::Location loc,
                 mlir::ModuleOp module, llvm::StringRef name, size_t buffers);

  mlir::Value buffer(size_t index) const { return argument(index); }
  mlir::Value sizes() const { return argument(buffers); }
  mlir::Value scratch() const { return argument(buffers + 1); }
  mlir::Value begin() const { return argument(buffers + 2); }
  mlir::Value end() const { return argument(buffers + 3); }

  /// Ends the body and makes the function of the ABI's type that calls it.
  void finish();

private:
  mlir::Value argument(size_t index) const {
    return mlir::func::FuncOp(body).getArgument(index);
  }

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::ModuleOp module;
  std::string name;
  size_t buffers;
  mlir::func::FuncOp body;
};

/// The accesses of a stage's operands; `pointer` gives the address of a value.
Operands accessOperands(kernel::StageOp stage,
                        llvm::function_ref<mlir::Value(mlir::Value)> pointer);

} // namespace sinter::cpu
