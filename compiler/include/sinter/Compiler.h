// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler as a library. No LLVM headers; no exceptions cross it.
#pragma once

#include "sinter/Export.h"
#include "sinter/Options.h"
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sinter {

/// Who can do something about an error; the exit code of the CLI follows:
/// usage 2, model and unsupported 3, internal 4.
enum class Fault : uint8_t { usage, model, unsupported, internal };

/// One error or warning. `number` is that in docs/errors.md.
struct Diagnostic {
  int number = 0;
  Fault fault = Fault::internal;
  std::string message;
  /// What is supported, or how to mend it; may be empty.
  std::string note;
};

/// What one kernel took, in CPU seconds of one thread.
struct KernelTime {
  /// The node of the first stage that the kernel serves.
  std::string node;
  /// The stages that it serves: kernels with equal code are compiled once.
  unsigned stages = 0;
  double lowering = 0;
  double optimization = 0;
  double code = 0;

  double total() const { return lowering + optimization + code; }
};

/// What one stage of the pipeline took.
struct StageTime {
  std::string stage;
  double seconds = 0;
  /// Of all threads of the process.
  double cpuSeconds = 0;
};

struct CompileResult {
  /// Empty if the output was written.
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;
  /// Stages that ran, in order.
  std::vector<StageTime> times;
  /// Kernels that were compiled, in the order of their numbers.
  std::vector<KernelTime> kernels;
};

/// Compiles the ONNX file `model` to the file `output` ("-" for text on
/// standard output). The output appears whole or not at all. `progress`, if
/// set, is called with the name of each stage before it runs, from this
/// thread. Safe to call from several threads at once.
SINTER_COMPILER_API CompileResult
compileOnnx(const std::string &model, const std::string &output,
            const CompileOptions &options,
            const std::function<void(const std::string &stage)> &progress = {});

} // namespace sinter
