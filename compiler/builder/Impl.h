// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is behind a GraphBuilder; the generated methods of ops use it.
#pragma once

#include "compiler/Compilation.h"
#include "compiler/DiagnosticScope.h"
#include "compiler/MakeOp.h"
#include "compiler/onnx/BlobStore.h"
#include "dialects/graph/Types.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "sinter/GraphBuilder.h"
#include "llvm/ADT/StringSet.h"
#include <map>

namespace sinter {

struct GraphBuilder::Impl {
  struct Loop;

  Impl();
  Impl(const Impl &) = delete;
  ~Impl();

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp main;
  mlir::OpBuilder builder{&context};
  onnx::BlobStore blobs;
  /// Views of the caller's bytes that are blobs already.
  std::map<std::pair<const std::byte *, size_t>, onnx::BlobKey> views;
  std::vector<std::pair<std::string, mlir::Value>> outputs;
  llvm::StringSet<> inputNames, outputNames;
  std::string label;
  uint64_t unlabelled = 0;
  /// The bodies that are being built, outermost first.
  std::vector<mlir::Region *> open;
  /// Bodies that came to nothing. Values in the caller's hands may be theirs.
  std::vector<std::unique_ptr<mlir::Region>> abandoned;
  /// The symbols that the graph has made itself, in order.
  std::vector<std::string> symbols;
  /// The first error of an attribute of the op that is being made.
  std::optional<Error> badAttribute;

  Value wrap(mlir::Value value) const {
    return Value(this, value.getAsOpaquePointer());
  }
  /// The value, if it is of this graph (E0320) and of a body that is being
  /// built (E0325).
  Expected<mlir::Value, Diagnostic> unwrap(const ValueOrError &value) const;
  Expected<llvm::SmallVector<mlir::Value>, Diagnostic>
  unwrap(const std::vector<ValueOrError> &values) const;
  std::vector<Value> wrap(mlir::ValueRange values) const;

  /// A symbol that the caller cannot have used.
  graph::DimAttr newSymbol();
  /// Fills a region that is not part of the graph yet.
  Expected<Unit, Diagnostic>
  build(mlir::Region &region,
        llvm::function_ref<Expected<Unit, Diagnostic>()> fill);
  /// Nothing, or the error (E0206) of an op that was made; it is removed.
  std::optional<Diagnostic> verify(mlir::Operation *op,
                                   DiagnosticScope &diagnostics);

  /// The constant of a blob, if the bytes are those of the type.
  ValueOrError addConstant(ElementType type, const std::vector<int64_t> &dims,
                           std::span<const std::byte> bytes, bool isView);
  /// E0321.
  Result<graph::DimAttr> dim(const Dim &dim);
  Result<llvm::SmallVector<graph::DimAttr>> dims(const std::vector<Dim> &list);
  /// A copy whose function returns the outputs.
  mlir::OwningOpRef<mlir::ModuleOp> finished() const;
  /// The location of the next op, which has the name that people see.
  mlir::NameLoc nextLocation(llvm::StringRef op);

  /// Attributes of ops. An error goes to badAttribute.
  mlir::DenseI64ArrayAttr attribute(const std::vector<int64_t> &list) {
    return builder.getDenseI64ArrayAttr(list);
  }
  mlir::IntegerAttr attribute(int64_t value) {
    return builder.getI64IntegerAttr(value);
  }
  mlir::TypeAttr attribute(ElementType type);
  graph::DimAttr attribute(const Dim &dim);
  mlir::ArrayAttr attribute(const std::vector<Dim> &list);
  mlir::UnitAttr unit(bool isSet) {
    return isSet ? builder.getUnitAttr() : mlir::UnitAttr();
  }

  template <typename Op>
  Expected<std::vector<Value>, Diagnostic>
  makeAll(const std::vector<ValueOrError> &operands,
          typename Op::Properties properties);
  template <typename Op>
  ValueOrError makeOne(const std::vector<ValueOrError> &operands,
                       typename Op::Properties properties);
};

template <typename Op>
Expected<std::vector<Value>, Diagnostic>
GraphBuilder::Impl::makeAll(const std::vector<ValueOrError> &operands,
                            typename Op::Properties properties) {
  std::optional<Error> bad = std::exchange(badAttribute, std::nullopt);
  llvm::SmallVector<mlir::Value> values;
  for (const ValueOrError &operand : operands) {
    Expected<mlir::Value, Diagnostic> value = unwrap(operand);
    if (!value)
      return value.error();
    values.push_back(*value);
  }
  if (bad)
    return publicError(std::move(*bad));
  llvm::StringRef name = Op::getOperationName();
  name.consume_front("graph.");
  mlir::NameLoc loc = nextLocation(name);
  DiagnosticScope diagnostics(context);
  mlir::Operation *op = makeOp<Op>(builder, loc, values, properties);
  if (!op)
    return publicError(makeError<errors::E0206>(loc.getName().str(), name.str(),
                                                diagnostics.message()));
  std::vector<Value> results;
  for (mlir::Value result : op->getResults())
    results.push_back(wrap(result));
  return results;
}

template <typename Op>
ValueOrError
GraphBuilder::Impl::makeOne(const std::vector<ValueOrError> &operands,
                            typename Op::Properties properties) {
  auto results = makeAll<Op>(operands, properties);
  if (!results)
    return results.error();
  return results->front();
}

} // namespace sinter
