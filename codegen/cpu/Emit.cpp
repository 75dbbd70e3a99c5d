// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/Emit.h"

#include "codegen/cpu/Conversions.h"
#include "codegen/cpu/Libraries.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;

namespace sinter::cpu {
namespace {

const char *const tripleName = "x86_64-unknown-linux-gnu";

std::unique_ptr<llvm::TargetMachine> makeMachine(const Target &target) {
  // Once in a process; LLVM guards it by a function-local static of its own.
  static const bool initialized = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    return true;
  }();
  (void)initialized;
  std::string error;
  llvm::Triple triple(tripleName);
  const llvm::Target *backend =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!backend)
    return nullptr;
  return std::unique_ptr<llvm::TargetMachine>(backend->createTargetMachine(
      triple, target.cpu, target.attributes, llvm::TargetOptions(),
      llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// Links the functions of a library that the module calls, for inlining. Their
/// names have the prefix.
bool linkLibrary(llvm::Module &module, llvm::StringRef prefix,
                 llvm::StringRef bitcode) {
  if (llvm::none_of(module, [&](const llvm::Function &function) {
        return function.getName().starts_with(prefix);
      }))
    return true;
  // Lazily: the linker reads the bodies that it takes.
  auto library = llvm::getLazyBitcodeModule(
      llvm::MemoryBufferRef(bitcode, prefix), module.getContext());
  if (!library) {
    llvm::consumeError(library.takeError());
    return false;
  }
  (*library)->setTargetTriple(module.getTargetTriple());
  (*library)->setDataLayout(module.getDataLayout());
  return !llvm::Linker::linkModules(module, std::move(*library),
                                    llvm::Linker::Flags::LinkOnlyNeeded);
}

/// Says what machine the module is for. False if LLVM does not have it.
bool addTarget(llvm::Module &module, const Target &target) {
  std::unique_ptr<llvm::TargetMachine> machine = makeMachine(target);
  if (!machine)
    return false;
  module.setTargetTriple(llvm::Triple(tripleName));
  module.setDataLayout(machine->createDataLayout());
  return true;
}

/// Every function is compiled for the target, inlined library code too.
void setFeatures(llvm::Module &module, const Target &target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.removeFnAttr("target-features");
    function.removeFnAttr("tune-cpu");
    function.addFnAttr("target-cpu", target.cpu);
    function.addFnAttr("target-features", target.attributes);
    function.addFnAttr("no-builtins");
    function.setDoesNotThrow();
  }
}

} // namespace

void loadDialects(MLIRContext &context) {
  context
      .loadDialect<LLVM::LLVMDialect, arith::ArithDialect,
                   cf::ControlFlowDialect, func::FuncDialect, math::MathDialect,
                   scf::SCFDialect, vector::VectorDialect>();
}

LogicalResult lowerToLLVM(ModuleOp module) {
  if (failed(expandConversions(module)))
    return failure();
  PassManager passes(module.getContext());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertIndexToLLVMPass());
  passes.addPass(createConvertFuncToLLVMPass());
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  return passes.run(module);
}

std::unique_ptr<llvm::Module> translate(ModuleOp lowered,
                                        llvm::StringRef symbol,
                                        llvm::LLVMContext &context,
                                        const Target &target) {
  registerBuiltinDialectTranslation(*lowered.getContext());
  registerLLVMDialectTranslation(*lowered.getContext());
  std::unique_ptr<llvm::Module> module =
      translateModuleToLLVMIR(lowered, context, symbol);
  if (!module || !addTarget(*module, target)) {
    lowered.emitError("the kernel does not translate to LLVM");
    return nullptr;
  }
  if (!linkLibrary(*module, "sinter_routine_", routineLibrary()) ||
      !linkLibrary(*module, "sinter_math_", mathLibrary())) {
    lowered.emitError("the libraries do not link");
    return nullptr;
  }
  for (llvm::Function &function : *module)
    if (!function.isDeclaration())
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  llvm::Function *kernel = module->getFunction(kernelName);
  kernel->setLinkage(llvm::GlobalValue::ExternalLinkage);
  kernel->setVisibility(llvm::GlobalValue::HiddenVisibility);
  kernel->setName(symbol);
  setFeatures(*module, target);
  return module;
}

std::unique_ptr<llvm::Module> makeModule(llvm::LLVMContext &context,
                                         const Target &target) {
  auto module = std::make_unique<llvm::Module>("model", context);
  return addTarget(*module, target) ? std::move(module) : nullptr;
}

LogicalResult optimize(llvm::Module &module, const Target &target, int level) {
  std::unique_ptr<llvm::TargetMachine> machine = makeMachine(target);
  if (!machine)
    return failure();
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder passes(machine.get());
  // No function of a C library may be called: a model has no undefined symbol.
  llvm::TargetLibraryInfoImpl library(module.getTargetTriple());
  library.disableAllFunctions();
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(library); });
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(graphs);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, graphs, modules);
  const llvm::OptimizationLevel levels[] = {
      llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1,
      llvm::OptimizationLevel::O2, llvm::OptimizationLevel::O3};
  llvm::OptimizationLevel chosen = levels[std::clamp(level, 0, 3)];
  llvm::ModulePassManager pipeline =
      chosen == llvm::OptimizationLevel::O0
          ? passes.buildO0DefaultPipeline(chosen)
          : passes.buildPerModuleDefaultPipeline(chosen);
  pipeline.run(module, modules);
  return success();
}

FailureOr<llvm::SmallVector<char, 0>>
generateCode(llvm::Module &module, const Target &target, Code code) {
  std::unique_ptr<llvm::TargetMachine> machine = makeMachine(target);
  if (!machine)
    return failure();
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  llvm::CodeGenFileType type = code == Code::object
                                   ? llvm::CodeGenFileType::ObjectFile
                                   : llvm::CodeGenFileType::AssemblyFile;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, type))
    return failure();
  passes.run(module);
  return bytes;
}

} // namespace sinter::cpu
