// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_KERNEL_MATH_FUNCTION_TD
#define SINTER_KERNEL_MATH_FUNCTION_TD

include "mlir/IR/EnumAttr.td"

// Functions of the runtime's math header (runtime/src/ops/Math.h), which is
// their definition.
def MathFunction : I32Enum<"MathFunction", "a scalar function", [
    I32EnumCase<"acos", 0>, I32EnumCase<"acosh", 1>, I32EnumCase<"asin", 2>,
    I32EnumCase<"asinh", 3>, I32EnumCase<"atan", 4>, I32EnumCase<"atanh", 5>,
    I32EnumCase<"ceil", 6>, I32EnumCase<"cos", 7>, I32EnumCase<"cosh", 8>,
    I32EnumCase<"erf", 9>, I32EnumCase<"exp", 10>, I32EnumCase<"floor", 11>,
    I32EnumCase<"log", 12>, I32EnumCase<"pow", 13>, I32EnumCase<"round", 14>,
    I32EnumCase<"sin", 15>, I32EnumCase<"sinh", 16>, I32EnumCase<"sqrt", 17>,
    I32EnumCase<"tan", 18>, I32EnumCase<"tanh", 19>, I32EnumCase<"fmod", 20>,
    I32EnumCase<"log1p", 21>]> {
  let cppNamespace = "::sinter::kernel";
}

#endif // SINTER_KERNEL_MATH_FUNCTION_TD
