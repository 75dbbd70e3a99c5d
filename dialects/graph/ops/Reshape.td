// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_RESHAPE_TD
#define SINTER_GRAPH_RESHAPE_TD

include "dialects/graph/Ops.td"

def ReshapeOp : GraphOp<"reshape"> {
  let summary = "the same elements in row-major order under other dims";
  let description = [{
    The importer resolves the 0 and -1 of ONNX to expressions.
      C1: no constant dim is negative
      C2: if both products are constant, they are equal; where that is not
          known, a guard at run time checks it
  }];
  let arguments = (ins AnyRankedTensor:$input, TypedArrayAttrBase<DimAttr,
                       "dim expressions">:$dims);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat =
      "$input `dims` $dims attr-dict `:` type($input) `->` type($output)";
  let hasCanonicalizeMethod = 1;
  let hasFolder = 1;
}

#endif // SINTER_GRAPH_RESHAPE_TD
