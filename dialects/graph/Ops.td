// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_OPS_TD
#define SINTER_GRAPH_OPS_TD

include "dialects/graph/Graph.td"
include "dialects/graph/Attributes.td"
include "dialects/graph/Interfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// A pure op whose result types follow from its operands and attributes by one
/// function, `inferReturnTypes` in ops/<Op>.cpp. The importer, the builder and
/// the verifier all call that function.
class GraphOp<string name, list<Trait> traits = []>
    : Op<GraphDialect, name, !listconcat([Pure, InferTypeOpAdaptor], traits)>;

/// A GraphOp that is defined by stages, `buildStages` in ops/<Op>.cpp.
class StagedOp<string name, list<Trait> traits = []>
    : GraphOp<name, !listconcat([DeclareOpInterfaceMethods<StageInterface>],
                                traits)>;

/// A GraphOp that is defined by a routine, `getRoutine` in ops/<Op>.cpp.
class RoutineOp<string name, list<Trait> traits = []>
    : GraphOp<name, !listconcat([DeclareOpInterfaceMethods<RoutineInterface>],
                                traits)>;

/// What arithmetic is defined on: every element type but bool.
def GraphNumber : AnyTypeOf<[AnyFloat, I<8>, I<16>, I<32>, I<64>, UI8, UI16, UI32,
                             UI64]>;

/// What operations on bits are defined on.
def GraphInteger : AnyTypeOf<[I<8>, I<16>, I<32>, I<64>, UI8, UI16, UI32, UI64]>;

#endif // SINTER_GRAPH_OPS_TD
