// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_TREEENSEMBLE_TD
#define SINTER_GRAPH_TREEENSEMBLE_TD

include "dialects/graph/Ops.td"

def TreeEnsembleOp : RoutineOp<"tree_ensemble"> {
  let summary = "sums of what decision trees give for each row";
  let description = [{
    Each tree is walked from its root: at an inner node to one of two later
    nodes of the table. `nodes` has a row of six numbers for each: mode (0
    leaf, 1 <=, 2 <, 3 >=, 4 >, 5 ==, 6 !=; plus 8 where a NaN counts as true),
    feature, next node if true, next node if false; or for a leaf, its first
    weight and their number. A weight is added to its target. `aggregate` is 0
    for the sum, 1 for the average over the trees, 2 for the smallest, 3 for
    the largest. A node that leads backwards or out of the table, or a feature
    or weight that is not there, ends the run.
      C1: the input is rows x features of f32
      C2: nodes are n x 6, roots and targets of weights vectors of i64;
          thresholds and weights vectors of f32
  }];
  let arguments = (ins AnyRankedTensor:$input, AnyRankedTensor:$nodes,
                       AnyRankedTensor:$thresholds, AnyRankedTensor:$roots,
                       AnyRankedTensor:$targets, AnyRankedTensor:$weights,
                       I64Attr:$target_count, I64Attr:$aggregate);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $input `nodes` $nodes `,` $thresholds `roots` $roots `weights` $targets `,`
    $weights `targets` $target_count `aggregate` $aggregate attr-dict
    `:` type(operands) `->` type($output)
  }];
}

#endif // SINTER_GRAPH_TREEENSEMBLE_TD
