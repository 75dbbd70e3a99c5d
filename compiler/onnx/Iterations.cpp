// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loop and Scan.
#include "compiler/onnx/ImporterImpl.h"
#include "compiler/onnx/ops/Loops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Sequences.h"
#include "dialects/graph/Regions.h"
#include "dialects/graph/ops/If.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using ::onnx::GraphProto;
using ::onnx::NodeProto;

namespace sinter::onnx {

using graph::DimAttr;

struct Importer::LoopParts {
  const GraphProto *body = nullptr;
  /// Null: none.
  DimAttr trips;
  /// The condition of the first run; null: true.
  Value condition;
  Values inits;
  size_t sliceCount = 0;
  /// Whether the body's first output is a condition.
  bool yieldsCondition = false;
  /// The body's inputs, of the counter and the carried values.
  llvm::function_ref<Values(DimAttr, ValueRange)> inputsOf;

  DimAttr counter;
  SmallVector<Dims> types;
  Region region;
  Values yielded;
  size_t firstSymbol = 0;
};

/// Imports the body for the types at hand. False after an error.
bool Importer::addLoopBody(NodeImport &node, LoopParts &parts,
                           const Scope &scope) {
  state.contents.forget(parts.region);
  parts.region.dropAllReferences();
  parts.region.getBlocks().clear();
  Block &block = parts.region.emplaceBlock();
  for (auto [dims, init] : llvm::zip_equal(parts.types, parts.inits))
    block.addArgument(graph::tensorType(dims, node.element(init)), node.loc);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&block);
  Values inputs = parts.inputsOf(parts.counter, block.getArguments());
  if (node.failed())
    return false;
  if (static_cast<size_t>(parts.body->input_size()) != inputs.size()) {
    node.invalid(fmt::format("the body has {} inputs; expected {}",
                             parts.body->input_size(), inputs.size()));
    return false;
  }
  if (!countCall()) {
    node.fail(callError(node.proto));
    return false;
  }
  std::optional<Values> values = addSubgraph(*parts.body, inputs, scope, true);
  if (!values)
    return false;
  parts.yielded = std::move(*values);
  // A condition that is known to hold is none.
  bool isAlwaysTrue = false;
  if (parts.yieldsCondition) {
    parts.yielded.front() = node.reshape(parts.yielded.front(), {});
    if (!node.failed() && !node.element(parts.yielded.front()).isInteger(1))
      node.invalid("the condition that the body gives is no bool");
    if (node.failed())
      return false;
    std::optional<Dims> known = state.contents.known(parts.yielded.front());
    isAlwaysTrue = !parts.condition && known &&
                   known->front().getConstant().value_or(0) != 0;
    if (isAlwaysTrue)
      parts.yielded.erase(parts.yielded.begin());
  }
  parts.yieldsCondition &= !isAlwaysTrue;
  graph::YieldOp::create(builder, node.loc, parts.yielded);
  return true;
}

/// Whether a symbol was made for a loop or inside of it.
bool Importer::isOfALoop(llvm::StringRef symbol, const LoopParts &parts) const {
  return llvm::is_contained(
      ArrayRef(state.symbols).drop_front(parts.firstSymbol), symbol.str());
}

/// Makes symbols of the dims that a run changes. True if there were any.
bool Importer::widenCarried(NodeImport &node, LoopParts &parts) {
  bool changed = false;
  auto nexts = ArrayRef<Value>(parts.yielded)
                   .drop_front(parts.yieldsCondition)
                   .take_front(parts.inits.size());
  for (auto [index, next] : llvm::enumerate(nexts)) {
    Dims &dims = parts.types[index];
    Dims nextDims = node.dims(next);
    if (node.element(next) != node.element(parts.inits[index]) ||
        dims.size() != nextDims.size()) {
      node.unsupported(
          fmt::format("carried value {} begins with rank {} and the body gives "
                      "rank {}, or another element type",
                      index, dims.size(), nextDims.size()),
          "carried values of one rank and element type");
      return false;
    }
    changed |= graph::widenDims(
        dims, nextDims, [&] { return state.newSymbol(labelOf(node.proto)); },
        [&](llvm::StringRef symbol) { return isOfALoop(symbol, parts); });
  }
  return changed;
}

/// The results: carried values at the end, and stacked slices.
Values Importer::addLoopParts(NodeImport &node, LoopParts &parts,
                              const Scope &scope) {
  bool mayYieldCondition = parts.yieldsCondition;
  parts.firstSymbol = state.symbols.size();
  parts.counter = state.newSymbol(labelOf(node.proto));
  for (Value init : parts.inits)
    parts.types.push_back(node.dims(init));
  // Each round makes a symbol of a dim at least.
  do {
    parts.yieldsCondition = mayYieldCondition;
    if (!addLoopBody(node, parts, scope))
      return {};
  } while (widenCarried(node, parts));
  if (node.failed())
    return {};
  if (parts.yieldsCondition && !parts.condition)
    parts.condition = node.scalar(1, node.builder.getI1Type());
  // Those so far: a symbol of a result is none of a run.
  llvm::StringSet<> inside;
  for (const std::string &symbol :
       ArrayRef(state.symbols).drop_front(parts.firstSymbol))
    inside.insert(symbol);
  SmallVector<Type> types(parts.region.front().getArgumentTypes());
  DimAttr runs =
      !parts.yieldsCondition && parts.trips ? parts.trips : parts.counter;
  for (Value slice :
       ArrayRef<Value>(parts.yielded)
           .drop_front(parts.yieldsCondition + parts.inits.size()))
    types.push_back(graph::stackedType(
        slice.getType(), runs,
        [&] { return state.newSymbol(labelOf(node.proto)); },
        [&](llvm::StringRef symbol) { return inside.contains(symbol); }));
  auto loop = graph::LoopOp::create(
      builder, node.loc, types, graph::symbolOf(parts.counter), parts.trips,
      parts.yieldsCondition ? parts.condition : Value(), parts.inits);
  loop.getBody().takeBody(parts.region);
  return Values(loop.getResults());
}

/// The number of runs that a Loop's first input allows; null for no bound.
static DimAttr tripsOf(NodeImport &node) {
  constexpr int64_t endless = int64_t(1) << 40;
  if (!node.input(0))
    return {};
  std::optional<Dims> known = node.known(0);
  if (known && known->size() != 1) {
    node.invalid("the number of runs is no scalar");
    return {};
  }
  if (!known) {
    Parts m(node);
    Value count = node.reshape(node.input(0), {});
    return node.bind(m.max(count, m.like(count, 0)));
  }
  std::optional<int64_t> constant = known->front().getConstant();
  if (constant && *constant >= endless)
    return {};
  return node.checked(
      graph::apply(graph::DimFunction::Max, known->front(), node.dim(0)));
}

static Value boolOf(NodeImport &node, Value condition) {
  Value scalar = node.reshape(condition, {});
  if (!node.failed() && !node.element(scalar).isInteger(1))
    node.invalid("the condition is no bool");
  return scalar;
}

void Importer::addLoop(const NodeProto &proto, Scope &scope) {
  SmallVector<Value> inputs;
  if (!lookUpTensors(proto, scope, inputs))
    return;
  Location loc = NameLoc::get(builder.getStringAttr(labelOf(proto)));
  NodeImport node(proto, scope.opsetOf(""), inputs, state, loc);
  LoopParts parts;
  parts.inits.assign(inputs.begin() + std::min<size_t>(2, inputs.size()),
                     inputs.end());
  if (!node.expectInputs(0, INT_MAX) ||
      llvm::is_contained(parts.inits, Value()) ||
      static_cast<size_t>(proto.output_size()) < parts.inits.size()) {
    node.invalid("an input is left out, or has no output");
    return fail(proto, scope, node.takeError());
  }
  parts.body = subgraph(node, "body", proto.output_size() + 1);
  parts.trips = tripsOf(node);
  parts.yieldsCondition = true;
  if (Value condition = node.input(1)) {
    std::optional<Dims> known = node.known(1);
    if (!known || known->size() != 1 || !known->front().getConstant())
      parts.condition = boolOf(node, condition);
    else if (*known->front().getConstant() == 0)
      parts.trips = node.dim(0);
  }
  if (node.failed())
    return fail(proto, scope, node.takeError());
  auto inputsOf = [&](DimAttr counter, ValueRange carried) {
    Values all{node.dimsValue(counter, {}, builder.getI64Type()),
               node.scalar(1, builder.getI1Type())};
    llvm::append_range(all, carried);
    return all;
  };
  parts.inputsOf = inputsOf;
  Values results = addLoopParts(node, parts, scope);
  if (results.empty() && (proto.output_size() != 0 || node.failed())) {
    state.contents.forget(parts.region);
    return fail(proto, scope, node.takeError());
  }
  for (auto [name, value] : llvm::zip(proto.output(), results))
    define(name, value, scope);
}

namespace {

/// The axes and directions of a Scan's inputs or outputs; 0 where left out.
std::vector<int64_t> listOrZeros(NodeImport &node, std::string_view name,
                                 size_t count) {
  std::vector<int64_t> values = node.integers(name);
  if (values.empty())
    values.resize(count);
  if (values.size() != count)
    node.invalid(fmt::format("{} has {} entries; expected {}", name,
                             values.size(), count));
  values.resize(count);
  return values;
}

/// Moves an axis, from or to the front.
Value moveAxis(NodeImport &node, Value value, int64_t axis, bool toFront) {
  int64_t rank = node.rank(value);
  axis = node.normalizedAxis(axis, rank);
  if (node.failed() || axis == 0)
    return value;
  SmallVector<int64_t> order;
  for (int64_t index = 1; index < rank; ++index)
    order.push_back(index);
  order.insert(order.begin() + axis, 0);
  if (!toFront)
    return node.transpose(value, order);
  SmallVector<int64_t> inverse(rank);
  for (auto [to, from] : llvm::enumerate(order))
    inverse[from] = to;
  return node.transpose(value, inverse);
}

} // namespace

/// The inputs that are scanned, with their axes first; sets the number of runs.
Values Importer::scannedInputs(NodeImport &node, LoopParts &parts,
                               ArrayRef<Value> inputs) {
  auto axes = listOrZeros(node, "scan_input_axes", inputs.size());
  Values sequences;
  for (auto [value, axis] : llvm::zip_equal(inputs, axes)) {
    Value sequence = moveAxis(node, value, axis, true);
    Dims dims = node.dims(sequence);
    if (node.failed())
      return {};
    if (!parts.trips)
      parts.trips = dims[0];
    dims[0] = parts.trips; // where that is not known, a guard checks it
    sequences.push_back(node.reshape(sequence, dims));
  }
  return sequences;
}

/// A loop over slices of `scanned`. The results: carried values, and stacked
/// slices with their axes in place; none after an error.
Values Importer::makeScan(NodeImport &node, ArrayRef<Value> inits,
                          ArrayRef<Value> scanned, const Scope &scope) {
  LoopParts parts;
  parts.inits.assign(inits.begin(), inits.end());
  size_t slices = node.proto.output_size() - parts.inits.size();
  auto inputDirections =
      listOrZeros(node, node.opset < 9 ? "directions" : "scan_input_directions",
                  scanned.size());
  auto outputAxes = listOrZeros(node, "scan_output_axes", slices);
  auto outputDirections = listOrZeros(node, "scan_output_directions", slices);
  Values sequences = scannedInputs(node, parts, scanned);
  parts.body = subgraph(node, "body", node.proto.output_size());
  if (node.failed())
    return {};
  auto inputsOf = [&](DimAttr counter, ValueRange carried) {
    Values all(carried);
    DimAttr last = node.checked(graph::subtract(parts.trips, node.dim(1)));
    DimAttr fromEnd = node.checked(graph::subtract(last, counter));
    for (auto [sequence, direction] :
         llvm::zip_equal(sequences, inputDirections))
      all.push_back(sliceAt(node, sequence, direction ? fromEnd : counter));
    return all;
  };
  parts.inputsOf = inputsOf;
  Values results = addLoopParts(node, parts, scope);
  if (results.empty()) {
    state.contents.forget(parts.region);
    return {};
  }
  Parts m(node);
  for (size_t index = 0; index < slices; ++index) {
    Value &stacked = results[parts.inits.size() + index];
    if (outputDirections[index])
      stacked = m.reverse(stacked, 0);
    stacked = moveAxis(node, stacked, outputAxes[index], false);
  }
  return node.failed() ? Values() : results;
}

/// Opset 8: a scan for each element of the batch, the first axis of all inputs.
Values Importer::makeBatchedScan(NodeImport &node, ArrayRef<Value> inits,
                                 ArrayRef<Value> scanned, const Scope &scope) {
  Dims dims = node.dims(scanned.front());
  if (dims.empty())
    return node.invalid("an input has no batch axis");
  LoopValues batches = makeLoop(
      node, dims.front(), {}, [&](DimAttr number, ValueRange) -> LoopValues {
        auto parts = [&](ArrayRef<Value> values) {
          Values result;
          for (Value value : values)
            result.push_back(sliceAt(node, value, number));
          return result;
        };
        Values one = makeScan(node, parts(inits), parts(scanned), scope);
        return {{}, one};
      });
  return batches.slices;
}

void Importer::addScan(const NodeProto &proto, Scope &scope) {
  SmallVector<Value> all;
  if (!lookUpTensors(proto, scope, all))
    return;
  Location loc = NameLoc::get(builder.getStringAttr(labelOf(proto)));
  NodeImport node(proto, scope.opsetOf(""), all, state, loc);
  bool isBatched = node.opset < 9;
  ArrayRef<Value> inputs(all);
  if (isBatched && !inputs.empty()) {
    if (inputs.front())
      node.unsupported("sequence_lens", "sequences of one length");
    inputs = inputs.drop_front();
  }
  size_t scanned = node.integer("num_scan_inputs", 0);
  if (scanned < 1 || scanned > inputs.size() ||
      llvm::is_contained(inputs, Value()) ||
      inputs.size() - scanned > static_cast<size_t>(proto.output_size()))
    node.invalid("num_scan_inputs does not fit the inputs and outputs");
  if (node.failed())
    return fail(proto, scope, node.takeError());
  ArrayRef<Value> inits = inputs.drop_back(scanned);
  inputs = inputs.take_back(scanned);
  Values results = isBatched ? makeBatchedScan(node, inits, inputs, scope)
                             : makeScan(node, inits, inputs, scope);
  if (results.empty() || node.failed())
    return fail(proto, scope, node.takeError());
  for (auto [name, value] : llvm::zip(proto.output(), results))
    define(name, value, scope);
}

} // namespace sinter::onnx
