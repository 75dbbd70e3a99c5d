// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_TD
#define SINTER_GRAPH_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"

def GraphDialect : Dialect {
  let name = "graph";
  let cppNamespace = "::sinter::graph";
  let summary = "What a model computes: tensors with symbolic dims; no memory, no device, no ONNX";
  let description = [{
    Values are ranked tensors whose encoding is `#graph.type<dims>`: one dim
    expression for each dimension. The builtin shape is derived from it (a
    constant where the expression is one, `?` elsewhere).
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let extraClassDeclaration = [{
    /// For the generated registration of ops/<Op>.td only.
    template <typename... Ops> void addGraphOps() { addOperations<Ops...>(); }
    void registerGraphAttributes();
  }];
}

#endif // SINTER_GRAPH_TD
