// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Artifact.h"
#include "compiler/Compilation.h"
#include "compiler/DiagnosticScope.h"
#include "compiler/PlanView.h"
#include "compiler/onnx/ElementTypes.h"
#include "mlir/IR/AsmState.h"
#include <chrono>

using namespace mlir;

namespace sinter {

Status Compilation::run(PassManager &passes) {
  DiagnosticScope diagnostics(context);
  passes.enableVerifier(options.check);
  if (failed(passes.run(*module)))
    return diagnostics.error();
  return Success();
}

Status Compilation::findBackends() {
  bool isCuda = options.target == TargetKind::cuda;
  const std::string march = isCuda ? "x86-64-v3" : options.march;
  std::optional<cpu::Target> target = cpu::findTarget(march);
  if (!target)
    return makeError<errors::E0302>(march);
  host = std::make_unique<cpu::CpuBackend>(*target);
  if (!isCuda)
    return Success();
  std::optional<cuda::Target> gpu = cuda::findTarget(options.march);
  if (!gpu)
    return makeError<errors::E0312>(options.march);
  gpu->tf32 = options.precision == Precision::tf32;
  gpu->isStrict = options.precision == Precision::strict;
  gpu->storage = options.precision == Precision::fp16   ? cuda::Storage::f16
                 : options.precision == Precision::bf16 ? cuda::Storage::bf16
                                                        : cuda::Storage::f32;
  gpu->traps = options.check;
  device = std::make_unique<cuda::CudaBackend>(*gpu);
  return Success();
}

Status Compilation::finish(std::vector<Error> found) {
  if (found.empty())
    return Success();
  Error first = found.front();
  errors = std::move(found);
  return first;
}

static void printAll(const codegen::Backend &backend,
                     const std::vector<KernelSource> &kernels,
                     llvm::raw_ostream &stream) {
  for (auto [number, kernel] : llvm::enumerate(kernels))
    backend.print(kernel.code, "kernel_" + std::to_string(number), stream);
}

void Compilation::printHostKernels(llvm::raw_ostream &stream) const {
  printAll(*host, plan->kernels, stream);
}

void Compilation::printDeviceKernels(llvm::raw_ostream &stream) const {
  if (device)
    printAll(*device, plan->deviceKernels, stream);
}

namespace {

/// The plan, then the kernels that it launches.
void printPlan(Compilation &compilation, llvm::raw_ostream &stream) {
  const std::vector<char> table = compilation.plan->table.serialize();
  std::vector<uint64_t> aligned((table.size() + 7) / 8);
  std::memcpy(aligned.data(), table.data(), table.size());
  stream << planText(PlanView(aligned.data()), [&](int32_t type) {
    std::string name;
    llvm::raw_string_ostream text(name);
    if (Type element = onnx::elementType(&compilation.context, type))
      element.print(text);
    return name;
  });
  compilation.printHostKernels(stream);
}

Result<std::string> textOf(Compilation &compilation, Emit kind) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (kind == Emit::llvm) {
    Result<LLVMUnit> merged =
        compilation.code->merge(*compilation.descriptor.module);
    if (!merged)
      return std::move(merged).error();
    merged->module->print(stream, nullptr);
  } else if (kind == Emit::plan) {
    printPlan(compilation, stream);
  } else if (kind == Emit::cuda) {
    compilation.printDeviceKernels(stream);
  } else {
    compilation.module->print(stream);
  }
  return text;
}

Fault faultOf(int number) {
  switch (errorClass(number)) {
  case ErrorClass::usage:
    return Fault::usage;
  case ErrorClass::model:
    return Fault::model;
  case ErrorClass::unsupported:
    return Fault::unsupported;
  case ErrorClass::internal:
    return Fault::internal;
  }
  return Fault::internal;
}

/// True if the pipeline ends after this stage.
Result<bool> afterStage(Compilation &compilation, const PipelineStage &stage) {
  const CompileOptions &options = compilation.options;
  auto write = [&](Emit kind, const std::string &path) -> Status {
    Result<std::string> text = textOf(compilation, kind);
    return text ? writeFile(*text, path) : Status(std::move(text).error());
  };
  for (Emit kind : stage.texts) {
    if (options.dumpStages.empty() ||
        (kind == Emit::cuda && !compilation.device))
      continue;
    const char *suffix = kind == Emit::cuda ? ".cu" : ".mlir";
    Status status = write(kind, options.dumpStages + "/" + stage.name + suffix);
    if (!status)
      return std::move(status).error();
  }
  bool isLast = options.stopAfter == stage.name;
  bool prints = llvm::is_contained(stage.texts, options.emit);
  if (!isLast && !prints)
    return false;
  if (!prints && stage.texts.empty())
    return true;
  Status status = write(prints ? options.emit : stage.texts.front(),
                        compilation.outputPath);
  if (!status)
    return std::move(status).error();
  return true;
}

double cpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

Error noStage(const std::string &name) {
  Error error = makeError<errors::E0304>(name);
  error.note = "the stages are ";
  for (const PipelineStage &stage : pipeline())
    error.note +=
        (&stage == &pipeline().front() ? "" : ", ") + std::string(stage.name);
  return error;
}

/// What can be said of options before anything is read.
Status checkOptions(const Compilation &compilation) {
  const std::string &last = compilation.options.stopAfter;
  if (!last.empty() &&
      llvm::none_of(pipeline(), [&](const PipelineStage &stage) {
        return last == stage.name;
      }))
    return noStage(last);
  if (compilation.options.precision == Precision::tf32 &&
      compilation.options.target == TargetKind::cpu)
    return makeError<errors::E0313>();
  return checkExternalWeights(compilation.outputPath, compilation.options);
}

Status runStages(Compilation &compilation, CompileResult &result,
                 const std::function<void(const std::string &)> &progress) {
  if (Status status = checkOptions(compilation); !status)
    return status;
  for (const PipelineStage &stage : pipeline()) {
    if (progress)
      progress(stage.name);
    auto start = std::chrono::steady_clock::now();
    double cpuStart = cpuSeconds();
    Status status = stage.run(compilation);
    std::chrono::duration<double> time =
        std::chrono::steady_clock::now() - start;
    result.times.push_back({stage.name, time.count(), cpuSeconds() - cpuStart});
    if (!status)
      return status;
    Result<bool> isDone = afterStage(compilation, stage);
    if (!isDone)
      return std::move(isDone).error();
    if (*isDone)
      break;
  }
  return Success();
}

} // namespace

Diagnostic publicError(Error error) {
  return {error.number, faultOf(error.number), std::move(error.message),
          std::move(error.note)};
}

CompileResult
runPipeline(Compilation &compilation,
            const std::function<void(const std::string &)> &progress) {
  CompileResult result;
  Status status = runStages(compilation, result, progress);
  if (!status && compilation.errors.empty())
    compilation.errors.push_back(std::move(status).error());
  if (compilation.code)
    result.kernels = compilation.code->getTimes();
  result.kernels.insert(result.kernels.end(), compilation.deviceTimes.begin(),
                        compilation.deviceTimes.end());
  for (Error &error : compilation.errors)
    result.errors.push_back(publicError(std::move(error)));
  return result;
}

CompileResult
compileOnnx(const std::string &model, const std::string &output,
            const CompileOptions &options,
            const std::function<void(const std::string &)> &progress) {
  Compilation compilation(output, options);
  compilation.import = [&](Compilation &compilation) {
    return importOnnx(compilation, model);
  };
  return runPipeline(compilation, progress);
}

} // namespace sinter
