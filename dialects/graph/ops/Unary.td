// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_UNARY_TD
#define SINTER_GRAPH_UNARY_TD

include "dialects/graph/Ops.td"

/// A function of each element. A new one is a row below.
class UnaryOp<string name, Type element, string text>
    : Op<GraphDialect, name, [Pure, SameOperandsAndResultType]> {
  let summary = text;
  let arguments = (ins RankedTensorOf<[element]>:$input);
  let results = (outs RankedTensorOf<[element]>:$output);
  let assemblyFormat = "$input attr-dict `:` type($output)";
}

def AbsOp : UnaryOp<"abs", GraphNumber, "absolute value">;
def AcosOp : UnaryOp<"acos", AnyFloat, "inverse cosine">;
def AcoshOp : UnaryOp<"acosh", AnyFloat, "inverse hyperbolic cosine">;
def AsinOp : UnaryOp<"asin", AnyFloat, "inverse sine">;
def AsinhOp : UnaryOp<"asinh", AnyFloat, "inverse hyperbolic sine">;
def AtanOp : UnaryOp<"atan", AnyFloat, "inverse tangent">;
def AtanhOp : UnaryOp<"atanh", AnyFloat, "inverse hyperbolic tangent">;
def CeilOp : UnaryOp<"ceil", AnyFloat, "rounded towards plus infinity">;
def CosOp : UnaryOp<"cos", AnyFloat, "cosine">;
def CoshOp : UnaryOp<"cosh", AnyFloat, "hyperbolic cosine">;
def ErfOp : UnaryOp<"erf", AnyFloat, "error function">;
def ExpOp : UnaryOp<"exp", AnyFloat, "natural exponential">;
def FloorOp : UnaryOp<"floor", AnyFloat, "rounded towards minus infinity">;
def LogOp : UnaryOp<"log", AnyFloat, "natural logarithm">;
def NegOp : UnaryOp<"neg", GraphNumber, "negation">;
def NotOp : UnaryOp<"not", I1, "logical negation">;
def ReciprocalOp : UnaryOp<"reciprocal", AnyFloat, "one divided by the element">;
def ReluOp : UnaryOp<"relu", GraphNumber, "the larger of the element and 0">;
def RoundOp : UnaryOp<"round", AnyFloat, "rounded to nearest, ties to even">;
def SigmoidOp : UnaryOp<"sigmoid", AnyFloat, "1 / (1 + exp(-x))">;
def SignOp : UnaryOp<"sign", GraphNumber, "-1, 0 or 1 by the sign">;
def SinOp : UnaryOp<"sin", AnyFloat, "sine">;
def SinhOp : UnaryOp<"sinh", AnyFloat, "hyperbolic sine">;
def SqrtOp : UnaryOp<"sqrt", AnyFloat, "square root">;
def TanOp : UnaryOp<"tan", AnyFloat, "tangent">;
def TanhOp : UnaryOp<"tanh", AnyFloat, "hyperbolic tangent">;

#endif // SINTER_GRAPH_UNARY_TD
