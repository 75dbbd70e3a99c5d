// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_CONV_TD
#define SINTER_GRAPH_CONV_TD

include "dialects/graph/Ops.td"

def ConvOp : StagedOp<"conv"> {
  let summary = "grouped, strided, dilated convolution over any number of axes";
  let description = [{
    Input is N x C x spatial, filter is O x C/groups x window, result is
    N x O x spatial. `pads` holds the zeros before each axis and then those
    after each. The importer turns auto_pad into pads and a bias into an add.
      C1: input and filter have one element type
      C2: input and filter have one rank, 3 or more
      C3: strides, dilations have one positive, pads two non-negative entries
          for each spatial axis
      C4: the window is constant and not empty
      C5: groups is positive, divides C and O, and C is groups times the
          filter's channels
      C6: the padded input is not smaller than the dilated window; where that
          is not known, a guard at run time checks it
  }];
  let arguments = (ins RankedTensorOf<[GraphNumber]>:$input,
                       RankedTensorOf<[GraphNumber]>:$filter,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads,
                       DenseI64ArrayAttr:$dilations, I64Attr:$groups);
  let results = (outs RankedTensorOf<[GraphNumber]>:$output);
  let assemblyFormat = [{
    $input `,` $filter `strides` $strides `pads` $pads `dilations` $dilations
    `groups` $groups attr-dict
    `:` type($input) `,` type($filter) `->` type($output)
  }];
}

#endif // SINTER_GRAPH_CONV_TD
