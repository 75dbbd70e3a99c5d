// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The shared object: code and plan linked by lld, weights appended.
#pragma once

#include "codegen/cpu/Targets.h"
#include "compiler/DeviceCode.h"
#include "compiler/PlanBuilder.h"
#include "compiler/support/Error.h"
#include "sinter/Options.h"
#include "llvm/IR/Module.h"

namespace sinter {

using Objects = std::vector<llvm::SmallVector<char, 0>>;

/// The symbols of an artifact.
struct Symbols {
  /// Of the function that gives the descriptor.
  std::string query;
  /// Of the kernels, in the order of their numbers.
  std::vector<std::string> kernels;
  /// The name of the file with the weights; empty: that of the artifact.
  std::string weightsFile;
};

/// What the artifact is for, and the machine code of a GPU in it.
struct Machine {
  const cpu::Target &cpu;
  /// The name of the GPU's kind; empty without one.
  std::string device;
  const DeviceImages &images;
  Precision precision;
};

/// Adds the descriptor, the plan and the query function to a module; kernels
/// for the CPU are declared.
void addDescriptor(llvm::Module &module, const Plan &plan,
                   const Machine &machine, const Symbols &symbols);

/// Links objects, in this order, into a shared object at `path` with the
/// weights behind it, or in `options.externalWeights`. Files appear whole or
/// not at all, the weights first. Undefined symbols are errors unless a
/// sanitizer gives them. Errors: E0300-E0303.
Status writeArtifact(const Objects &objects, const Plan &plan,
                     const std::string &path, const CompileOptions &options);

/// Whether files of their own for the weights can be found by who loads the
/// model. Errors: E0305, E0306.
Status checkExternalWeights(const std::string &path,
                            const CompileOptions &options);

/// Links objects, in this order, into one object without weights. Errors: as
/// writeArtifact.
Status writeObject(const Objects &objects, const std::string &path);

/// Writes bytes to a file (whole or not at all), or to standard output for "-".
/// Error: E0300.
Status writeFile(llvm::ArrayRef<char> bytes, const std::string &path);

} // namespace sinter
