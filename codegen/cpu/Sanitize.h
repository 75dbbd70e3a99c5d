// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sanitizers for generated code, which a sanitizer build of the tools and the
// runtime does not see.
#pragma once

#include "llvm/IR/Module.h"

namespace sinter::cpu {

enum class Sanitizer : uint8_t { address, thread };

/// Instruments all functions. The code then calls the sanitizer's runtime,
/// which the process that loads it must have.
void instrument(llvm::Module &module, Sanitizer sanitizer);

} // namespace sinter::cpu
