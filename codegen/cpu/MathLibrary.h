// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "llvm/ADT/StringRef.h"

namespace sinter::cpu {

/// Bitcode with a function sinter_math_<function>_<f32|f64> for each row of
/// kernel::MathFunction, compiled from runtime/src/ops/Math.h.
llvm::StringRef mathLibrary();

} // namespace sinter::cpu
