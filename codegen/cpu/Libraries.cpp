// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/Libraries.h"

#include "codegen/cpu/Emit.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

extern "C" const char sinter_math_bitcode[];
extern "C" const char sinter_math_bitcode_end[];
extern "C" const char sinter_routines_bitcode[];
extern "C" const char sinter_routines_bitcode_end[];

namespace sinter::cpu {

llvm::StringRef mathLibrary() {
  return {sinter_math_bitcode,
          static_cast<size_t>(sinter_math_bitcode_end - sinter_math_bitcode)};
}

llvm::StringRef routineLibrary() {
  return {sinter_routines_bitcode,
          static_cast<size_t>(sinter_routines_bitcode_end -
                              sinter_routines_bitcode)};
}

void callRoutine(llvm::StringRef function, ModuleOp module) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Location loc = builder.getUnknownLoc();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Type i64 = builder.getI64Type(), i32 = builder.getI32Type();
  FunctionType type =
      builder.getFunctionType({pointer, pointer, pointer, i64, i64}, {i32});
  auto routine = func::FuncOp::create(builder, loc, function, type);
  routine.setPrivate();
  auto kernel = func::FuncOp::create(builder, loc, kernelName, type);
  builder.setInsertionPointToStart(kernel.addEntryBlock());
  auto call =
      func::CallOp::create(builder, loc, routine, kernel.getArguments());
  func::ReturnOp::create(builder, loc, call.getResults());
}

} // namespace sinter::cpu
