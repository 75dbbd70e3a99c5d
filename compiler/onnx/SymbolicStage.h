// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluates a stage over dim expressions instead of numbers.
#pragma once

#include "compiler/onnx/ShapeContents.h"
#include "dialects/kernel/Kernel.h"

namespace sinter::onnx {

/// The `count` elements of the stage's result, null where one is not known:
/// it depends on what is not known, on a comparison that symbols leave open, or
/// on an op that no dim expression expresses. Nothing if the stage has symbolic
/// extents or too many points. `elementsOf` gives those of inputs and tables.
std::optional<ShapeContents::Elements>
evaluateStage(kernel::StageOp stage, int64_t count,
              llvm::function_ref<const ShapeContents::Elements *(mlir::Value)>
                  elementsOf);

} // namespace sinter::onnx
