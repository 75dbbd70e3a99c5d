// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_UNIQUE_TD
#define SINTER_GRAPH_UNIQUE_TD

include "dialects/graph/Ops.td"

def UniqueOp : RoutineOp<"unique"> {
  let summary = "which rows of a matrix are there, and how often";
  let description = [{
    Of each distinct row: the index of its first occurrence and the number of
    all, sorted by the rows' elements or by first occurrence. Of each row: the
    position of its like among those. And the number of distinct rows. Entries
    of the first two results after that many are undefined. Each NaN is equal
    to all others and comes last.
      C1: the input has rank 2
  }];
  let arguments = (ins AnyRankedTensor:$input, UnitAttr:$sorted);
  let results = (outs AnyRankedTensor:$firsts, AnyRankedTensor:$counts,
                      AnyRankedTensor:$inverse, AnyRankedTensor:$count);
  let assemblyFormat = [{
    $input (`sorted` $sorted^)? attr-dict `:` type($input) `->` type(results)
  }];
}

#endif // SINTER_GRAPH_UNIQUE_TD
