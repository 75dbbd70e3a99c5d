// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the kernels of a GPU to machine code.
#pragma once

#include "codegen/cuda/Targets.h"
#include "compiler/KernelSet.h"
#include "compiler/support/Error.h"
#include "sinter/Compiler.h"

namespace sinter {

/// A cubin for each kernel.
using DeviceImages = std::vector<llvm::SmallVector<char, 0>>;

/// Compiles kernels in `jobs` threads, and adds what each took to `times`.
/// Errors: E0310, E0311.
Result<DeviceImages> compileDevice(const std::vector<KernelSource> &sources,
                                   const cuda::Target &target, unsigned jobs,
                                   std::vector<KernelTime> &times);

} // namespace sinter
