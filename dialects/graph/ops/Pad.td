// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_PAD_TD
#define SINTER_GRAPH_PAD_TD

include "dialects/graph/Ops.td"

def PadOp : StagedOp<"pad"> {
  let summary = "the input with one value around it";
  let description = [{
    `low` and `high` are the elements added before and after each axis; negative
    ones take elements away. The importer makes the other modes of ONNX Pad of
    slices and concats.
      C1: low and high have one entry for each axis
      C2: the fill is a scalar of the input's element type
      C3: no constant dim of the result is negative
  }];
  let arguments = (ins AnyRankedTensor:$input, AnyRankedTensor:$fill,
                       TypedArrayAttrBase<DimAttr, "dim expressions">:$low,
                       TypedArrayAttrBase<DimAttr, "dim expressions">:$high);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $input `,` $fill `low` $low `high` $high attr-dict
    `:` type($input) `,` type($fill) `->` type($output)
  }];
  let hasFolder = 1;
}

#endif // SINTER_GRAPH_PAD_TD
