// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_NONMAXSUPPRESSION_TD
#define SINTER_GRAPH_NONMAXSUPPRESSION_TD

include "dialects/graph/Ops.td"

def NonMaxSuppressionOp : RoutineOp<"non_max_suppression"> {
  let summary = "boxes of high scores that overlap no better one";
  let description = [{
    For each batch and class: goes through the boxes with a score above the
    threshold, best first (equal ones in order), and keeps those whose
    intersection over union with each box kept before is at most the other
    threshold, until there are `most` of them. Gives a row (batch, class, box)
    for each, and their number. Rows after these are undefined.
      C1: boxes are batches x boxes x 4, scores batches x classes x boxes, both
          of f32
      C2: both thresholds are scalars of f32
      C3: `most` is not negative
  }];
  let arguments = (ins AnyRankedTensor:$boxes, AnyRankedTensor:$scores,
                       AnyRankedTensor:$iou_threshold,
                       AnyRankedTensor:$score_threshold, DimAttr:$most,
                       UnitAttr:$centers);
  let results = (outs AnyRankedTensor:$selected, AnyRankedTensor:$count);
  let assemblyFormat = [{
    $boxes `,` $scores `above` $score_threshold `within` $iou_threshold
    `most` $most (`centers` $centers^)? attr-dict
    `:` type(operands) `->` type(results)
  }];
}

#endif // SINTER_GRAPH_NONMAXSUPPRESSION_TD
