// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an op's importer sees of its node: inputs, attributes, and the way to
// make graph ops.
#pragma once

#include "compiler/DiagnosticScope.h"
#include "compiler/MakeOp.h"
#include "compiler/onnx/LoadModel.h"
#include "compiler/onnx/ShapeContents.h"
#include "compiler/support/Error.h"
#include "dialects/graph/Types.h"
#include "mlir/IR/Builders.h"
#include "onnx_model.pb.h"
#include <optional>
#include <string_view>

namespace sinter::onnx {

using Values = llvm::SmallVector<mlir::Value, 2>;
using Dims = llvm::SmallVector<graph::DimAttr>;

/// What the importers of all nodes of a model share.
struct ImportState {
  ImportState(LoadedModel &model, mlir::OpBuilder &builder)
      : model(model), builder(builder), contents(model.blobs) {}

  /// A symbol that the model has not yet, named after what it is for.
  graph::DimAttr newSymbol(std::string_view what);

  LoadedModel &model;
  mlir::OpBuilder &builder;
  ShapeContents contents;
  /// All of newSymbol, in order.
  llvm::SmallVector<std::string> symbols;
};

/// The name a user finds in the model: the node's, or that of its first output.
std::string labelOf(const ::onnx::NodeProto &proto);

/// The first error is kept; after it, `make` and what is built on it give null
/// values and take them, attributes and contents give their default. So an
/// importer need look at failed() only before it relies on something else.
class NodeImport {
public:
  /// `inputs` has a null value for each input that is absent. `opset` is the
  /// version of the node's domain that the model imports.
  NodeImport(const ::onnx::NodeProto &proto, int64_t opset,
             llvm::ArrayRef<mlir::Value> inputs, ImportState &state,
             mlir::Location loc)
      : proto(proto), opset(opset), inputs(inputs), state(state),
        builder(state.builder), loc(loc) {}

  const ::onnx::NodeProto &proto;
  const int64_t opset;
  const llvm::ArrayRef<mlir::Value> inputs;
  ImportState &state;
  mlir::OpBuilder &builder;
  const mlir::Location loc;

  bool failed() const { return error.has_value(); }
  std::optional<Error> takeError() { return std::move(error); }

  /// The input, or null if the node leaves it out.
  mlir::Value input(size_t index) const {
    return index < inputs.size() ? inputs[index] : mlir::Value();
  }
  /// False (E0206) unless there are so many inputs and the first `least` are
  /// not left out.
  bool expectInputs(size_t least, size_t most);

  /// Attributes; E0204 if one has another type than the caller expects.
  bool has(std::string_view name) const { return find(name) != nullptr; }
  int64_t integer(std::string_view name, int64_t otherwise);
  std::vector<int64_t> integers(std::string_view name);
  float number(std::string_view name, float otherwise);
  std::string text(std::string_view name, std::string_view otherwise);
  const ::onnx::AttributeProto *find(std::string_view name) const;

  /// `axis`, counted from the end if negative; E0205 and 0 if not within the
  /// rank.
  int64_t normalizedAxis(int64_t axis, int64_t rank);

  /// E0206: what the node says is wrong. Returns nothing, for `return`.
  Values invalid(std::string_view what);
  /// E0207: valid, but not supported.
  Values unsupported(std::string_view what, std::string_view supported);
  Values fail(Error error);

  /// Types of values; no dims and null for a null value.
  Dims dims(mlir::Value value) const;
  int64_t rank(mlir::Value value) const { return dims(value).size(); }
  mlir::Type element(mlir::Value value) const;
  graph::DimAttr dim(int64_t value) const {
    return graph::DimAttr::constant(builder.getContext(), value);
  }
  mlir::ArrayAttr array(llvm::ArrayRef<graph::DimAttr> dims) const;

  /// The elements of an integer input. Those that the model computes become
  /// symbols; a negative one ends the run. E0207 if there are too many.
  std::optional<Dims> contents(size_t index);
  /// The same, as far as they are known when the model is compiled.
  std::optional<Dims> known(size_t index);
  /// The same, null where not known; nothing if their number is not.
  std::optional<Dims> partial(size_t index);
  /// The same, as constants; E0207 for what is not known.
  std::optional<std::vector<int64_t>> constants(size_t index);
  /// The number of an input of one element as a dim, as far as it is known;
  /// nothing for fractions.
  std::optional<graph::DimAttr> knownDim(size_t index);
  /// The same, or a symbol; floats that the model computes are truncated.
  graph::DimAttr dimOf(size_t index);
  /// The list of an attribute, or since some opset of a constant input; nothing
  /// if there is neither.
  std::optional<std::vector<int64_t>> listOf(std::string_view attribute,
                                             size_t index);
  /// A result of arithmetic on dims; E0206 if it failed.
  graph::DimAttr checked(mlir::FailureOr<graph::DimAttr> dim);

  /// Makes one graph op with inferred result types. A violated constraint of
  /// the op is error E0206 with its text.
  template <typename Op>
  mlir::Value make(mlir::ValueRange operands,
                   typename Op::Properties properties = {});

  /// Common ops. Constants are scalars; binary ops broadcast them.
  mlir::Value constant(std::vector<std::byte> bytes,
                       mlir::RankedTensorType type);
  mlir::Value scalar(double value, mlir::Type element);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<graph::DimAttr> dims);
  /// Adds unit dims, so that result axis axes[i] is new; axes ascend.
  mlir::Value unsqueeze(mlir::Value value, llvm::ArrayRef<int64_t> axes);
  mlir::Value expand(mlir::Value value, llvm::ArrayRef<graph::DimAttr> dims);
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> axes);
  mlir::Value cast(mlir::Value value, mlir::Type to);
  mlir::Value select(mlir::Value condition, mlir::Value yes, mlir::Value no);
  mlir::Value concat(mlir::ValueRange values, int64_t axis);
  mlir::Value iota(graph::DimAttr size);
  /// The element at this row-major position, as a scalar.
  mlir::Value elementAt(mlir::Value value, int64_t position);
  /// A symbol for an integer scalar that the model computes.
  graph::DimAttr bind(mlir::Value scalar);
  /// Symbols for all elements of an integer tensor of a static shape, bound
  /// where it is made.
  std::optional<Dims> bindElements(mlir::Value value);
  /// Ends the run with `message` unless the bool holds.
  void check(mlir::Value condition, std::string_view message);
  /// An integer tensor of these dims and shape.
  mlir::Value dimsValue(llvm::ArrayRef<graph::DimAttr> values,
                        llvm::ArrayRef<int64_t> shape, mlir::Type element);
  /// A fold (ops/Reduction.td); `axes` ascend.
  template <typename Op>
  mlir::Value reduce(mlir::Value value, llvm::ArrayRef<int64_t> axes,
                     bool keepDims);

private:
  std::optional<Error> error;
};

template <typename Op>
mlir::Value NodeImport::make(mlir::ValueRange operands,
                             typename Op::Properties properties) {
  if (failed() || llvm::is_contained(operands, mlir::Value()))
    return {};
  DiagnosticScope diagnostics(*builder.getContext());
  mlir::Operation *op = makeOp<Op>(builder, loc, operands, properties);
  if (!op) {
    invalid(diagnostics.message());
    return {};
  }
  return op->getResult(0);
}

template <typename Op>
mlir::Value NodeImport::reduce(mlir::Value value, llvm::ArrayRef<int64_t> axes,
                               bool keepDims) {
  typename Op::Properties properties;
  properties.axes = builder.getDenseI64ArrayAttr(axes);
  if (keepDims)
    properties.keep_dims = builder.getUnitAttr();
  return make<Op>(value, properties);
}

} // namespace sinter::onnx
