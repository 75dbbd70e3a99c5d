// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_BINARY_TD
#define SINTER_GRAPH_BINARY_TD

include "dialects/graph/Ops.td"

/// A function of two elements under ONNX's multidirectional broadcast. A new
/// one is a row below: `body` is the scalar code, in which `s` makes ops
/// (kernel::Scalars), `x` and `y` are the elements, `sign` says how to read
/// integers. C1 and C2 are checked for all rows in Binary.cpp.
///   C1: both operands have one element type
///   C2: the shapes broadcast
class BinaryOp<string name, Type element, string text, string body, string result,
               list<Trait> traits = []> : StagedOp<name, traits> {
  let summary = text;
  let arguments = (ins RankedTensorOf<[element]>:$lhs,
                       RankedTensorOf<[element]>:$rhs);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat =
      "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($output)";
  let extraClassDefinition = [{
    ::mlir::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *context, std::optional<::mlir::Location> loc,
        Adaptor adaptor, ::llvm::SmallVectorImpl<::mlir::Type> &results) {
      return inferBinary(loc, adaptor.getLhs(), adaptor.getRhs(), }] # result
      # [{, results);
    }
    ::llvm::SmallVector<::mlir::Value>
    $cppClass::buildStages(::mlir::OpBuilder &builder) {
      return buildBinaryStage(*this, builder, [](auto &s, auto x, auto y,
          auto sign) -> ::mlir::Value { return }] # body # [{; });
    }
  }];
}

defvar sameAsOperands = "::mlir::Type()";
defvar bool = "::mlir::IntegerType::get(context, 1)";

/// The result has the element type of the operands.
class ArithmeticOp<string name, string text, string body, list<Trait> traits = []>
    : BinaryOp<name, GraphNumber, text, body, sameAsOperands, traits>;
/// The result is bool.
class ComparisonOp<string name, string text, string body, list<Trait> traits = []>
    : BinaryOp<name, AnyType, text, body, bool, traits>;
/// Operands and result are bool.
class LogicalOp<string name, string text, string body>
    : BinaryOp<name, I1, text, body, bool, [Commutative]>;
/// Operands and result are integers of one type.
class BitsOp<string name, string text, string body, list<Trait> traits = []>
    : BinaryOp<name, GraphInteger, text, body, sameAsOperands, traits>;

def AddOp : ArithmeticOp<"add", "sum", "s.add(x, y)", [Commutative]>;
def SubOp : ArithmeticOp<"sub", "difference", "s.subtract(x, y)">;
def MulOp : ArithmeticOp<"mul", "product", "s.multiply(x, y)", [Commutative]>;
def DivOp : ArithmeticOp<"div", "quotient; truncated for integers",
    "s.divide(x, y, sign)">;
def MinOp : ArithmeticOp<"min", "the smaller element; NaN if either is",
    "s.minimum(x, y, sign)", [Commutative]>;
def MaxOp : ArithmeticOp<"max", "the larger element; NaN if either is",
    "s.maximum(x, y, sign)", [Commutative]>;

def ModOp : ArithmeticOp<"mod", "remainder with the sign of rhs",
    "s.modulo(x, y, sign)">;
def PowOp : BinaryOp<"pow", AnyFloat, "lhs to the power rhs",
    "s.math(kernel::MathFunction::pow, {x, y})", sameAsOperands>;
def RemainderOp : ArithmeticOp<"remainder", "remainder with the sign of lhs",
    "s.remainder(x, y, sign)">;

def AndOp : LogicalOp<"and", "both", "s.conjunction(x, y)">;
def OrOp : LogicalOp<"or", "either", "s.disjunction(x, y)">;
def XorOp : LogicalOp<"xor", "exactly one", "s.negation(s.equal(x, y))">;

def BitAndOp : BitsOp<"bit_and", "bits of both", "s.conjunction(x, y)",
    [Commutative]>;
def BitOrOp : BitsOp<"bit_or", "bits of either", "s.disjunction(x, y)",
    [Commutative]>;
def BitXorOp : BitsOp<"bit_xor", "bits of exactly one", "s.exclusiveOr(x, y)",
    [Commutative]>;
def ShiftLeftOp : BitsOp<"shift_left", "bits of lhs, moved up by rhs; 0 where rhs is negative or no less than the width",
    "s.shiftLeft(x, y)">;
def ShiftRightOp : BitsOp<"shift_right", "bits of lhs, moved down by rhs; the sign, or 0 if unsigned, where rhs is negative or no less than the width",
    "s.shiftRight(x, y, sign)">;

def EqualOp : ComparisonOp<"equal", "lhs equals rhs", "s.equal(x, y)", [Commutative]>;
def GreaterOp : ComparisonOp<"greater", "lhs is greater than rhs",
    "s.less(y, x, sign)">;
def GreaterOrEqualOp : ComparisonOp<"greater_or_equal", "lhs is rhs or greater",
    "s.lessOrEqual(y, x, sign)">;
def LessOp : ComparisonOp<"less", "lhs is less than rhs", "s.less(x, y, sign)">;
def LessOrEqualOp : ComparisonOp<"less_or_equal", "lhs is rhs or less",
    "s.lessOrEqual(x, y, sign)">;

#endif // SINTER_GRAPH_BINARY_TD
