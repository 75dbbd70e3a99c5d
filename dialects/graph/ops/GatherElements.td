// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_GATHER_ELEMENTS_TD
#define SINTER_GRAPH_GATHER_ELEMENTS_TD

include "dialects/graph/Ops.td"

def GatherElementsOp : StagedOp<"gather_elements"> {
  let summary = "elements chosen along one axis, each by an index of its own";
  let description = [{
    The result has the dims of the indices: each element is that of the input at
    the same coordinates, but for the axis, where the index stands. A negative
    index counts from the end. The importer sees to it that the indices are
    within the input on the other axes.
      C1: axis is within the rank of the input
      C2: input and indices have one rank
      C3: where both dims of another axis are constant, that of the indices is
          no larger; coordinates are clamped to the input where it is not known
  }];
  let arguments = (ins AnyRankedTensor:$input,
                       RankedTensorOf<[I32, I64]>:$indices, I64Attr:$axis);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $input `,` $indices `axis` $axis attr-dict
    `:` type($input) `,` type($indices) `->` type($output)
  }];
}

#endif // SINTER_GRAPH_GATHER_ELEMENTS_TD
