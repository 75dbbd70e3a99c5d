// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes on stages, declared in Passes.td.
#pragma once

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter::kernel {

#define GEN_PASS_DECL
#include "passes/kernel/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "passes/kernel/Passes.h.inc"

} // namespace sinter::kernel
