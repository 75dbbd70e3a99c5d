// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_NONZERO_TD
#define SINTER_GRAPH_NONZERO_TD

include "dialects/graph/Ops.td"

def NonZeroOp : RoutineOp<"non_zero"> {
  let summary = "the coordinates of the elements that are not 0";
  let description = [{
    One row for each of them, in row-major order, and their number. Rows after
    these are undefined: there are as many as elements. NaN is not 0.
  }];
  let arguments = (ins AnyRankedTensor:$input);
  let results = (outs AnyRankedTensor:$coordinates, AnyRankedTensor:$count);
  let assemblyFormat = [{
    $input attr-dict `:` type($input) `->` type($coordinates) `,` type($count)
  }];
}

#endif // SINTER_GRAPH_NONZERO_TD
