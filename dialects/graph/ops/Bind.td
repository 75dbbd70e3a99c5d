// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_BIND_TD
#define SINTER_GRAPH_BIND_TD

include "dialects/graph/Ops.td"

def BindOp : Op<GraphDialect, "bind", [MemoryEffects<[MemWrite]>]> {
  let summary = "gives a symbol its value from an element of the model";
  let description = [{
    Ops that follow may use the symbol in their dims. The value must not be
    negative; that is checked at run time.
      C1: the value is a tensor of one i64
  }];
  let arguments = (ins AnyRankedTensor:$value, StrAttr:$symbol);
  let assemblyFormat = "$symbol `=` $value `:` type($value) attr-dict";
  let hasVerifier = 1;
}

def CheckOp : Op<GraphDialect, "check", [MemoryEffects<[MemWrite]>]> {
  let summary = "ends the run with a message unless a condition holds";
  let description = [{
      C2: the condition is a tensor of one bool
  }];
  let arguments = (ins AnyRankedTensor:$condition, StrAttr:$message);
  let assemblyFormat = "$condition `:` type($condition) `,` $message attr-dict";
  let hasVerifier = 1;
}

#endif // SINTER_GRAPH_BIND_TD
