// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_REDUCTION_TD
#define SINTER_GRAPH_REDUCTION_TD

include "dialects/graph/Ops.td"

/// A fold over some axes. A new one is a row below.
///   C1: axes are distinct, ascending and within the rank
class ReductionOp<string name, string text> : GraphOp<name> {
  let summary = text;
  let arguments = (ins AnyRankedTensor:$input, DenseI64ArrayAttr:$axes,
                       UnitAttr:$keep_dims);
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
  }];
}

def ReduceMaxOp : ReductionOp<"reduce_max", "largest element">;
def ReduceMeanOp : ReductionOp<"reduce_mean", "arithmetic mean">;
def ReduceMinOp : ReductionOp<"reduce_min", "smallest element">;
def ReduceProdOp : ReductionOp<"reduce_prod", "product of the elements">;
def ReduceSumOp : ReductionOp<"reduce_sum", "sum of the elements">;

#endif // SINTER_GRAPH_REDUCTION_TD
