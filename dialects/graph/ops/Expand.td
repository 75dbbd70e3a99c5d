// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_EXPAND_TD
#define SINTER_GRAPH_EXPAND_TD

include "dialects/graph/Ops.td"

def ExpandOp : StagedOp<"expand"> {
  let summary = "the value broadcast with a shape";
  let description = [{
    ONNX Expand: the dims of the result are those that the input's and `dims`
    broadcast to.
      C1: no constant dim is negative
      C2: the shapes broadcast
  }];
  let arguments = (ins AnyRankedTensor:$input,
                       TypedArrayAttrBase<DimAttr, "dim expressions">:$dims);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat =
      "$input `dims` $dims attr-dict `:` type($input) `->` type($output)";
  let hasFolder = 1;
}

#endif // SINTER_GRAPH_EXPAND_TD
