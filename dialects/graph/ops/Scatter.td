// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_SCATTER_TD
#define SINTER_GRAPH_SCATTER_TD

include "dialects/graph/Ops.td"

def ScatterOp : RoutineOp<"scatter"> {
  let summary = "rows of a matrix, some of them replaced by others or combined with them";
  let description = [{
    Each row of `updates` changes the row of `data` at its position, in the
    order of the updates. `combine` is 0 to replace it, 1 to add, 2 to multiply,
    3 for the larger elements, 4 for the smaller ones; a NaN on either side
    stays. A position outside of the data ends the run.
      C1: data and updates have rank 2 and one element type; positions are a
          vector of i64
      C2: there are as many positions as updates, whose rows are as long as
          those of the data
      C3: combine is 0 to 4, and 0 unless the elements are f32, f64, i32 or i64
  }];
  let arguments = (ins AnyRankedTensor:$data, AnyRankedTensor:$positions,
                       AnyRankedTensor:$updates, I64Attr:$combine);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $data `at` $positions `,` $updates `combine` $combine attr-dict
    `:` type(operands) `->` type($output)
  }];
}

#endif // SINTER_GRAPH_SCATTER_TD
