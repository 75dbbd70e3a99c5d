// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_REDUCTION_TD
#define SINTER_GRAPH_REDUCTION_TD

include "dialects/graph/Ops.td"

/// A fold over some axes. A new one is a row below: `init` is its value for no
/// elements (as scalar code), `body` combines `accumulator` and `x`.
///   C1: axes are distinct, ascending and within the rank
class ReductionOp<string name, string text, string init, string body>
    : StagedOp<name> {
  let summary = text;
  let arguments = (ins RankedTensorOf<[GraphNumber]>:$input,
                       DenseI64ArrayAttr:$axes, UnitAttr:$keep_dims);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $input `axes` $axes (`keep_dims` $keep_dims^)? attr-dict
    `:` type($input) `->` type($output)
  }];
  let extraClassDefinition = [{
    ::mlir::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *context, std::optional<::mlir::Location> loc,
        Adaptor adaptor, ::llvm::SmallVectorImpl<::mlir::Type> &results) {
      return inferReduction(loc, adaptor.getInput(), adaptor.getAxes(),
                            adaptor.getKeepDims(), results);
    }
    ::llvm::SmallVector<::mlir::Value>
    $cppClass::buildStages(::mlir::OpBuilder &builder) {
      return buildReductionStage(*this, getAxes(), builder, }] # init # [{,
          [](auto &s, auto accumulator, auto x, auto sign)
          -> ::mlir::Value { return }] # body # [{; });
    }
  }];
}

def ReduceMaxOp : ReductionOp<"reduce_max", "largest element",
    "ReductionStart::lowest", "s.maximum(accumulator, x, sign)">;
def ReduceMinOp : ReductionOp<"reduce_min", "smallest element",
    "ReductionStart::highest", "s.minimum(accumulator, x, sign)">;
def ReduceProdOp : ReductionOp<"reduce_prod", "product of the elements",
    "ReductionStart::one", "s.multiply(accumulator, x)">;
def ReduceSumOp : ReductionOp<"reduce_sum", "sum of the elements",
    "ReductionStart::zero", "s.add(accumulator, x)">;

#endif // SINTER_GRAPH_REDUCTION_TD
