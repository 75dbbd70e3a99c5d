// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The methods of GraphBuilder for If, and for what a run computes.
#include "compiler/builder/Bodies.h"
#include "dialects/graph/Regions.h"
#include "dialects/graph/ops/Bind.h"
#include "dialects/graph/ops/If.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter {

//===- Parts of Impl ------------------------------------------------------===//

GraphBuilder::Impl::~Impl() {
  for (const std::unique_ptr<Region> &region : abandoned)
    region->dropAllReferences();
}

Expected<MlirValues, Diagnostic>
GraphBuilder::Impl::unwrap(const std::vector<ValueOrError> &values) const {
  MlirValues results;
  for (const ValueOrError &value : values) {
    Expected<mlir::Value, Diagnostic> result = unwrap(value);
    if (!result)
      return result.error();
    results.push_back(*result);
  }
  return results;
}

std::vector<Value> GraphBuilder::Impl::wrap(ValueRange values) const {
  std::vector<Value> results;
  for (mlir::Value value : values)
    results.push_back(wrap(value));
  return results;
}

graph::DimAttr GraphBuilder::Impl::newSymbol() {
  symbols.push_back("~" + std::to_string(symbols.size()));
  return graph::DimAttr::symbol(&context, symbols.back());
}

Expected<Unit, Diagnostic> GraphBuilder::Impl::build(
    Region &region, llvm::function_ref<Expected<Unit, Diagnostic>()> fill) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&region.front());
  open.push_back(&region);
  Expected<Unit, Diagnostic> result = fill();
  open.pop_back();
  return result;
}

std::optional<Diagnostic>
GraphBuilder::Impl::verify(Operation *op, DiagnosticScope &diagnostics) {
  if (checkSizes(op->getLoc(), op->getResultTypes()) &&
      succeeded(mlir::verify(op)))
    return std::nullopt;
  for (Region &region : op->getRegions()) {
    abandoned.push_back(std::make_unique<Region>());
    abandoned.back()->takeBody(region);
  }
  llvm::StringRef name = op->getName().stripDialect();
  Diagnostic error = publicError(
      makeError<errors::E0206>(cast<NameLoc>(op->getLoc()).getName().str(),
                               name.str(), diagnostics.message()));
  op->erase();
  return error;
}

//===- If -----------------------------------------------------------------===//

ValuesOrError GraphBuilder::ifElse(const ValueOrError &condition,
                                   const std::function<Values()> &yes,
                                   const std::function<Values()> &no) {
  Expected<mlir::Value, Diagnostic> chosen = impl->unwrap(condition);
  if (!chosen)
    return chosen.error();
  NameLoc loc = impl->nextLocation("if");
  auto invalid = [&](const std::string &text) {
    return publicError(
        makeError<errors::E0206>(loc.getName().str(), "if", text));
  };
  Body bodies[] = {Body(impl->abandoned), Body(impl->abandoned)};
  MlirValues given[2];
  for (int side : {0, 1}) {
    auto fill = [&]() -> Expected<Unit, Diagnostic> {
      auto values = impl->unwrap((side == 0 ? yes : no)());
      if (!values)
        return values.error();
      given[side] = *values;
      graph::YieldOp::create(impl->builder, loc, given[side]);
      return Unit{};
    };
    auto built = impl->build(*bodies[side], fill);
    if (!built)
      return built.error();
  }
  if (given[0].size() != given[1].size())
    return invalid("the bodies give different numbers of values");
  SmallVector<Type> types;
  for (auto [one, other] : llvm::zip_equal(given[0], given[1])) {
    if (!haveEqualRanks(one, other))
      return invalid(typesText(one, other));
    SmallVector<graph::DimAttr> dims = *graph::dimsOf(one.getType());
    graph::widenDims(
        dims, *graph::dimsOf(other.getType()),
        [&] { return impl->newSymbol(); },
        [](llvm::StringRef) { return false; });
    types.push_back(graph::tensorType(dims, getElementTypeOrSelf(one)));
  }
  DiagnosticScope diagnostics(impl->context);
  auto op = graph::IfOp::create(impl->builder, loc, types, *chosen);
  op.getYes().takeBody(*bodies[0]);
  op.getNo().takeBody(*bodies[1]);
  if (std::optional<Diagnostic> error = impl->verify(op, diagnostics))
    return *error;
  return impl->wrap(op.getResults());
}

//===- What a run computes ------------------------------------------------===//

Expected<Dim, Diagnostic> GraphBuilder::bind(const ValueOrError &value) {
  Expected<mlir::Value, Diagnostic> number = impl->unwrap(value);
  if (!number)
    return number.error();
  DiagnosticScope diagnostics(impl->context);
  std::string symbol = graph::symbolOf(impl->newSymbol()).str();
  auto op = graph::BindOp::create(impl->builder, impl->nextLocation("bind"),
                                  *number, symbol);
  if (std::optional<Diagnostic> error = impl->verify(op, diagnostics))
    return *error;
  return Dim::symbol(symbol);
}

Expected<Unit, Diagnostic> GraphBuilder::check(const ValueOrError &condition,
                                               const std::string &message) {
  Expected<mlir::Value, Diagnostic> holds = impl->unwrap(condition);
  if (!holds)
    return holds.error();
  DiagnosticScope diagnostics(impl->context);
  auto op = graph::CheckOp::create(impl->builder, impl->nextLocation("check"),
                                   *holds, message);
  if (std::optional<Diagnostic> error = impl->verify(op, diagnostics))
    return *error;
  return Unit{};
}

} // namespace sinter
