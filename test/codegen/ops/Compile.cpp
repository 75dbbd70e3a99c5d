// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops that no part of the compiler knows, through its pipeline for each target:
// what becomes of them, and artifacts for Run.cpp.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include "AddedOps.h"
#include "Artifacts.h"
#include "compiler/Compilation.h"
#include "compiler/DiagnosticScope.h"
#include "mlir/Parser/Parser.h"
#include <filesystem>

using namespace mlir;
using namespace sinter;

namespace {

constexpr const char *softClamp = R"(
!input = tensor<?x6x?xf32, #graph.type<[N, 6, L]>>
!bound = tensor<6x1xf32, #graph.type<[6, 1]>>
func.func @main(%x: !input {graph.name = "x"}, %b: !bound {graph.name = "b"})
    -> (!input {graph.name = "y"}) {
  %y = added.soft_clamp %x, %b : !input, !bound -> !input
  return %y : !input
})";

constexpr const char *standardize = R"(
!rows = tensor<?x?xf32, #graph.type<[M, N]>>
func.func @main(%x: !rows {graph.name = "x"}) -> (!rows {graph.name = "y"}) {
  %y = added.standardize %x epsilon 1.0e-3 : !rows -> !rows
  return %y : !rows
})";

constexpr const char *peakPool = R"(
!input = tensor<?x5x?x?xf32, #graph.type<[N, 5, H, W]>>
!output = tensor<?x5x?x?xf32, #graph.type<[N, 5, floordiv(H + -1, 2) + 1, W]>>
func.func @main(%x: !input {graph.name = "x"})
    -> (!output {graph.name = "y"}) {
  %y = added.peak_pool %x window [3, 3] strides [2, 1] pads [1, 2, 1, 2]
    dilations [1, 2] : !input -> !output
  return %y : !output
})";

/// A model of one added op, compiled to its artifact.
struct Compiled {
  CompileOptions options;
  sinter::onnx::BlobStore blobs;
  std::unique_ptr<Compilation> compilation;
  std::vector<sinter::Diagnostic> errors;

  Compiled(const std::string &op, const char *text, TargetKind target) {
    bool isCuda = target == TargetKind::cuda;
    options.target = target;
    options.march = isCuda ? "sm_90a" : "x86-64-v3";
    options.check = true;
    options.jobs = 1;
    std::string path = artifactOf(op, isCuda ? "cuda" : "cpu");
    std::filesystem::remove(path);
    compilation = std::make_unique<Compilation>(path, options);
    compilation->import = [&](Compilation &compilation) -> Status {
      compilation.context.loadDialect<added::AddedDialect, func::FuncDialect,
                                      kernel::KernelDialect>();
      DiagnosticScope diagnostics(compilation.context);
      compilation.module =
          parseSourceString<ModuleOp>(text, &compilation.context);
      compilation.blobs = &blobs;
      return compilation.module ? Status(Success()) : diagnostics.error();
    };
    errors = runPipeline(*compilation, {}).errors;
    checkErrors();
  }

  /// The kernels of the model before they are code.
  SmallVector<Operation *> kernels() {
    REQUIRE(compilation->module);
    auto main = compilation->module->lookupSymbol<func::FuncOp>("main");
    SmallVector<Operation *> found;
    for (Operation &op : main.getBody().getOps())
      if (isa<kernel::StageOp, kernel::FusedOp>(op))
        found.push_back(&op);
    REQUIRE(!found.empty());
    return found;
  }

private:
  /// Without NVRTC there is everything but machine code of the GPU.
  void checkErrors() {
    for (const sinter::Diagnostic &error : errors) {
      INFO(error.message);
      REQUIRE(error.number == errors::E0310::number);
      WARN("skipped: machine code of a GPU: " << error.message);
    }
  }
};

/// All of the model runs on the GPU, in one kernel.
void checkDeviceCode(const Compiled &compiled) {
  const Compilation &compilation = *compiled.compilation;
  CHECK(compilation.plan->kernels.empty());
  CHECK(compilation.plan->deviceKernels.size() == 1);
  std::string text;
  llvm::raw_string_ostream stream(text);
  compilation.printDeviceKernels(stream);
  CHECK(StringRef(text).count("__global__") == 1);
  if (compiled.errors.empty())
    CHECK(compilation.deviceImages.size() == 1);
}

} // namespace

TEST_CASE("a pointwise op is a stage without a fold") {
  for (TargetKind target : {TargetKind::cpu, TargetKind::cuda}) {
    Compiled compiled("soft_clamp", softClamp, target);
    SmallVector<Operation *> kernels = compiled.kernels();
    CHECK(kernels.size() == 1);
    auto stage = dyn_cast<kernel::StageOp>(kernels.back());
    REQUIRE(stage);
    CHECK(stage.getNumReductions() == 0);
    if (target == TargetKind::cuda)
      checkDeviceCode(compiled);
  }
}

TEST_CASE("an op on rows is stages that run together") {
  for (TargetKind target : {TargetKind::cpu, TargetKind::cuda}) {
    Compiled compiled("standardize", standardize, target);
    SmallVector<Operation *> kernels = compiled.kernels();
    CHECK(kernels.size() == 1);
    auto fused = dyn_cast<kernel::FusedOp>(kernels.back());
    REQUIRE(fused);
    CHECK(fused.getDepth() == 1);
    CHECK(llvm::count_if(fused.getStages(), [](kernel::StageOp stage) {
            return stage.getNumReductions() == 1;
          }) == 2);
    if (target == TargetKind::cuda)
      checkDeviceCode(compiled);
  }
}

TEST_CASE("an op on windows is a stage with a fold") {
  for (TargetKind target : {TargetKind::cpu, TargetKind::cuda}) {
    Compiled compiled("peak_pool", peakPool, target);
    // Targets that store padding do so in a kernel before.
    auto stage = dyn_cast<kernel::StageOp>(compiled.kernels().back());
    REQUIRE(stage);
    CHECK(stage.getNumReductions() == 2);
    if (target == TargetKind::cuda)
      checkDeviceCode(compiled);
  }
}
