// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/KernelCode.h"

#include "codegen/cpu/Sanitize.h"
#include "compiler/DiagnosticScope.h"
#include "compiler/KernelJobs.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Linker/Linker.h"
#include <filesystem>

using namespace mlir;

namespace sinter {
namespace {

Error kernelError(const KernelSource &source, llvm::StringRef what) {
  return makeError<errors::E0303>("the kernel of node '" + source.label +
                                  "': " + what.str());
}

/// A copy of a module in another context.
std::unique_ptr<llvm::Module> copyInto(const llvm::Module &module,
                                       llvm::LLVMContext &context) {
  llvm::SmallVector<char, 0> bitcode;
  llvm::raw_svector_ostream stream(bitcode);
  llvm::WriteBitcodeToFile(module, stream);
  llvm::StringRef bytes(bitcode.data(), bitcode.size());
  auto copy =
      llvm::parseBitcodeFile(llvm::MemoryBufferRef(bytes, "kernel"), context);
  if (copy)
    return std::move(*copy);
  llvm::consumeError(copy.takeError());
  return nullptr;
}

} // namespace

std::string KernelCode::symbolOf(size_t number) const {
  return options.symbol + ".kernel_" + std::to_string(number);
}

Symbols KernelCode::getSymbols() const {
  Symbols symbols{
      options.symbol,
      {},
      std::filesystem::path(options.externalWeights).filename().string()};
  for (size_t number = 0; number < sources.size(); ++number)
    symbols.kernels.push_back(symbolOf(number));
  return symbols;
}

Status KernelCode::lowerOne(size_t number) {
  const KernelSource &source = sources[number];
  MLIRContext context(MLIRContext::Threading::DISABLED);
  DiagnosticScope diagnostics(context);
  LLVMUnit &unit = units[number];
  unit.context = std::make_unique<llvm::LLVMContext>();
  {
    ThreadTimer timer(times[number].lowering);
    cpu::loadDialects(context);
    auto module = parseSourceString<ModuleOp>(source.code, &context);
    if (!module || failed(cpu::lowerToLLVM(*module)))
      return kernelError(source, diagnostics.message());
    unit.module =
        cpu::translate(*module, symbolOf(number), *unit.context, target);
    if (!unit.module)
      return kernelError(source, diagnostics.message());
  }
  ThreadTimer timer(times[number].optimization);
  if (failed(cpu::optimize(*unit.module, target, options.optimizationLevel)))
    return kernelError(source, "LLVM cannot compile for this target");
  if (options.sanitize != Sanitize::none)
    cpu::instrument(*unit.module, options.sanitize == Sanitize::address
                                      ? cpu::Sanitizer::address
                                      : cpu::Sanitizer::thread);
  return Success();
}

Status KernelCode::lower() {
  units.resize(sources.size());
  for (const KernelSource &source : sources)
    times.push_back({source.label, source.stages});
  return forEachKernel(sources, options.jobs,
                       [&](size_t number) { return lowerOne(number); });
}

Status KernelCode::emitOne(size_t number, llvm::SmallVector<char, 0> &object) {
  ThreadTimer timer(times[number].code);
  LLVMUnit unit = std::move(units[number]);
  auto code = cpu::generateCode(*unit.module, target, cpu::Code::object);
  if (failed(code))
    return kernelError(sources[number], "LLVM cannot emit code");
  object = std::move(*code);
  return Success();
}

Result<Objects> KernelCode::emit(llvm::Module &last) {
  Objects objects(sources.size());
  Status status = forEachKernel(sources, options.jobs, [&](size_t number) {
    return emitOne(number, objects[number]);
  });
  if (!status)
    return std::move(status).error();
  auto code = cpu::generateCode(last, target, cpu::Code::object);
  if (failed(code))
    return makeError<errors::E0303>("LLVM cannot emit code for this target");
  objects.push_back(std::move(*code));
  return objects;
}

Result<LLVMUnit> KernelCode::merge(llvm::Module &last) const {
  LLVMUnit merged{std::make_unique<llvm::LLVMContext>(), nullptr};
  merged.module = copyInto(last, *merged.context);
  bool isDone = merged.module != nullptr;
  for (const LLVMUnit &unit : units) {
    auto copy = copyInto(*unit.module, *merged.context);
    isDone = isDone && copy &&
             !llvm::Linker::linkModules(*merged.module, std::move(copy));
  }
  if (!isDone)
    return makeError<errors::E0303>("the kernels do not link");
  return merged;
}

} // namespace sinter
