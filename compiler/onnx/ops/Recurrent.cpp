// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RNN, GRU and LSTM: the product of all inputs and weights at once, then a loop
// over the steps.
#include "compiler/onnx/ops/Loops.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Slices.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {
namespace {

using graph::DimAttr;

using Activation = Value (*)(Parts &, Value);

struct State {
  Value hidden, cell;
};

/// What all steps of one direction share. Gates are stacked along the last
/// axis.
struct Direction {
  /// x W' + b for all steps: steps x batch x (gates * size).
  Value inputs;
  /// size x (gates * size), the bias of the recurrence (apart from the inputs'
  /// only for GRU), and peepholes (3 * size).
  Value recurrence, bias, peepholes;
  SmallVector<Activation, 3> activations;
};

class Recurrence {
public:
  using Step = State (*)(Recurrence &, const Direction &, Value x, State);

  Recurrence(NodeImport &node, int64_t gates, bool hasCell, Step step)
      : m(node), node(node), gates(gates), hasCell(hasCell), step(step) {}

  Values import(ArrayRef<std::string_view> defaults);

  /// Gate number `index` of a tensor of stacked gates.
  Value gate(Value stacked, int64_t index) {
    return part(stacked, index * size, size);
  }
  /// `count` elements of the last axis.
  Value part(Value stacked, int64_t from, int64_t count) {
    return sliceAxis(node, stacked, node.rank(stacked) - 1, node.dim(from), 1,
                     node.dim(count));
  }
  /// Clips as the attribute says.
  Value clipped(Value value) {
    float bound = node.number("clip", 0);
    if (bound <= 0)
      return value;
    return m.clamp(value, m.like(value, -bound), m.like(value, bound));
  }
  Value activate(const Direction &direction, int index, Value value) {
    return direction.activations[index](m, clipped(value));
  }

  Parts m;
  NodeImport &node;

private:
  bool check();
  Value row(size_t input, int64_t direction, int64_t rank);
  Value initial(size_t input, int64_t direction);
  Direction direction(int64_t index, ArrayRef<std::string_view> defaults);
  void run(const Direction &direction, bool isReverse, State first);

  int64_t gates;
  bool hasCell;
  Step step;
  State masked(DimAttr position, State before, State after, Value &slice);

  int64_t size = 0;
  DimAttr batch, steps;
  Value sequence;
  /// batch x 1 of i32; null if all sequences are whole.
  Value lengths;
  /// Of each direction: steps x batch x size, and the last states.
  Values outputs, lastHidden, lastCell;
};

std::optional<Activation> activationOf(std::string_view name) {
  if (name == "Sigmoid")
    return +[](Parts &m, Value x) { return m.sigmoid(x); };
  if (name == "Tanh")
    return +[](Parts &m, Value x) { return m.tanh(x); };
  if (name == "Relu")
    return +[](Parts &m, Value x) { return m.relu(x); };
  if (name == "Softsign")
    return +[](Parts &m, Value x) {
      return m.div(x, m.add(m.like(x, 1), m.abs(x)));
    };
  if (name == "Softplus")
    return +[](Parts &m, Value x) {
      return m.log(m.add(m.exp(x), m.like(x, 1)));
    };
  return std::nullopt;
}

/// False after an error. Sets the sizes.
bool Recurrence::check() {
  if (!node.expectInputs(3, hasCell ? 8 : 6))
    return false;
  Dims x = node.dims(node.input(0)), r = node.dims(node.input(2));
  if (x.size() != 3 || node.rank(node.input(1)) != 3 || r.size() != 3) {
    node.invalid("X, W and R must have rank 3");
    return false;
  }
  bool isBatchFirst = node.integer("layout", 0) != 0;
  sequence =
      isBatchFirst ? node.transpose(node.input(0), {1, 0, 2}) : node.input(0);
  batch = isBatchFirst ? x[0] : x[1];
  DimAttr length = isBatchFirst ? x[1] : x[0];
  size = r[2].getConstant().value_or(0);
  if (size < 1 || node.integer("hidden_size", size) != size ||
      r[1].getConstant() != gates * size)
    node.invalid("R is not of the hidden size, or not constant");
  steps = length;
  if (node.input(4)) {
    std::optional<Dims> known = node.known(4);
    if (!known ||
        !llvm::all_of(*known, [&](DimAttr dim) { return dim == steps; }))
      lengths = node.reshape(node.input(4), {batch, node.dim(1)});
  }
  if (node.integer("input_forget", 0) != 0)
    node.unsupported("input_forget is 1", "separate input and forget gates");
  if (node.has("activation_alpha") || node.has("activation_beta"))
    node.unsupported("activation_alpha or activation_beta",
                     "activations without parameters");
  return !node.failed();
}

/// The part of an input that belongs to a direction, without that axis.
Value Recurrence::row(size_t input, int64_t direction, int64_t rank) {
  Value value = node.input(input);
  if (!value || node.failed())
    return {};
  Dims dims = node.dims(value);
  if (static_cast<int64_t>(dims.size()) != rank + 1) {
    node.invalid(fmt::format("input {} has rank {}; expected {}", input,
                             dims.size(), rank + 1));
    return {};
  }
  Value slice = sliceAxis(node, value, 0, node.dim(direction), 1, node.dim(1));
  return node.reshape(slice, ArrayRef(dims).drop_front());
}

Value Recurrence::initial(size_t input, int64_t direction) {
  if (node.input(input) && node.integer("layout", 0) != 0) {
    Value value = sliceAxis(node, node.input(input), 1, node.dim(direction), 1,
                            node.dim(1));
    return node.reshape(value, {batch, node.dim(size)});
  }
  if (Value value = row(input, direction, 2))
    return value;
  return node.expand(m.like(sequence, 0), {batch, node.dim(size)});
}

Direction Recurrence::direction(int64_t index,
                                ArrayRef<std::string_view> defaults) {
  Direction result;
  Value weights = m.swapLast(row(1, index, 2));
  result.recurrence = m.swapLast(row(2, index, 2));
  result.inputs = m.matMul(sequence, weights);
  if (Value bias = row(3, index, 1)) {
    Value first = part(bias, 0, gates * size);
    result.bias = part(bias, gates * size, gates * size);
    result.inputs = m.add(result.inputs, first);
  }
  if (hasCell)
    result.peepholes = row(7, index, 1);
  const auto *names = node.find("activations");
  for (auto [at, name] : llvm::enumerate(defaults)) {
    size_t position = index * defaults.size() + at;
    std::string_view chosen = name;
    if (names && position < static_cast<size_t>(names->strings_size()))
      chosen = names->strings(static_cast<int>(position));
    std::optional<Activation> activation = activationOf(chosen);
    if (!activation)
      node.unsupported(fmt::format("activation '{}'", chosen),
                       "Sigmoid, Tanh, Relu, Softsign, Softplus");
    result.activations.push_back(activation.value_or(nullptr));
  }
  return result;
}

/// After the end of a sequence its state stays, and the output is 0.
State Recurrence::masked(DimAttr position, State before, State after,
                         Value &slice) {
  if (!lengths)
    return after;
  Value isInside =
      m.less(node.dimsValue(position, {}, node.element(lengths)), lengths);
  slice = node.select(isInside, after.hidden, m.like(after.hidden, 0));
  State kept{node.select(isInside, after.hidden, before.hidden), {}};
  if (after.cell)
    kept.cell = node.select(isInside, after.cell, before.cell);
  return kept;
}

void Recurrence::run(const Direction &direction, bool isReverse, State first) {
  Values inits{first.hidden};
  if (first.cell)
    inits.push_back(first.cell);
  if (node.failed())
    return;
  DimAttr last = node.checked(graph::subtract(steps, node.dim(1)));
  LoopValues all = makeLoop(
      node, steps, inits, [&](DimAttr run, ValueRange carried) -> LoopValues {
        DimAttr position =
            isReverse ? node.checked(graph::subtract(last, run)) : run;
        Value x = sliceAt(node, direction.inputs, position);
        State state{carried[0], carried.size() > 1 ? carried[1] : Value()};
        State after = step(*this, direction, x, state);
        Value slice = after.hidden;
        after = masked(position, state, after, slice);
        Values nexts{after.hidden};
        if (after.cell)
          nexts.push_back(after.cell);
        return {nexts, {slice}};
      });
  if (node.failed())
    return;
  outputs.push_back(isReverse ? m.reverse(all.slices[0], 0) : all.slices[0]);
  lastHidden.push_back(all.carried[0]);
  lastCell.push_back(hasCell ? all.carried[1] : Value());
}

Values Recurrence::import(ArrayRef<std::string_view> defaults) {
  if (!check())
    return {};
  std::string mode = node.text("direction", "forward");
  bool isBoth = mode == "bidirectional";
  if (!isBoth && mode != "forward" && mode != "reverse")
    return node.invalid(fmt::format("direction is '{}'", mode));
  int64_t count = isBoth ? 2 : 1;
  if (node.dims(node.input(1))[0].getConstant() != count)
    return node.invalid("W does not have one row for each direction");
  for (int64_t index = 0; index < count; ++index) {
    Direction shared = direction(index, defaults);
    if (node.failed())
      return {};
    State state{initial(5, index), {}};
    if (hasCell)
      state.cell = initial(6, index);
    run(shared, index == 1 || mode == "reverse", state);
  }
  if (node.failed())
    return {};
  bool isBatchFirst = node.integer("layout", 0) != 0;
  auto stacked = [&](ArrayRef<Value> parts, int64_t axis) {
    Values rows;
    for (Value part : parts)
      rows.push_back(node.unsqueeze(part, axis));
    return node.concat(rows, axis);
  };
  // Y: steps, directions, batch, size; or batch, steps, directions, size.
  Value all = stacked(outputs, 1);
  Values results{isBatchFirst ? node.transpose(all, {2, 0, 1, 3}) : all,
                 stacked(lastHidden, isBatchFirst ? 1 : 0)};
  if (hasCell)
    results.push_back(stacked(lastCell, isBatchFirst ? 1 : 0));
  return results;
}

/// The bias of the recurrence, where there is one.
Value withBias(Recurrence &r, const Direction &direction, Value product) {
  return direction.bias ? r.m.add(product, direction.bias) : product;
}

State stepOfRnn(Recurrence &r, const Direction &direction, Value x,
                State state) {
  Value product = r.m.matMul(state.hidden, direction.recurrence);
  Value sum = r.m.add(x, withBias(r, direction, product));
  return {r.activate(direction, 0, sum), {}};
}

/// Gates i, o, f, c.
State stepOfLstm(Recurrence &r, const Direction &direction, Value x,
                 State state) {
  Parts &m = r.m;
  Value product = m.matMul(state.hidden, direction.recurrence);
  Value sum = m.add(x, withBias(r, direction, product));
  auto peeped = [&](int64_t gate, int64_t peephole, Value cell) {
    Value value = r.gate(sum, gate);
    if (!direction.peepholes)
      return value;
    return m.add(value, m.mul(r.gate(direction.peepholes, peephole), cell));
  };
  Value input = r.activate(direction, 0, peeped(0, 0, state.cell));
  Value forget = r.activate(direction, 0, peeped(2, 2, state.cell));
  Value update = r.activate(direction, 1, r.gate(sum, 3));
  Value cell = m.add(m.mul(forget, state.cell), m.mul(input, update));
  Value output = r.activate(direction, 0, peeped(1, 1, cell));
  return {m.mul(output, direction.activations[2](m, cell)), cell};
}

/// Gates z, r, h.
State stepOfGru(Recurrence &r, const Direction &direction, Value x,
                State state) {
  Parts &m = r.m;
  NodeImport &node = r.node;
  Value hidden = state.hidden;
  bool isLinear = node.integer("linear_before_reset", 0) != 0;
  Value product =
      withBias(r, direction, m.matMul(hidden, direction.recurrence));
  auto gate = [&](int64_t index) {
    return r.activate(direction, 0,
                      m.add(r.gate(x, index), r.gate(product, index)));
  };
  Value update = gate(0), reset = gate(1), inner;
  if (isLinear) {
    inner = m.mul(reset, r.gate(product, 2));
  } else {
    inner = m.matMul(m.mul(reset, hidden), r.gate(direction.recurrence, 2));
    if (direction.bias)
      inner = m.add(inner, r.gate(direction.bias, 2));
  }
  Value candidate = r.activate(direction, 1, m.add(r.gate(x, 2), inner));
  Value kept = m.mul(update, hidden);
  return {m.add(m.mul(m.sub(m.like(update, 1), update), candidate), kept), {}};
}

} // namespace

Values importRNN(NodeImport &node) {
  return Recurrence(node, 1, false, stepOfRnn).import({"Tanh"});
}

Values importLSTM(NodeImport &node) {
  return Recurrence(node, 4, true, stepOfLstm)
      .import({"Sigmoid", "Tanh", "Tanh"});
}

Values importGRU(NodeImport &node) {
  return Recurrence(node, 3, false, stepOfGru).import({"Sigmoid", "Tanh"});
}

} // namespace sinter::onnx
