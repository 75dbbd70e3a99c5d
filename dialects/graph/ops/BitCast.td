// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_BIT_CAST_TD
#define SINTER_GRAPH_BIT_CAST_TD

include "dialects/graph/Ops.td"

def BitCastOp : StagedOp<"bit_cast"> {
  let summary = "the bits of each element read as another type";
  let description = [{
    bool is a byte of 0 or 1.
      C1: `to` is a float or an integer, not bool, of the element's size
  }];
  let arguments = (ins AnyRankedTensor:$input, TypeAttr:$to);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat =
      "$input `to` $to attr-dict `:` type($input) `->` type($output)";
}

#endif // SINTER_GRAPH_BIT_CAST_TD
