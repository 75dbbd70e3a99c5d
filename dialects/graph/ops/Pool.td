// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_POOL_TD
#define SINTER_GRAPH_POOL_TD

include "dialects/graph/Ops.td"

/// Windows over the spatial axes of N x C x spatial. Pads are outside of the
/// input: they take no part, but as `count_include_pad` says. C1 to C3 are
/// checked for all pools in Pool.cpp.
///   C1: the input has rank 3 or more
///   C2: window, strides, dilations have one positive, pads two non-negative
///       entries for each spatial axis
///   C3: the padded input is not smaller than the dilated window; where that
///       is not known, a guard at run time checks it
class PoolOp<string name, string text, Type element, dag extra>
    : StagedOp<name> {
  let summary = text;
  let arguments = !con((ins RankedTensorOf<[element]>:$input,
                            DenseI64ArrayAttr:$window,
                            DenseI64ArrayAttr:$strides,
                            DenseI64ArrayAttr:$pads,
                            DenseI64ArrayAttr:$dilations,
                            UnitAttr:$ceil_mode), extra);
  let results = (outs AnyRankedTensor:$output);
}

def AveragePoolOp : PoolOp<"average_pool", "mean of the elements of a window",
                           AnyFloat, (ins UnitAttr:$count_include_pad)> {
  let assemblyFormat = [{
    $input `window` $window `strides` $strides `pads` $pads
    `dilations` $dilations (`ceil_mode` $ceil_mode^)?
    (`count_include_pad` $count_include_pad^)? attr-dict
    `:` type($input) `->` type($output)
  }];
}

def MaxPoolOp : PoolOp<"max_pool", "largest element of a window", GraphNumber,
                       (ins)> {
  let assemblyFormat = [{
    $input `window` $window `strides` $strides `pads` $pads
    `dilations` $dilations (`ceil_mode` $ceil_mode^)? attr-dict
    `:` type($input) `->` type($output)
  }];
}

def SumPoolOp : PoolOp<"sum_pool", "sum of the elements of a window", AnyFloat,
                       (ins)> {
  let assemblyFormat = [{
    $input `window` $window `strides` $strides `pads` $pads
    `dilations` $dilations (`ceil_mode` $ceil_mode^)? attr-dict
    `:` type($input) `->` type($output)
  }];
}

#endif // SINTER_GRAPH_POOL_TD
