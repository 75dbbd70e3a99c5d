// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One model on its way through the pipeline.
#pragma once

#include "codegen/cpu/CpuBackend.h"
#include "codegen/cuda/CudaBackend.h"
#include "compiler/DeviceCode.h"
#include "compiler/KernelCode.h"
#include "compiler/PlanBuilder.h"
#include "compiler/onnx/LoadModel.h"
#include "compiler/support/Error.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "sinter/Compiler.h"
#include <optional>

namespace sinter {

struct Compilation {
  std::string outputPath;
  const CompileOptions &options;
  /// The first stage: sets `blobs` and `module`.
  std::function<Status(Compilation &)> import;

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  /// The file that is compiled, if it is one.
  std::optional<onnx::LoadedModel> model;
  /// The constants; the first stage sets it.
  onnx::BlobStore *blobs = nullptr;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// The code of the host, and of a GPU if the target is one.
  std::unique_ptr<cpu::CpuBackend> host;
  std::unique_ptr<cuda::CudaBackend> device;
  /// Machine code of the GPU's kernels.
  DeviceImages deviceImages;
  std::vector<KernelTime> deviceTimes;
  std::optional<Plan> plan;
  std::optional<KernelCode> code;
  /// The plan, the descriptor and the query function.
  LLVMUnit descriptor;
  std::vector<Error> errors;

  Compilation(std::string outputPath, const CompileOptions &options)
      : outputPath(std::move(outputPath)), options(options) {}

  /// What most kernels run on.
  const codegen::Backend &backend() const {
    return device ? static_cast<const codegen::Backend &>(*device) : *host;
  }
  /// The name of the GPU's kind; empty without one.
  std::string deviceTarget() const {
    return device ? device->getTarget().arch : "";
  }
  /// Runs passes on the module; a diagnostic becomes E0303.
  Status run(mlir::PassManager &passes);
  /// Sets `host` and `device` as the options say. Errors: E0302, E0312.
  Status findBackends();
  /// Prints the kernels of the plan.
  void printHostKernels(llvm::raw_ostream &stream) const;
  void printDeviceKernels(llvm::raw_ostream &stream) const;
  /// Keeps all errors; fails with the first, if any.
  Status finish(std::vector<Error> errors);
};

struct PipelineStage {
  const char *name;
  Status (*run)(Compilation &compilation);
  /// The forms after this stage; `--emit` prints one after the first stage that
  /// has it.
  std::vector<Emit> texts;
};

/// Reads an ONNX file: graph ops; every dim a constant or an expression of
/// symbols.
Status importOnnx(Compilation &compilation, const std::string &path);

/// An error as the public headers have it.
Diagnostic publicError(Error error);

/// Runs the stages. `progress`, if set, is called before each.
CompileResult
runPipeline(Compilation &compilation,
            const std::function<void(const std::string &)> &progress);

/// The stages in order. They are in Pipeline.cpp.
const std::vector<PipelineStage> &pipeline();

} // namespace sinter
