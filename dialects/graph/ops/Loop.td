// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_LOOP_TD
#define SINTER_GRAPH_LOOP_TD

include "dialects/graph/Ops.td"

def LoopOp : Op<GraphDialect, "loop",
                [SingleBlock, AttrSizedOperandSegments, RecursiveMemoryEffects]> {
  let summary = "a region that runs again and again, with carried values";
  let description = [{
    Runs while the symbol `counter`, which counts from 0, is less than `trips`
    (if there) and the condition holds (if there). The region's arguments are
    the carried values: first the inits, then what the run before has yielded.
    It yields the next condition (if there is one), the next carried values and
    slices. Results are the carried values at the end, then for each slice
    those of all runs, stacked along a new first axis. Afterwards `counter` is
    the number of runs.

    A dim that changes between runs is a symbol in the argument and the result:
    it has its value of each run inside, and that of the end afterwards. A dim
    of a slice that is not known outside is a symbol in the result; it is the
    same in all runs, and 0 if there is none.
      C1: conditions are tensors of one bool
      C2: init, argument, yielded value and result of a carried value have one
          element type and rank; argument and result have one type
      C3: a dim of an argument is also that of init and yielded value, or is a
          symbol alone
      C4: a stacked result has the element type of its slice, the number of
          runs (`trips`, or `counter` where there is a condition) as first dim,
          and then dims of the slice or symbols alone
  }];
  let arguments = (ins StrAttr:$counter, OptionalAttr<DimAttr>:$trips,
                       Optional<AnyRankedTensor>:$condition,
                       Variadic<AnyRankedTensor>:$inits);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $counter (`to` $trips^)? (`while` $condition^ `:` type($condition))?
    (`carries` $inits^ `:` type($inits))? (`->` type($outputs)^)? $body
    attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    unsigned getNumCarried() { return getInits().size(); }
    ::mlir::ValueRange yielded() {
      return getBody().front().getTerminator()->getOperands();
    }
    /// The next condition; null without.
    ::mlir::Value getNextCondition() {
      return getCondition() ? yielded().front() : ::mlir::Value();
    }
    ::mlir::ValueRange getNexts() {
      return yielded().drop_front(getCondition() ? 1 : 0)
          .take_front(getNumCarried());
    }
    ::mlir::ValueRange getSlices() {
      return yielded().drop_front((getCondition() ? 1 : 0) + getNumCarried());
    }
    ::mlir::ValueRange getCarried() {
      return getOutputs().take_front(getNumCarried());
    }
    ::mlir::ValueRange getStacked() {
      return getOutputs().drop_front(getNumCarried());
    }
    /// The first dim of stacked results.
    graph::DimAttr getRuns();
  }];
}

#endif // SINTER_GRAPH_LOOP_TD
