// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The function of a kernel and its arguments.
#pragma once

#include "codegen/cpu/StageTile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sinter::cpu {

class KernelFunction {
public:
  /// Makes an empty body with `buffers` pointers to operands and `slots`
  /// pointers into the thread's scratch, none of which alias; the builder then
  /// stands in it.
  KernelFunction(mlir::OpBuilder &builder, mlir::Location loc,
                 mlir::ModuleOp module, llvm::StringRef name, size_t buffers,
                 size_t slots = 0);

  mlir::Value buffer(size_t index) const { return argument(index); }
  mlir::Value slot(size_t index) const { return argument(buffers + index); }
  mlir::Value sizes() const { return argument(buffers + slots); }
  mlir::Value begin() const { return argument(buffers + slots + 1); }
  mlir::Value end() const { return argument(buffers + slots + 2); }

  /// Ends the body and makes the function of the ABI's type that calls it.
  /// `slotOffsets` says where in the scratch each slot begins, in bytes; `dims`
  /// are the body's.
  void finish(Sizes &dims, llvm::ArrayRef<graph::DimAttr> slotOffsets = {});

private:
  mlir::Value slotAddress(mlir::func::FuncOp entry, Sizes &dims,
                          graph::DimAttr offset);
  mlir::Value argument(size_t index) const {
    return mlir::func::FuncOp(body).getArgument(index);
  }

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::ModuleOp module;
  std::string name;
  size_t buffers, slots;
  mlir::func::FuncOp body;
};

/// The accesses of a stage's operands; `pointer` gives the address of a value.
Operands accessOperands(kernel::StageOp stage,
                        llvm::function_ref<mlir::Value(mlir::Value)> pointer);

} // namespace sinter::cpu
