// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One model on its way through the pipeline.
#pragma once

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
  cpu::Target target;
  mlir::OwningOpRef<mlir::ModuleOp> kernels;
  std::optional<Plan> plan;
  std::optional<KernelCode> code;
  /// The plan, the descriptor and the query function.
  LLVMUnit descriptor;
  std::vector<Error> errors;

  Compilation(std::string outputPath, const CompileOptions &options)
      : outputPath(std::move(outputPath)), options(options) {}

  /// Runs passes on the module; a diagnostic becomes E0303.
  Status run(mlir::PassManager &passes);
  /// Keeps all errors; fails with the first, if any.
  Status finish(std::vector<Error> errors);
};

struct PipelineStage {
  const char *name;
  Status (*run)(Compilation &compilation);
  /// The form after this stage; `--emit` prints it after the first that has it.
  std::optional<Emit> text;
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
