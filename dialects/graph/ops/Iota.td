// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_IOTA_TD
#define SINTER_GRAPH_IOTA_TD

include "dialects/graph/Ops.td"

def IotaOp : StagedOp<"iota"> {
  let summary = "0, 1, 2, ... as a vector";
  let description = [{
    Range, Trilu, OneHot and more are made of it.
      C1: `size` is no negative constant
  }];
  let arguments = (ins DimAttr:$size);
  let results = (outs RankedTensorOf<[I64]>:$output);
  let assemblyFormat = "$size attr-dict `:` type($output)";
}

#endif // SINTER_GRAPH_IOTA_TD
