// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_MATMUL_TD
#define SINTER_GRAPH_MATMUL_TD

include "dialects/graph/Ops.td"

def MatMulOp : StagedOp<"matmul"> {
  let summary = "matrix product with broadcast batch dims";
  let description = [{
    The semantics of ONNX MatMul (numpy.matmul) for operands of rank 2 or more;
    the importer adds and drops the unit dims of vectors.
      C1: both operands have one element type
      C2: both have rank 2 or more
      C3: the last dim of lhs is the last but one of rhs; where that is not
          known, a guard at run time checks it
      C4: the batch dims broadcast
  }];
  let arguments = (ins AnyRankedTensor:$lhs, AnyRankedTensor:$rhs);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat =
      "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($output)";
}

#endif // SINTER_GRAPH_MATMUL_TD
