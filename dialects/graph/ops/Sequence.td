// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_SEQUENCE_TD
#define SINTER_GRAPH_SEQUENCE_TD

include "dialects/graph/Ops.td"

def SequenceOp : Op<GraphDialect, "sequence", [Pure]> {
  let summary = "tensors in a row, while a model is imported";
  let description = [{
    A list of tensors or, if `stacked`, the slices of the first axis of one
    tensor. The importer resolves the ops on sequences; what is left of them has
    no use and goes.
      C1: a stacked sequence has one tensor
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$tensors, UnitAttr:$stacked);
  let results = (outs NoneType:$sequence);
  let assemblyFormat =
      "(`stacked` $stacked^)? `(` $tensors `)` attr-dict `:` type($tensors)";
  let hasVerifier = 1;
}

#endif // SINTER_GRAPH_SEQUENCE_TD
