// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_DIMS_TD
#define SINTER_GRAPH_DIMS_TD

include "dialects/graph/Ops.td"

def DimsOp : StagedOp<"dims"> {
  let summary = "an integer tensor whose elements are dim expressions";
  let description = [{
    What ONNX Shape gives, and what the importer knows of computations on it.
      C1: `shape` has no negative entry and as many elements as `values`
      C2: `to` is an integer or bool
  }];
  let arguments = (ins TypedArrayAttrBase<DimAttr, "dim expressions">:$values,
                       DenseI64ArrayAttr:$shape, TypeAttr:$to);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat =
      "$values `shape` $shape `to` $to attr-dict `:` type($output)";
}

#endif // SINTER_GRAPH_DIMS_TD
