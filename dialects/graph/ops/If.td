// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_IF_TD
#define SINTER_GRAPH_IF_TD

include "dialects/graph/Ops.td"

def IfOp : Op<GraphDialect, "if", [SingleBlock, RecursiveMemoryEffects]> {
  let summary = "the results of one of two regions";
  let description = [{
    The regions see the values around them and end in `graph.yield`. A dim of a
    result is that of what both regions yield or, where those differ, a symbol
    that takes its value in the region that runs.
      C1: the condition is a tensor of one bool
      C2: each region yields a value of the element type and rank of each
          result
      C3: a dim of a result is the same in both regions, or is a symbol alone
  }];
  let arguments = (ins AnyRankedTensor:$condition);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let regions = (region SizedRegion<1>:$yes, SizedRegion<1>:$no);
  let assemblyFormat = [{
    $condition `:` type($condition) (`->` type($outputs)^)? $yes `else` $no
    attr-dict
  }];
  let hasVerifier = 1;
}

def YieldOp : Op<GraphDialect, "yield", [Pure, Terminator]> {
  let summary = "the values that a region gives";
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

#endif // SINTER_GRAPH_IF_TD
