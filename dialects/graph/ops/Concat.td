// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_CONCAT_TD
#define SINTER_GRAPH_CONCAT_TD

include "dialects/graph/Ops.td"

def ConcatOp : StagedOp<"concat"> {
  let summary = "tensors joined along one axis";
  let description = [{
      C1: there is at least one input
      C2: all inputs have one element type and one rank
      C3: axis is within the rank
      C4: the other dims are equal; where that is not known, a guard at run
          time checks it and the first input gives the dim, or a constant
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs, I64Attr:$axis);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat =
      "$inputs `axis` $axis attr-dict `:` type($inputs) `->` type($output)";
  let hasFolder = 1;
}

#endif // SINTER_GRAPH_CONCAT_TD
