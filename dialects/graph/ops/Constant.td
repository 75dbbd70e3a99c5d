// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_CONSTANT_TD
#define SINTER_GRAPH_CONSTANT_TD

include "dialects/graph/Ops.td"

def ConstantOp : Op<GraphDialect, "constant", [Pure, ConstantLike]> {
  let summary = "a tensor whose bytes lie in the blob store beside the IR";
  let description = [{
    The bytes never enter the IR: `value` is their key in the store.
      C1: the type is static
  }];
  let arguments = (ins BlobAttr:$value);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = "$value attr-dict `:` type($output)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

#endif // SINTER_GRAPH_CONSTANT_TD
