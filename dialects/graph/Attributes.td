// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_GRAPH_ATTRIBUTES_TD
#define SINTER_GRAPH_ATTRIBUTES_TD

include "dialects/graph/Graph.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/IR/EnumAttr.td"

class GraphAttr<string name, string mnemonic_, list<Trait> traits = []>
    : AttrDef<GraphDialect, name, traits> {
  let mnemonic = mnemonic_;
}

/// A part of `#graph.dim`: it has no text of its own.
class DimPart<string name> : AttrDef<GraphDialect, name> {
  let attrName = "graph." # name;
}

def DimFunction : I32Enum<"DimFunction", "a function of two dim expressions", [
    I32EnumCase<"FloorDiv", 0, "floordiv">,
    I32EnumCase<"CeilDiv", 1, "ceildiv">,
    I32EnumCase<"Mod", 2, "mod">,
    I32EnumCase<"Min", 3, "min">,
    I32EnumCase<"Max", 4, "max">,
    I32EnumCase<"Bcast", 5, "bcast">]> {
  let cppNamespace = "::sinter::graph";
}

def DimSymbolAttr : DimPart<"DimSymbol"> {
  let summary = "an unknown, non-negative size with a name";
  let parameters = (ins StringRefParameter<"name">:$name);
}

def DimCallAttr : DimPart<"DimCall"> {
  let summary = "a function of two dims that no polynomial expresses";
  let description = [{
    Made by the functions of Dim.h only, which simplify first. `size` counts
    the terms and factors inside.
  }];
  let parameters = (ins EnumParameter<DimFunction>:$function,
                        "::mlir::Attribute":$lhs, "::mlir::Attribute":$rhs,
                        "int64_t":$size);
}

def DimTermAttr : DimPart<"DimTerm"> {
  let summary = "a coefficient times a product of symbols and calls, in order";
  let parameters = (ins "int64_t":$coefficient,
                        ArrayRefParameter<"::mlir::Attribute">:$factors);
}

def DimAttr : GraphAttr<"Dim", "dim"> {
  let summary = "a dim expression in normal form";
  let description = [{
    An integer polynomial: a sum of terms with distinct, ordered products and
    coefficients other than 0; no term at all is 0. Equal expressions in normal
    form are the same attribute. Written infix: `#graph.dim<2*N + 1>`.
  }];
  let parameters = (ins ArrayRefParameter<"::sinter::graph::DimTermAttr">:$terms);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    static DimAttr constant(::mlir::MLIRContext *context, int64_t value);
    static DimAttr symbol(::mlir::MLIRContext *context, ::llvm::StringRef name);
    /// The value, if no symbol occurs.
    std::optional<int64_t> getConstant() const;
  }];
}

def BlobAttr : GraphAttr<"Blob", "blob"> {
  let summary = "the key of a constant's bytes in the store beside the IR";
  let parameters = (ins StringRefParameter<"key">:$key);
  let assemblyFormat = "`<` $key `>`";
}

def GraphTypeAttr : GraphAttr<"GraphType", "type",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "the dims of a graph value, as the encoding of its tensor type";
  let parameters = (ins ArrayRefParameter<"::sinter::graph::DimAttr">:$dims);
  let hasCustomAssemblyFormat = 1;
}

#endif // SINTER_GRAPH_ATTRIBUTES_TD
