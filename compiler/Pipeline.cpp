// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of contents of the compiler: what happens to a model, in order.
#include "codegen/cpu/Emit.h"
#include "compiler/Artifact.h"
#include "compiler/Compilation.h"
#include "compiler/DiagnosticScope.h"
#include "compiler/Overwrite.h"
#include "compiler/PlanBuilder.h"
#include "compiler/onnx/BlobKeyStore.h"
#include "compiler/onnx/Importer.h"
#include "compiler/onnx/Specialize.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/graph/Passes.h"
#include "passes/kernel/Passes.h"

using namespace mlir;

namespace sinter {
namespace {

/// A model file or a graph built in C++ -> graph ops.
Status import(Compilation &compilation) {
  Status status = compilation.import(compilation);
  if (status)
    onnx::BlobKeyStore::attach(compilation.context, *compilation.blobs);
  return status;
}

/// Algebra, common subexpressions, dead code.
Status simplify(Compilation &compilation) {
  PassManager passes(&compilation.context);
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  return compilation.run(passes);
}

/// The type that values between kernels are rounded to; empty: none.
std::string storageOf(Precision precision) {
  return precision == Precision::fp16   ? "f16"
         : precision == Precision::bf16 ? "bf16"
                                        : "";
}

/// Every op that computes is stages; those of constants are evaluated, and
/// elementwise ones are in their users. Then memory is laid out for the target.
Status fuse(Compilation &compilation) {
  if (Status status = compilation.findBackends(); !status)
    return status;
  const codegen::PassNumbers target = compilation.backend().getNumbers();
  const std::string storage = storageOf(compilation.options.precision);
  PassManager passes(&compilation.context);
  passes.addNestedPass<func::FuncOp>(graph::createDecomposeToStages());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addNestedPass<func::FuncOp>(graph::createFoldConstants());
  passes.addNestedPass<func::FuncOp>(kernel::createFuseElementwise());
  passes.addNestedPass<func::FuncOp>(kernel::createFuseEpilogue());
  if (compilation.options.precision != Precision::strict)
    passes.addNestedPass<func::FuncOp>(kernel::createFoldScales());
  passes.addNestedPass<func::FuncOp>(kernel::createAssignLayouts());
  passes.addNestedPass<func::FuncOp>(kernel::createFuseEpilogue());
  if (target.usesWinograd && storage.empty() &&
      compilation.options.precision != Precision::strict)
    passes.addNestedPass<func::FuncOp>(kernel::createUseWinograd());
  if (target.leastChannels != 0)
    passes.addNestedPass<func::FuncOp>(
        kernel::createAlignChannels({target.leastChannels}));
  if (target.storesPadding)
    passes.addNestedPass<func::FuncOp>(kernel::createMaterializePadding());
  if (target.packsVariables)
    passes.addNestedPass<func::FuncOp>(kernel::createPackOperands(
        {target.panel, false, true, target.packsProducts}));
  if (compilation.options.precision != Precision::strict)
    passes.addNestedPass<func::FuncOp>(kernel::createInvertDivisors());
  if (target.attentionBits != 0 &&
      compilation.options.precision != Precision::strict)
    passes.addNestedPass<func::FuncOp>(kernel::createFuseAttention(
        {target.attentionBits, target.attentionWidth}));
  passes.addNestedPass<func::FuncOp>(
      kernel::createFuseRows({target.fusesProducts}));
  if (target.storesPadding)
    passes.addNestedPass<func::FuncOp>(kernel::createWriteBorders());
  if (!storage.empty())
    passes.addNestedPass<func::FuncOp>(kernel::createNarrowStorage({storage}));
  passes.addNestedPass<func::FuncOp>(kernel::createCollapseIterators());
  passes.addPass(createCanonicalizerPass());
  passes.addNestedPass<func::FuncOp>(kernel::createPackOperands(
      {target.panel, true, target.packsVariables, target.packsProducts}));
  passes.addPass(createCSEPass());
  passes.addNestedPass<func::FuncOp>(graph::createFoldConstants());
  return compilation.run(passes);
}

/// A kernel for each stage; buffers, launches and guards in the plan.
Status plan(Compilation &compilation) {
  auto main = compilation.module->lookupSymbol<func::FuncOp>("main");
  DiagnosticScope diagnostics(compilation.context);
  FailureOr<Plan> plan = buildPlan(
      main, *compilation.blobs, {*compilation.host, compilation.device.get()});
  if (failed(plan))
    return diagnostics.error();
  compilation.plan.emplace(std::move(*plan));
  for (const DimRange &range : compilation.options.dims)
    compilation.plan->table.setRange(range.symbol, range.lowest, range.highest);
  return Success();
}

/// Assembly of everything, in one piece.
Status writeAssembly(Compilation &compilation) {
  Result<LLVMUnit> all =
      compilation.code->merge(*compilation.descriptor.module);
  if (!all)
    return std::move(all).error();
  auto text = cpu::generateCode(*all->module, compilation.host->getTarget(),
                                cpu::Code::assembly);
  if (failed(text))
    return makeError<errors::E0303>("LLVM cannot emit code for this target");
  return writeFile(*text, compilation.outputPath);
}

/// Kernels -> LLVM IR, optimised, and machine code of a GPU, with the plan
/// beside them.
Status lower(Compilation &compilation) {
  const Plan &plan = *compilation.plan;
  KernelCode &code = compilation.code.emplace(
      compilation.host->getTarget(), compilation.options, plan.kernels);
  if (Status status = code.lower(); !status)
    return status;
  LLVMUnit &unit = compilation.descriptor;
  unit.context = std::make_unique<llvm::LLVMContext>();
  unit.module = cpu::makeModule(*unit.context, compilation.host->getTarget());
  if (!unit.module)
    return makeError<errors::E0303>("LLVM cannot compile for this target");
  if (compilation.device) {
    Result<DeviceImages> images =
        compileDevice(plan.deviceKernels, compilation.device->getTarget(),
                      compilation.options.jobs, compilation.deviceTimes);
    if (!images)
      return std::move(images).error();
    compilation.deviceImages = std::move(*images);
  }
  addDescriptor(*unit.module, plan,
                {compilation.host->getTarget(), compilation.deviceTarget(),
                 compilation.deviceImages, compilation.options.precision},
                code.getSymbols());
  return Success();
}

/// Machine code, linked, weights appended.
Status emit(Compilation &compilation) {
  if (compilation.options.emit == Emit::assembly)
    return writeAssembly(compilation);
  Result<Objects> objects =
      compilation.code->emit(*compilation.descriptor.module);
  if (!objects)
    return std::move(objects).error();
  if (compilation.options.emit == Emit::object)
    return writeObject(*objects, compilation.outputPath);
  return writeArtifact(*objects, *compilation.plan, compilation.outputPath,
                       compilation.options);
}

} // namespace

Status importOnnx(Compilation &compilation, const std::string &path) {
  Result<onnx::LoadedModel> model = onnx::loadModel(path);
  if (!model)
    return std::move(model).error();
  compilation.model.emplace(std::move(*model));
  if (Status status = checkOverwrite(compilation, path); !status)
    return status;
  compilation.blobs = &compilation.model->blobs;
  std::vector<Error> errors = onnx::specialize(
      *compilation.model->proto.mutable_graph(), compilation.options);
  if (!errors.empty())
    return compilation.finish(std::move(errors));
  onnx::ImportedGraph graph =
      onnx::importGraph(*compilation.model, compilation.context);
  compilation.module = std::move(graph.module);
  return compilation.finish(std::move(graph.errors));
}

const std::vector<PipelineStage> &pipeline() {
  static const std::vector<PipelineStage> stages = {
      {"import", import, {Emit::graph}},
      {"simplify", simplify, {Emit::graph}},
      {"fuse", fuse, {Emit::kernel}},
      {"plan", plan, {Emit::plan, Emit::cuda}},
      {"lower", lower, {Emit::llvm}},
      {"emit", emit, {}}};
  return stages;
}

} // namespace sinter
