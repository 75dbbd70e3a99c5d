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
  std::string modelPath, outputPath;
  const CompileOptions &options;

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  std::optional<onnx::LoadedModel> model;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  cpu::Target target;
  mlir::OwningOpRef<mlir::ModuleOp> kernels;
  std::optional<Plan> plan;
  std::optional<KernelCode> code;
  /// The plan, the descriptor and the query function.
  LLVMUnit descriptor;
  std::vector<Error> errors;

  Compilation(std::string modelPath, std::string outputPath,
              const CompileOptions &options)
      : modelPath(std::move(modelPath)), outputPath(std::move(outputPath)),
        options(options) {}

  /// Runs passes on the module; a diagnostic becomes E0303.
  Status run(mlir::PassManager &passes);
  /// Keeps all errors; fails with the first, if any.
  Status finish(std::vector<Error> errors);
};

struct PipelineStage {
  const char *name;
  Status (*run)(Compilation &compilation);
  /// What `--emit` prints after this stage.
  std::optional<Emit> text;
};

/// The stages in order. They are in Pipeline.cpp.
const std::vector<PipelineStage> &pipeline();

} // namespace sinter
