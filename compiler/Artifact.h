// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The shared object: code and plan linked by lld, weights appended.
#pragma once

#include "codegen/cpu/Targets.h"
#include "compiler/PlanBuilder.h"
#include "compiler/support/Error.h"
#include "llvm/IR/Module.h"

namespace sinter {

using Objects = std::vector<llvm::SmallVector<char, 0>>;

/// The symbols of an artifact.
struct Symbols {
  /// Of the function that gives the descriptor.
  std::string query;
  /// Of the kernels, in the order of their numbers.
  std::vector<std::string> kernels;
};

/// Adds the descriptor, the plan and the query function to a module; kernels
/// are declared.
void addDescriptor(llvm::Module &module, const Plan &plan,
                   const cpu::Target &target, const Symbols &symbols);

/// Links objects, in this order, into a shared object with the weights behind
/// it. The file appears whole at `path` or not at all. Undefined symbols are
/// errors unless `isOpen`. Errors: E0300-E0303.
Status writeArtifact(const Objects &objects, const Plan &plan,
                     const std::string &path, bool isOpen = false);

/// Links objects, in this order, into one object without weights. Errors: as
/// writeArtifact.
Status writeObject(const Objects &objects, const std::string &path);

/// Writes bytes to a file (whole or not at all), or to standard output for "-".
/// Error: E0300.
Status writeFile(llvm::ArrayRef<char> bytes, const std::string &path);

} // namespace sinter
