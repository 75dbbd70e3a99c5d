// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_KERNEL_TD
#define SINTER_KERNEL_TD

include "dialects/graph/Attributes.td"
include "dialects/kernel/MathFunction.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def KernelDialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::sinter::kernel";
  let summary = "How a fused region is computed: stages over iterators";
  let useDefaultAttributePrinterParser = 1;
  let description = [{
    A stage is a loop nest with a scalar body: what `linalg.generic` says, on
    values with symbolic dims. Every graph op that computes has a decomposition
    into stages; that is its one definition, for the interpreter, constant
    folding and all targets.
  }];
  let dependentDialects = ["::sinter::graph::GraphDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect"];
}

class KernelOp<string name, list<Trait> traits = []>
    : Op<KernelDialect, name, traits>;

def BorderAttr : AttrDef<KernelDialect, "Border"> {
  let mnemonic = "border";
  let summary = "elements of one value around a result";
  let description = [{
    For each dim of a result, how many elements lie before and after what the
    stage computes. All of them have the same value.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$low,
                        ArrayRefParameter<"int64_t">:$high,
                        "::mlir::TypedAttr":$value);
  let assemblyFormat =
      "`<` `low` `=` `[` $low `]` `high` `=` `[` $high `]` `value` `=` $value `>`";
}

def StageOp : KernelOp<"stage", [Pure, AttrSizedOperandSegments,
                                 SingleBlock]> {
  let summary = "one loop nest with a scalar body";
  let description = [{
    The iterators are the dims of the result, in order and parallel, followed
    by the reductions, in order: iterator i runs from 0 to `extents[i]`. For
    each point of the parallel iterators the result element is

      - without reductions, what the body yields;
      - with reductions, `init` folded by the body over the points of the
        reduction iterators in row-major order: the body's last argument is the
        accumulator.

    Body arguments are the elements of `inputs`, each at the coordinates that
    its map (from iterators to coordinates) gives. Where a coordinate is outside
    of the input, the element is the input's entry of `fills`; without one
    (unit), coordinates must be inside, but for a coordinate that is a bare
    iterator and runs over a dim of 1: that is broadcast. `tables` are read by
    `kernel.load` at computed coordinates.

    After a fold, the `finish` body makes the result element: its arguments are
    the elements of `finish_inputs` at the coordinates that `finish_maps` give
    from the parallel iterators, then the folded accumulator. Without `finish`
    the accumulator is the result.

    With a `border` the result is larger than the extents by its sides, and the
    stage writes them too: the user of a padded value reads the padding from
    memory.

      C1: there is a map and a fill for each input
      C2: each map has one dim for each iterator and one result for each dim
          of its input
      C3: the extents begin with the dims of the result less its border, whose
          sides are not negative and whose value has the type of C5
      C4: there is an `init` if and only if there are reductions
      C5: body arguments and the yielded value have the element types, with
          integers made signless
      C6: a fill has the type of its input's body argument
      C7: there is a finish map for each finish input, from the parallel
          iterators to its dims; finish inputs and a `finish` body need a fold
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs,
                       Variadic<AnyRankedTensor>:$tables,
                       Variadic<AnyRankedTensor>:$finish_inputs,
                       TypedArrayAttrBase<DimAttr, "dims">:$extents,
                       AffineMapArrayAttr:$maps, ArrayAttr:$fills,
                       DefaultValuedAttr<AffineMapArrayAttr, "{}">:$finish_maps,
                       OptionalAttr<TypedAttrInterface>:$init,
                       OptionalAttr<BorderAttr>:$border);
  let results = (outs AnyRankedTensor:$output);
  let regions = (region SizedRegion<1>:$body, MaxSizedRegion<1>:$finish);
  let assemblyFormat = [{
    `extents` $extents `maps` $maps `fills` $fills (`init` $init^)?
    (`border` $border^)? `ins` `(` ($inputs^ `:` type($inputs))? `)`
    (`tables` `(` $tables^ `:` type($tables) `)`)?
    attr-dict-with-keyword `->` type($output) $body
    (`finish` `(` ($finish_inputs^ `:` type($finish_inputs))? `)` $finish^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    unsigned getNumIterators() { return getExtents().size(); }
    unsigned getNumParallel() { return getOutput().getType().getRank(); }
    unsigned getNumReductions() { return getNumIterators() - getNumParallel(); }
    graph::DimAttr getExtent(unsigned iterator) {
      return ::mlir::cast<graph::DimAttr>(getExtents()[iterator]);
    }
    ::mlir::AffineMap getMap(unsigned input) {
      return ::mlir::cast<::mlir::AffineMapAttr>(getMaps()[input]).getValue();
    }
    /// The dim of the result: the extent and its border.
    ::mlir::FailureOr<graph::DimAttr> getBorderedDim(unsigned iterator);
    /// The type of a body's value for a graph element type.
    static ::mlir::Type getScalarType(::mlir::Type element);
    bool hasFinish() { return !getFinish().empty(); }
    ::mlir::AffineMap getFinishMap(unsigned input) {
      return ::mlir::cast<::mlir::AffineMapAttr>(getFinishMaps()[input]).getValue();
    }
    /// The value outside of an input; null if coordinates are inside.
    ::mlir::TypedAttr getFill(unsigned input) {
      return ::mlir::dyn_cast<::mlir::TypedAttr>(getFills()[input]);
    }
  }];
}

def FusedOp : KernelOp<"fused", [Pure, IsolatedFromAbove, SingleBlock]> {
  let summary = "stages that run together, a few rows at a time";
  let description = [{
    The first `depth` parallel iterators are common to all stages of the body.
    For some values of the last of them at a time, and one of each other, all
    stages run one after the other; what one passes on to the next is only as
    large as that. The result is what it would be if each stage ran alone.

      C1: the body's arguments have the types of the inputs
      C2: the body is stages and yields the last one's output
      C3: the first `depth` extents of all stages are equal; results have no
          fewer dims, and no border
      C4: a stage reads another's output as an input or finish input without
          fill, at the first `depth` iterators themselves
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs, I64Attr:$depth);
  let results = (outs AnyRankedTensor:$output);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `depth` $depth `ins` `(` ($inputs^ `:` type($inputs))? `)`
    attr-dict-with-keyword `->` type($output) $body
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The stages in order.
    std::vector<StageOp> getStages();
  }];
}

def YieldOp : KernelOp<"yield", [Pure, Terminator, ParentOneOf<["StageOp", "FusedOp"]>]> {
  let summary = "the value of a stage's body, or of fused stages";
  let arguments = (ins Optional<AnyType>:$value);
  let assemblyFormat = "($value^ `:` type($value))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::Value()); }]>];
}

def IndexOp : KernelOp<"index", [Pure]> {
  let summary = "the value of an iterator of the stage around";
  let arguments = (ins I64Attr:$iterator);
  let results = (outs Index:$value);
  let assemblyFormat = "$iterator attr-dict";
}

def DimOp : KernelOp<"dim", [Pure]> {
  let summary = "the value of a dim expression";
  let arguments = (ins DimAttr:$dim);
  let results = (outs Index:$value);
  let assemblyFormat = "$dim attr-dict";
}

def LoadOp : KernelOp<"load", [Pure]> {
  let summary = "an element of a table of the stage around";
  let description = [{
    Coordinates must be inside; the body clamps or selects where they may not
    be.
  }];
  let arguments = (ins I64Attr:$table, Variadic<Index>:$coordinates);
  let results = (outs AnyType:$element);
  let assemblyFormat =
      "$table `[` $coordinates `]` attr-dict `:` type($element)";
}

def MathOp : KernelOp<"math", [Pure, SameOperandsAndResultType]> {
  let summary = "a scalar function of one or two floats (f32 or f64)";
  let arguments = (ins EnumAttr<KernelDialect, MathFunction, "function">:$function,
                       Variadic<AnyTypeOf<[F32, F64]>>:$operands);
  let results = (outs AnyTypeOf<[F32, F64]>:$result);
  let assemblyFormat =
      "$function `(` $operands `)` attr-dict `:` type($result)";
}

#endif // SINTER_KERNEL_TD
