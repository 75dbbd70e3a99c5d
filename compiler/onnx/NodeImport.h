// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an op's importer sees of its node: inputs, attributes, and the way to
// make graph ops.
#pragma once

#include "compiler/support/Error.h"
#include "dialects/graph/Types.h"
#include "mlir/IR/Builders.h"
#include "onnx_model.pb.h"
#include <optional>
#include <string_view>

namespace sinter::onnx {

using Values = llvm::SmallVector<mlir::Value, 2>;

class NodeImport {
public:
  /// `inputs` has a null value for each input that is absent. `opset` is the
  /// version of the node's domain that the model imports.
  NodeImport(const ::onnx::NodeProto &proto, int64_t opset,
             llvm::ArrayRef<mlir::Value> inputs, mlir::OpBuilder &builder,
             mlir::Location loc)
      : proto(proto), opset(opset), inputs(inputs), builder(builder), loc(loc) {
  }

  const ::onnx::NodeProto &proto;
  const int64_t opset;
  const llvm::ArrayRef<mlir::Value> inputs;
  mlir::OpBuilder &builder;
  const mlir::Location loc;

  /// The input, or null if the node leaves it out.
  mlir::Value input(size_t index) const {
    return index < inputs.size() ? inputs[index] : mlir::Value();
  }

  /// Attributes; E0204 if one has another type than the caller expects.
  Result<int64_t> integer(std::string_view name, int64_t otherwise) const;
  Result<std::vector<int64_t>> integers(std::string_view name) const;
  Result<float> number(std::string_view name, float otherwise) const;
  Result<std::string> text(std::string_view name,
                           std::string_view otherwise) const;

  /// `axis`, counted from the end if negative; E0205 if not within the rank.
  Result<int64_t> normalizedAxis(int64_t axis, int64_t rank) const;

  /// E0206: what the node says is wrong.
  Error invalid(std::string_view what) const;
  /// E0207: valid, but not supported.
  Error unsupported(std::string_view what, std::string_view supported) const;

  /// Makes one graph op with inferred result types. A violated constraint of
  /// the op is error E0206 with its text.
  template <typename Op>
  Result<mlir::Value> make(mlir::ValueRange operands,
                           typename Op::Properties properties = {}) const;

private:
  const ::onnx::AttributeProto *find(std::string_view name) const;
  Error wrongType(std::string_view name, std::string_view expected) const;
};

/// Collects the diagnostics emitted while it lives, instead of printing them.
class DiagnosticText {
public:
  explicit DiagnosticText(mlir::MLIRContext *context);
  std::string text;

private:
  mlir::ScopedDiagnosticHandler handler;
};

template <typename Op>
Result<mlir::Value> NodeImport::make(mlir::ValueRange operands,
                                     typename Op::Properties properties) const {
  mlir::MLIRContext *context = builder.getContext();
  llvm::SmallVector<mlir::Type, 1> types;
  DiagnosticText diagnostics(context);
  if (failed(Op::inferReturnTypes(context, loc, operands, {},
                                  mlir::OpaqueProperties(&properties), {},
                                  types)))
    return invalid(diagnostics.text);
  mlir::OperationState state(loc, Op::getOperationName());
  state.addOperands(operands);
  state.addTypes(types);
  state.getOrAddProperties<typename Op::Properties>() = properties;
  mlir::Operation *op = builder.create(state);
  if (failed(op->getName().verifyInvariants(op))) {
    op->erase();
    return invalid(diagnostics.text);
  }
  return op->getResult(0);
}

} // namespace sinter::onnx
