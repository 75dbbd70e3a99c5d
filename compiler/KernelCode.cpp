// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/KernelCode.h"

#include "codegen/cpu/Sanitize.h"
#include "compiler/DiagnosticScope.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/ThreadPool.h"
#include <filesystem>
#include <time.h>

using namespace mlir;

namespace sinter {
namespace {

/// Adds the CPU seconds of this thread to `seconds` when it goes.
class ThreadTimer {
public:
  explicit ThreadTimer(double &seconds) : seconds(seconds), start(now()) {}
  ThreadTimer(const ThreadTimer &) = delete;
  ~ThreadTimer() { seconds += now() - start; }

private:
  static double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
  }

  double &seconds;
  double start;
};

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

/// The longest kernels first, so that all threads end at about the same time.
/// Of several errors the one of the first kernel is returned.
Status KernelCode::forEach(llvm::function_ref<Status(size_t)> work) {
  std::vector<size_t> order(sources.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t lhs, size_t rhs) {
    return std::pair(sources[rhs].bytecode.size(), lhs) <
           std::pair(sources[lhs].bytecode.size(), rhs);
  });
  std::vector<Status> results(sources.size(), Status(Success()));
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(options.jobs));
  for (size_t number : order)
    pool.async([&, number] { results[number] = work(number); });
  pool.wait();
  for (Status &result : results)
    if (!result)
      return std::move(result).error();
  return Success();
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
    auto module = parseSourceString<ModuleOp>(source.bytecode, &context);
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
  return forEach([&](size_t number) { return lowerOne(number); });
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
  Status status =
      forEach([&](size_t number) { return emitOne(number, objects[number]); });
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
