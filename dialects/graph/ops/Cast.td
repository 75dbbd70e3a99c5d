// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_CAST_TD
#define SINTER_GRAPH_CAST_TD

include "dialects/graph/Ops.td"

def CastOp : StagedOp<"cast"> {
  let summary = "each element converted to another type";
  let description = [{
    Rounds to nearest even into a narrower float, truncates from float to
    integer, wraps between integers; bool is "not 0".
      C1: `to` is a float, an integer or bool
  }];
  let arguments = (ins AnyRankedTensor:$input, TypeAttr:$to);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat =
      "$input `to` $to attr-dict `:` type($input) `->` type($output)";
  let hasFolder = 1;
}

#endif // SINTER_GRAPH_CAST_TD
