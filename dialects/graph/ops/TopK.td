// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_TOPK_TD
#define SINTER_GRAPH_TOPK_TD

include "dialects/graph/Ops.td"

def TopKOp : RoutineOp<"top_k"> {
  let summary = "the k largest or smallest elements of each row of an axis";
  let description = [{
    Gives them in order, with their indices as i64; equal elements in the order
    of their indices. NaN is larger than all numbers. A k that is larger than
    the dim ends the run.
      C1: the axis is within the rank
      C2: k is not negative and, where both are constant, at most the dim
  }];
  let arguments = (ins AnyRankedTensor:$input, I64Attr:$axis, DimAttr:$k,
                       UnitAttr:$largest);
  let results = (outs AnyRankedTensor:$values, AnyRankedTensor:$indices);
  let assemblyFormat = [{
    $input `axis` $axis `k` $k (`largest` $largest^)? attr-dict
    `:` type($input) `->` type($values) `,` type($indices)
  }];
}

#endif // SINTER_GRAPH_TOPK_TD
