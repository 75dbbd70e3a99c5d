// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How to compile a model. No LLVM headers.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sinter {

/// What arithmetic on f32 may change. `strict`: the order of a sum within
/// blocking only; `fp32`: also algorithms that round otherwise, such as
/// Winograd's; `tf32` (GPUs): also the last 13 bits of a product's factors;
/// `fp16`, `bf16`: also what is stored between kernels has 16 bits, while sums
/// and everything within a kernel stay f32. Inputs and outputs keep their
/// types.
enum class Precision : uint8_t { fp32, strict, tf32, fp16, bf16 };

/// What command lines and compiled models call them.
inline constexpr std::pair<const char *, Precision> precisionNames[] = {
    {"fp32", Precision::fp32},
    {"strict", Precision::strict},
    {"tf32", Precision::tf32},
    {"fp16", Precision::fp16},
    {"bf16", Precision::bf16}};

/// What is written: IR or code as text, or the shared object.
enum class Emit : uint8_t {
  graph,
  kernel,
  plan,
  cuda,
  llvm,
  assembly,
  object,
  so
};

/// What most of a model runs on.
enum class TargetKind : uint8_t { cpu, cuda };

/// What generated code is instrumented with. Such code runs only in a process
/// that has the sanitizer's runtime.
enum class Sanitize : uint8_t { none, address, thread };

/// A range of sizes that a symbol may have.
struct DimRange {
  std::string symbol;
  int64_t lowest = 0;
  int64_t highest = 0;
};

/// Everything that decides what comes out, but for `jobs` and `dumpStages`.
struct CompileOptions {
  TargetKind target = TargetKind::cpu;
  /// For a CPU: an LLVM CPU name, x86-64-v3, x86-64-v4, or "native". For a GPU:
  /// "native" or sm_90a; what is left to the CPU is then for x86-64-v3.
  std::string march = "native";
  /// 0 to 3, of LLVM's pipeline.
  int optimizationLevel = 3;
  Precision precision = Precision::fp32;
  Emit emit = Emit::so;
  Sanitize sanitize = Sanitize::none;
  /// Input name and its sizes, replacing those of the model.
  std::vector<std::pair<std::string, std::vector<int64_t>>> shapes;
  /// Symbols with a size or range; lowest == highest fixes the symbol.
  std::vector<DimRange> dims;
  /// Names of the outputs to keep; all if empty.
  std::vector<std::string> outputs;
  /// Initializers that stay inputs.
  std::vector<std::string> overridable;
  /// A file for the weights, in the folder of the shared object that is made,
  /// and found there when it is loaded; empty: they are in the shared object.
  std::string externalWeights;
  /// The symbol that a shared object or an object exports; a C identifier.
  std::string symbol = "sinter_model_query";
  /// Stop after this stage of the pipeline (its name); empty: go on.
  std::string stopAfter;
  /// A directory for the IR after each stage; empty: none.
  std::string dumpStages;
  /// Check the IR's form after each stage. A kernel for a GPU that would wait
  /// for ever ends the run.
  bool check = false;
  /// Threads of the compiler; 0: the cores of this process.
  unsigned jobs = 0;
};

} // namespace sinter
