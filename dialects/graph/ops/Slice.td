// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_SLICE_TD
#define SINTER_GRAPH_SLICE_TD

include "dialects/graph/Ops.td"

def SliceOp : StagedOp<"slice"> {
  let summary = "every step-th element of each axis from a start on";
  let description = [{
    Result element i of an axis is input element start + i * step. The importer
    clamps ONNX's starts and ends; starts and sizes are not negative.
      C1: starts, steps and sizes have one entry for each axis
      C2: no step is 0
      C3: no constant start or size is negative
      C4: all elements are inside; where start, size or dim is not constant, a
          guard at run time checks it
  }];
  let arguments = (ins AnyRankedTensor:$input,
                       TypedArrayAttrBase<DimAttr, "dim expressions">:$starts,
                       DenseI64ArrayAttr:$steps,
                       TypedArrayAttrBase<DimAttr, "dim expressions">:$sizes);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $input `starts` $starts `steps` $steps `sizes` $sizes attr-dict
    `:` type($input) `->` type($output)
  }];
  let hasFolder = 1;
  let extraClassDeclaration = [{
    /// The element at which the result lies in the input, in one piece; nothing
    /// if it is none.
    std::optional<DimAttr> getContiguousStart();
  }];
}

#endif // SINTER_GRAPH_SLICE_TD
