// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/KernelSet.h"

#include "codegen/cpu/Emit.h"
#include "codegen/cpu/Libraries.h"
#include "mlir/Bytecode/BytecodeWriter.h"

using namespace mlir;

namespace sinter {
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

/// The number of the module's kernel; equal ones have one.
FailureOr<uint32_t> KernelSet::keep(ModuleOp module, Operation *op,
                                    llvm::StringRef label) {
  FailureOr<std::string> bytecode = bytecodeOf(module);
  if (failed(bytecode))
    return op->emitOpError("has no bytecode");
  auto [entry, isNew] = numbers.try_emplace(*bytecode, sources.size());
  if (isNew) {
    module.setSymName("kernel_" + std::to_string(sources.size()));
    sources.push_back({std::move(*bytecode), label.str(), 0});
  } else {
    module.erase();
  }
  ++sources[entry->second].stages;
  return entry->second;
}

FailureOr<KernelSet::Use> KernelSet::add(Operation *op, llvm::StringRef label) {
  OpBuilder builder = OpBuilder::atBlockEnd(modules.getBody());
  ModuleOp module = ModuleOp::create(builder, builder.getUnknownLoc());
  auto fused = dyn_cast<kernel::FusedOp>(op);
  FailureOr<cpu::Kernel> kernel =
      fused ? cpu::lowerFused(fused, cpu::kernelName, target, module)
            : cpu::lowerStage(cast<kernel::StageOp>(op), cpu::kernelName,
                              target, module);
  if (failed(kernel))
    return failure();
  FailureOr<uint32_t> number = keep(module, op, label);
  if (failed(number))
    return failure();
  return Use{*number, std::move(*kernel)};
}

FailureOr<uint32_t> KernelSet::addRoutine(Operation *op,
                                          llvm::StringRef function,
                                          llvm::StringRef label) {
  OpBuilder builder = OpBuilder::atBlockEnd(modules.getBody());
  ModuleOp module = ModuleOp::create(builder, builder.getUnknownLoc());
  cpu::callRoutine(function, module);
  return keep(module, op, label);
}

} // namespace sinter
