// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/CpuBackend.h"

#include "codegen/cpu/Emit.h"
#include "codegen/cpu/Libraries.h"
#include "codegen/cpu/StageLowering.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;

namespace sinter::cpu {
namespace {

FailureOr<std::string> bytecodeOf(ModuleOp module) {
  Location unknown = UnknownLoc::get(module.getContext());
  module->walk([&](Operation *op) {
    op->setLoc(unknown);
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (BlockArgument argument : block.getArguments())
          argument.setLoc(unknown);
  });
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  if (failed(writeBytecodeToFile(module, stream)))
    return failure();
  return bytes;
}

} // namespace

codegen::PassNumbers CpuBackend::getNumbers() const {
  codegen::PassNumbers numbers;
  numbers.panel = target.panel();
  numbers.packsVariables = true;
  numbers.usesWinograd = true;
  numbers.storesPadding = true;
  numbers.fusesProducts = true;
  return numbers;
}

FailureOr<codegen::Kernel> CpuBackend::lower(Operation *op, bool,
                                             std::string &code) const {
  loadDialects(*op->getContext());
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(UnknownLoc::get(op->getContext()));
  auto fused = dyn_cast<kernel::FusedOp>(op);
  FailureOr<codegen::Kernel> kernel =
      fused
          ? lowerFused(fused, kernelName, target, *module)
          : lowerStage(cast<kernel::StageOp>(op), kernelName, target, *module);
  if (failed(kernel))
    return failure();
  FailureOr<std::string> bytes = bytecodeOf(*module);
  if (failed(bytes))
    return op->emitOpError("has no bytecode");
  code = std::move(*bytes);
  return kernel;
}

void CpuBackend::print(llvm::StringRef code, llvm::StringRef name,
                       llvm::raw_ostream &stream) const {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  loadDialects(context);
  if (auto module = parseSourceString<ModuleOp>(code, &context)) {
    module->setSymName(name);
    module->print(stream);
    stream << '\n';
  }
}

FailureOr<std::string> lowerRoutine(Operation *op, llvm::StringRef function) {
  loadDialects(*op->getContext());
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(UnknownLoc::get(op->getContext()));
  callRoutine(function, *module);
  FailureOr<std::string> bytes = bytecodeOf(*module);
  if (failed(bytes))
    return op->emitOpError("has no bytecode");
  return bytes;
}

} // namespace sinter::cpu
