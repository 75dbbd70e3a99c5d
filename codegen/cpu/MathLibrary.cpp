// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/MathLibrary.h"

extern "C" const char sinter_math_bitcode[];
extern "C" const char sinter_math_bitcode_end[];

namespace sinter::cpu {

llvm::StringRef mathLibrary() {
  return {sinter_math_bitcode,
          static_cast<size_t>(sinter_math_bitcode_end - sinter_math_bitcode)};
}

} // namespace sinter::cpu
