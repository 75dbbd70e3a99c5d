// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/Emit.h"

#include "codegen/cpu/Conversions.h"
#include "codegen/cpu/MathLibrary.h"
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
      triple, target.cpu, "-prefer-256-bit", llvm::TargetOptions(),
      llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// Links the functions of the math library that the module calls, for inlining.
bool linkMath(llvm::Module &module) {
  llvm::StringRef bitcode = mathLibrary();
  auto library = llvm::parseBitcodeFile(llvm::MemoryBufferRef(bitcode, "math"),
                                        module.getContext());
  if (!library) {
    llvm::consumeError(library.takeError());
    return false;
  }
  (*library)->setTargetTriple(module.getTargetTriple());
  (*library)->setDataLayout(module.getDataLayout());
  if (llvm::Linker::linkModules(module, std::move(*library),
                                llvm::Linker::Flags::LinkOnlyNeeded))
    return false;
  for (llvm::Function &function : module)
    if (function.getName().starts_with("sinter_math_"))
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  return true;
}

/// Every function is compiled for the target, inlined library code too.
void setTarget(llvm::Module &module, const Target &target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.removeFnAttr("target-features");
    function.removeFnAttr("tune-cpu");
    function.addFnAttr("target-cpu", target.cpu);
    function.addFnAttr("target-features", "-prefer-256-bit");
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

LogicalResult lowerToLLVM(ModuleOp kernels) {
  if (failed(expandConversions(kernels)))
    return failure();
  PassManager passes(kernels.getContext());
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
  return passes.run(kernels);
}

std::unique_ptr<llvm::Module>
translate(ModuleOp kernels, llvm::LLVMContext &context, const Target &target) {
  registerBuiltinDialectTranslation(*kernels.getContext());
  registerLLVMDialectTranslation(*kernels.getContext());
  std::unique_ptr<llvm::Module> module =
      translateModuleToLLVMIR(kernels, context);
  std::unique_ptr<llvm::TargetMachine> machine = makeMachine(target);
  if (!module || !machine) {
    kernels.emitError("kernels do not translate to LLVM");
    return nullptr;
  }
  module->setTargetTriple(llvm::Triple(tripleName));
  module->setDataLayout(machine->createDataLayout());
  if (!linkMath(*module)) {
    kernels.emitError("the math library does not link");
    return nullptr;
  }
  setTarget(*module, target);
  return module;
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
