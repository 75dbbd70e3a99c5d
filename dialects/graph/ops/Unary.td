// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_UNARY_TD
#define SINTER_GRAPH_UNARY_TD

include "dialects/graph/Ops.td"

/// A function of each element. A new one is a row below: `body` is the scalar
/// code, in which `s` makes ops (kernel::Scalars), `x` is the element, `sign`
/// says how to read an integer.
class UnaryOp<string name, Type element, string text, string body>
    : Op<GraphDialect, name, [Pure, SameOperandsAndResultType,
                              DeclareOpInterfaceMethods<StageInterface>]> {
  let summary = text;
  let arguments = (ins RankedTensorOf<[element]>:$input);
  let results = (outs RankedTensorOf<[element]>:$output);
  let assemblyFormat = "$input attr-dict `:` type($output)";
  let extraClassDefinition = [{
    ::llvm::SmallVector<::mlir::Value>
    $cppClass::buildStages(::mlir::OpBuilder &builder) {
      return buildUnaryStage(*this, builder, [](auto &s, auto x, auto sign)
          -> ::mlir::Value { return }] # body # [{; });
    }
  }];
}

class MathRow<string name, string text>
    : UnaryOp<name, AnyFloat, text, "s.math(kernel::MathFunction::" # name # ", x)">;

def AbsOp : UnaryOp<"abs", GraphNumber, "absolute value",
    "s.absolute(x, sign)">;
def AcosOp : MathRow<"acos", "inverse cosine">;
def AcoshOp : MathRow<"acosh", "inverse hyperbolic cosine">;
def AsinOp : MathRow<"asin", "inverse sine">;
def AsinhOp : MathRow<"asinh", "inverse hyperbolic sine">;
def AtanOp : MathRow<"atan", "inverse tangent">;
def AtanhOp : MathRow<"atanh", "inverse hyperbolic tangent">;
def BitNotOp : UnaryOp<"bit_not", GraphInteger, "each bit inverted",
    "s.exclusiveOr(x, s.constant(x.getType(), -1))">;
def CeilOp : MathRow<"ceil", "rounded towards plus infinity">;
def CosOp : MathRow<"cos", "cosine">;
def CoshOp : MathRow<"cosh", "hyperbolic cosine">;
def ErfOp : MathRow<"erf", "error function">;
def ExpOp : MathRow<"exp", "natural exponential">;
def FloorOp : MathRow<"floor", "rounded towards minus infinity">;
def LogOp : MathRow<"log", "natural logarithm">;
def NegOp : UnaryOp<"neg", GraphNumber, "negation",
    "s.negate(x)">;
def NotOp : UnaryOp<"not", I1, "logical negation",
    "s.equal(x, s.constant(x.getType(), 0))">;
def ReciprocalOp : UnaryOp<"reciprocal", AnyFloat, "one divided by the element",
    "s.divide(s.constant(x.getType(), 1), x, sign)">;
def ReluOp : UnaryOp<"relu", GraphNumber, "the larger of the element and 0",
    "s.maximum(x, s.constant(x.getType(), 0), sign)">;
def RoundOp : MathRow<"round", "rounded to nearest, ties to even">;
def SigmoidOp : UnaryOp<"sigmoid", AnyFloat, "1 / (1 + exp(-x))",
    "s.sigmoid(x)">;
def SignOp : UnaryOp<"sign", GraphNumber, "-1, 0 or 1 by the sign",
    "s.signum(x, sign)">;
def SinOp : MathRow<"sin", "sine">;
def SinhOp : MathRow<"sinh", "hyperbolic sine">;
def SqrtOp : MathRow<"sqrt", "square root">;
def TanOp : MathRow<"tan", "tangent">;
def TanhOp : MathRow<"tanh", "hyperbolic tangent">;

#endif // SINTER_GRAPH_UNARY_TD
