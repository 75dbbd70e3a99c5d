// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_ADDED_OPS_TD
#define SINTER_TEST_ADDED_OPS_TD

include "dialects/graph/Interfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def AddedDialect : Dialect {
  let name = "added";
  let cppNamespace = "::sinter::added";
  let summary = "Ops that Sinter does not have, as if somebody had added them";
  let dependentDialects = ["::sinter::graph::GraphDialect"];
}

/// As StagedOp of the graph dialect.
class AddedOp<string name>
    : Op<AddedDialect, name, [Pure, InferTypeOpAdaptor,
                              DeclareOpInterfaceMethods<StageInterface>]>;

def SoftClampOp : AddedOp<"soft_clamp"> {
  let summary = "bound * input / (bound + |input|), pointwise";
  let description = [{
      C1: operands have the same element type, and dims that broadcast
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$input,
                       RankedTensorOf<[F32]>:$bound);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $input `,` $bound attr-dict
    `:` type($input) `,` type($bound) `->` type($output)
  }];
}

def StandardizeOp : AddedOp<"standardize"> {
  let summary = "rows about their mean, by their mean absolute deviation";
  let description = [{
    For each row x of the last axis: (x - mean(x)) / (mean(|x - mean(x)|) +
    epsilon).

      C1: the input has rank 1 or more
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$input, F64Attr:$epsilon);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $input `epsilon` $epsilon attr-dict `:` type($input) `->` type($output)
  }];
}

def PeakPoolOp : AddedOp<"peak_pool"> {
  let summary = "the element of the largest magnitude of a window";
  let description = [{
    Windows over the spatial axes of N x C x spatial; pads are zeros. Of equal
    magnitudes, the first counts.

      C1: the input has rank 3 or more
      C2: window, strides, dilations have one positive, pads two non-negative
          entries for each spatial axis
      C3: the padded input is not smaller than the dilated window, where that is
          known
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$input,
                       DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $input `window` $window `strides` $strides `pads` $pads
    `dilations` $dilations attr-dict `:` type($input) `->` type($output)
  }];
}

#endif // SINTER_TEST_ADDED_OPS_TD
