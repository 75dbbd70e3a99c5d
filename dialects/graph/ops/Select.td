// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_SELECT_TD
#define SINTER_GRAPH_SELECT_TD

include "dialects/graph/Ops.td"

def SelectOp : StagedOp<"select"> {
  let summary = "elements of one value where a condition holds, else of another";
  let description = [{
    All three broadcast as ONNX defines it.
      C1: both values have one element type
      C2: the shapes broadcast
  }];
  let arguments = (ins RankedTensorOf<[I1]>:$condition, AnyRankedTensor:$yes,
                       AnyRankedTensor:$no);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $condition `,` $yes `,` $no attr-dict
    `:` type($condition) `,` type($yes) `,` type($no) `->` type($output)
  }];
}

#endif // SINTER_GRAPH_SELECT_TD
