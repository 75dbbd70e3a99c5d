// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_TRANSPOSE_TD
#define SINTER_GRAPH_TRANSPOSE_TD

include "dialects/graph/Ops.td"

def TransposeOp : StagedOp<"transpose"> {
  let summary = "permuted axes";
  let description = [{
    Result axis i is input axis permutation[i].
      C1: permutation is a permutation of 0 .. rank-1
  }];
  let arguments = (ins AnyRankedTensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $input `permutation` $permutation attr-dict
    `:` type($input) `->` type($output)
  }];
  let hasCanonicalizeMethod = 1;
  let hasFolder = 1;
}

#endif // SINTER_GRAPH_TRANSPOSE_TD
