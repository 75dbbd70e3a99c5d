// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_BINARY_TD
#define SINTER_GRAPH_BINARY_TD

include "dialects/graph/Ops.td"

/// A function of two elements under ONNX's multidirectional broadcast. A new
/// one is a row below; C1 and C2 are checked for all rows in Binary.cpp.
///   C1: both operands have one element type
///   C2: the shapes broadcast
class BinaryOp<string name, Type element, string text, string result,
               list<Trait> traits = []> : GraphOp<name, traits> {
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
  }];
}

defvar sameAsOperands = "::mlir::Type()";
defvar bool = "::mlir::IntegerType::get(context, 1)";

/// The result has the element type of the operands.
class ArithmeticOp<string name, string text, list<Trait> traits = []>
    : BinaryOp<name, GraphNumber, text, sameAsOperands, traits>;
/// The result is bool.
class ComparisonOp<string name, string text, list<Trait> traits = []>
    : BinaryOp<name, AnyType, text, bool, traits>;
/// Operands and result are bool.
class LogicalOp<string name, string text>
    : BinaryOp<name, I1, text, bool, [Commutative]>;

def AddOp : ArithmeticOp<"add", "sum", [Commutative]>;
def SubOp : ArithmeticOp<"sub", "difference">;
def MulOp : ArithmeticOp<"mul", "product", [Commutative]>;
def DivOp : ArithmeticOp<"div", "quotient; truncated for integers">;
def MinOp : ArithmeticOp<"min", "the smaller element; NaN if either is", [Commutative]>;
def MaxOp : ArithmeticOp<"max", "the larger element; NaN if either is", [Commutative]>;
def PowOp : ArithmeticOp<"pow", "lhs to the power of rhs">;

def AndOp : LogicalOp<"and", "both">;
def OrOp : LogicalOp<"or", "either">;
def XorOp : LogicalOp<"xor", "exactly one">;

def EqualOp : ComparisonOp<"equal", "lhs equals rhs", [Commutative]>;
def GreaterOp : ComparisonOp<"greater", "lhs is greater than rhs">;
def GreaterOrEqualOp : ComparisonOp<"greater_or_equal", "lhs is rhs or greater">;
def LessOp : ComparisonOp<"less", "lhs is less than rhs">;
def LessOrEqualOp : ComparisonOp<"less_or_equal", "lhs is rhs or less">;

#endif // SINTER_GRAPH_BINARY_TD
