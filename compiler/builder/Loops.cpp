// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops of GraphBuilder.
#include "compiler/builder/Bodies.h"
#include "dialects/graph/Regions.h"
#include "dialects/graph/ops/If.h"
#include "dialects/graph/ops/Loop.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter {

/// A loop in the making.
struct GraphBuilder::Impl::Loop {
  Impl &impl;
  const LoopBody &body;
  NameLoc loc;
  size_t firstSymbol;
  graph::DimAttr counter;

  MlirValues starts;
  mlir::Value condition; // null: none
  graph::DimAttr trips;  // null: no bound
  /// Those of the carried values.
  SmallVector<SmallVector<graph::DimAttr>> dims;
  /// What the body gave.
  MlirValues nexts, slices;
  mlir::Value nextCondition;

  Loop(Impl &impl, const LoopBody &body)
      : impl(impl), body(body), loc(impl.nextLocation("loop")),
        firstSymbol(impl.symbols.size()), counter(impl.newSymbol()) {}

  Diagnostic invalid(const std::string &text) const {
    return publicError(
        makeError<errors::E0206>(loc.getName().str(), "loop", text));
  }
  bool isOfThis(llvm::StringRef symbol, size_t end) const {
    return llvm::is_contained(
        ArrayRef(impl.symbols).slice(firstSymbol, end - firstSymbol),
        symbol.str());
  }
  std::optional<Diagnostic> read(const LoopRange &range, const Values &inits);
  Expected<Unit, Diagnostic> callBody(Block &block);
  std::optional<Diagnostic> checkStep() const;
  bool widen();
  ValuesOrError finish(Region &region);
  ValuesOrError make();
};

std::optional<Diagnostic> GraphBuilder::Impl::Loop::read(const LoopRange &range,
                                                         const Values &inits) {
  auto values = impl.unwrap(inits);
  if (!values)
    return values.error();
  starts = *values;
  for (mlir::Value start : starts)
    dims.push_back(*graph::dimsOf(start.getType()));
  if (range.condition) {
    auto first = impl.unwrap(*range.condition);
    if (!first)
      return first.error();
    condition = *first;
  }
  if (range.trips) {
    Result<graph::DimAttr> known = impl.dim(*range.trips);
    if (!known)
      return publicError(std::move(known).error());
    trips = *known;
  }
  if (!trips && !condition)
    return invalid("there are neither trips nor a condition");
  return std::nullopt;
}

Expected<Unit, Diagnostic> GraphBuilder::Impl::Loop::callBody(Block &block) {
  LoopStep step = body(Dim::symbol(graph::symbolOf(counter).str()),
                       impl.wrap(block.getArguments()));
  auto carried = impl.unwrap(step.carried), stacked = impl.unwrap(step.slices);
  if (!carried || !stacked)
    return carried ? stacked.error() : carried.error();
  nexts = *carried;
  slices = *stacked;
  nextCondition = {};
  if (step.condition) {
    auto holds = impl.unwrap(*step.condition);
    if (!holds)
      return holds.error();
    nextCondition = *holds;
  }
  MlirValues all;
  if (nextCondition)
    all.push_back(nextCondition);
  llvm::append_range(all, nexts);
  llvm::append_range(all, slices);
  graph::YieldOp::create(impl.builder, loc, all);
  return Unit{};
}

std::optional<Diagnostic> GraphBuilder::Impl::Loop::checkStep() const {
  if (!nextCondition != !condition)
    return invalid("the body must give a condition if the range has one, and "
                   "only then");
  if (nexts.size() != starts.size())
    return invalid("the body carries another number of values than there are "
                   "inits");
  for (auto [start, next] : llvm::zip_equal(starts, nexts))
    if (!haveEqualRanks(start, next))
      return invalid(typesText(start, next));
  return std::nullopt;
}

/// Makes symbols of the dims that a run changes. True if there were any.
bool GraphBuilder::Impl::Loop::widen() {
  bool changed = false;
  for (auto [shape, next] : llvm::zip_equal(dims, nexts))
    changed |= graph::widenDims(
        shape, *graph::dimsOf(next.getType()), [&] { return impl.newSymbol(); },
        [&](llvm::StringRef symbol) {
          return isOfThis(symbol, impl.symbols.size());
        });
  return changed;
}

ValuesOrError GraphBuilder::Impl::Loop::finish(Region &region) {
  SmallVector<Type> types(region.front().getArgumentTypes());
  graph::DimAttr runs = !condition ? trips : counter;
  size_t end = impl.symbols.size();
  for (mlir::Value slice : slices)
    types.push_back(graph::stackedType(
        slice.getType(), runs, [&] { return impl.newSymbol(); },
        [&](llvm::StringRef symbol) { return isOfThis(symbol, end); }));
  DiagnosticScope diagnostics(impl.context);
  auto op =
      graph::LoopOp::create(impl.builder, loc, types, graph::symbolOf(counter),
                            trips, condition, starts);
  op.getBody().takeBody(region);
  if (std::optional<Diagnostic> error = impl.verify(op, diagnostics))
    return *error;
  return impl.wrap(op.getResults());
}

ValuesOrError GraphBuilder::Impl::Loop::make() {
  while (true) {
    Body region(impl.abandoned);
    for (auto [shape, start] : llvm::zip_equal(dims, starts))
      region.block().addArgument(
          graph::tensorType(shape, getElementTypeOrSelf(start)), loc);
    auto built = impl.build(*region, [&] { return callBody(region.block()); });
    if (!built)
      return built.error();
    if (std::optional<Diagnostic> error = checkStep())
      return *error;
    if (!widen()) // each round makes a symbol of a dim at least
      return finish(*region);
  }
}

ValuesOrError GraphBuilder::loop(const LoopRange &range, const Values &inits,
                                 const LoopBody &body) {
  Impl::Loop loop(*impl, body);
  if (std::optional<Diagnostic> error = loop.read(range, inits))
    return *error;
  return loop.make();
}

ValuesOrError GraphBuilder::scan(const Values &sequences, const Values &inits,
                                 const ScanBody &body) {
  LoopRange range;
  std::vector<std::vector<Dim>> shapes;
  Values equal;
  for (const ValueOrError &sequence : sequences) {
    Expected<TensorType, Diagnostic> type = typeOf(sequence);
    if (!type)
      return type.error();
    if (type->dims.empty())
      return publicError(
          makeError<errors::E0206>(impl->nextLocation("scan").getName().str(),
                                   "scan", "a sequence is a scalar"));
    if (!range.trips)
      range.trips = type->dims.front();
    type->dims.front() = *range.trips;
    equal.push_back(reshape(sequence, type->dims));
    shapes.push_back(type->dims);
  }
  auto elementAt = [&](size_t index, const Dim &counter) {
    std::vector<Dim> sizes = shapes[index], starts(sizes.size(), 0);
    std::vector<int64_t> steps(sizes.size(), 1);
    starts.front() = counter;
    sizes.front() = 1;
    ValueOrError row = slice(equal[index], starts, steps, sizes);
    sizes.erase(sizes.begin());
    return reshape(row, sizes);
  };
  return loop(range, inits,
              [&](const Dim &counter, const std::vector<Value> &carried) {
                std::vector<Value> elements;
                for (size_t index = 0; index < equal.size(); ++index) {
                  ValueOrError element = elementAt(index, counter);
                  if (!element)
                    return LoopStep{{element}, {}, std::nullopt};
                  elements.push_back(*element);
                }
                return body(elements, carried);
              });
}

} // namespace sinter
