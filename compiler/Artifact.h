// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The shared object: code and plan linked by lld, weights appended.
#pragma once

#include "codegen/cpu/Targets.h"
#include "compiler/PlanBuilder.h"
#include "compiler/support/Error.h"
#include "llvm/IR/Module.h"

namespace sinter {

/// Adds the descriptor, the plan and sinter_model_query to a module of kernels;
/// everything else becomes internal.
void addDescriptor(llvm::Module &module, const Plan &plan,
                   const cpu::Target &target);

/// Links `object` into a shared object with the weights behind it. The file
/// appears whole at `path` or not at all. Errors: E0300-E0303.
Status writeArtifact(llvm::ArrayRef<char> object, const Plan &plan,
                     const std::string &path);

/// Writes bytes to a file (whole or not at all), or to standard output for "-".
/// Error: E0300.
Status writeFile(llvm::ArrayRef<char> bytes, const std::string &path);

} // namespace sinter
