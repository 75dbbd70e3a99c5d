// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes on graph ops, declared in Passes.td.
#pragma once

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter::graph {

#define GEN_PASS_DECL
#include "passes/graph/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "passes/graph/Passes.h.inc"

} // namespace sinter::graph
