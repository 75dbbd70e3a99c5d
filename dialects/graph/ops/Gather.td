// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_GATHER_TD
#define SINTER_GRAPH_GATHER_TD

include "dialects/graph/Ops.td"

def GatherOp : StagedOp<"gather"> {
  let summary = "slices of one axis, chosen by indices";
  let description = [{
    ONNX Gather: the axis is replaced by the dims of the indices; a negative
    index counts from the end.
      C1: axis is within the rank of the input
  }];
  let arguments = (ins AnyRankedTensor:$input,
                       RankedTensorOf<[I32, I64]>:$indices, I64Attr:$axis);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $input `,` $indices `axis` $axis attr-dict
    `:` type($input) `,` type($indices) `->` type($output)
  }];
}

#endif // SINTER_GRAPH_GATHER_TD
