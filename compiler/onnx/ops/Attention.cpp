// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attention and what caches and rotates its keys, as formulas.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Slices.h"
#include "dialects/graph/ops/Pad.h"
#include <cmath>
#include <limits>

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {
namespace {

using graph::DimAttr;

class Attention {
public:
  explicit Attention(NodeImport &node) : m(node), node(node) {}

  Values import();

private:
  Value heads(Value value, int64_t count);
  Value repeated(Value value, DimAttr count);
  Value scaled(Value value, double by);
  Value distance();
  Value masked(Value scores);
  Value givenMask(Value mask, Value scores);
  Value softmax(Value scores);
  Value joined(Value value);

  Parts m;
  NodeImport &node;
  DimAttr batch, queries, keys;
};

/// batch x length x (heads * size) as batch x heads x length x size.
Value Attention::heads(Value value, int64_t count) {
  Dims dims = node.dims(value);
  if (dims.size() == 4)
    return value;
  if (dims.size() != 3 || count < 1) {
    node.invalid("Q, K and V must have rank 4, or rank 3 and the number of "
                 "heads");
    return {};
  }
  DimAttr size = node.checked(
      graph::apply(graph::DimFunction::FloorDiv, dims[2], node.dim(count)));
  Value split = node.reshape(value, {dims[0], dims[1], node.dim(count), size});
  return node.transpose(split, {0, 2, 1, 3});
}

/// Each head several times, so that there are `count`.
Value Attention::repeated(Value value, DimAttr count) {
  Dims dims = node.dims(value);
  if (dims.size() != 4 || dims[1] == count)
    return value;
  std::optional<int64_t> from = dims[1].getConstant();
  std::optional<int64_t> to = count.getConstant();
  if (!from || !to || *from < 1 || *to % *from != 0) {
    node.invalid("the number of heads of K does not divide that of Q");
    return {};
  }
  Dims many = dims;
  many.insert(many.begin() + 2, node.dim(*to / *from));
  dims[1] = count;
  return node.reshape(node.expand(node.unsqueeze(value, 2), many), dims);
}

Value Attention::scaled(Value value, double by) {
  return m.mul(value, m.like(value, by));
}

/// How far each key lies before its query: queries x keys, or
/// batch x 1 x queries x keys.
Value Attention::distance() {
  Type i64 = node.builder.getI64Type();
  Value row = node.unsqueeze(node.iota(queries), 1);
  Value difference = m.sub(row, node.iota(keys));
  if (Value past = node.input(4))
    return m.add(difference, m.size(node.dims(past)[2], i64));
  if (!node.input(6))
    return difference;
  Value offset = m.sub(node.cast(node.input(6), i64), m.size(queries, i64));
  return m.add(m.along(offset, 0, 4), difference);
}

/// The mask of the model, filled up to the number of keys.
Value Attention::givenMask(Value mask, Value scores) {
  Dims dims = node.dims(mask);
  if (dims.empty()) {
    node.invalid("attn_mask is a scalar");
    return {};
  }
  Type element = node.element(mask);
  bool isBool = element.isInteger(1);
  double none = isBool ? 0 : -std::numeric_limits<double>::infinity();
  if (dims.back() != keys && dims.back().getConstant() != 1) {
    graph::PadOp::Properties pads;
    Dims low(dims.size(), node.dim(0)), high = low;
    high.back() = node.checked(graph::subtract(keys, dims.back()));
    pads.low = node.array(low);
    pads.high = node.array(high);
    mask = node.make<graph::PadOp>({mask, node.scalar(none, element)}, pads);
  }
  if (!isBool)
    return m.add(scores, node.cast(mask, node.element(scores)));
  return node.select(mask, scores,
                     m.like(scores, -std::numeric_limits<double>::infinity()));
}

Value Attention::masked(Value scores) {
  Value never = m.like(scores, -std::numeric_limits<double>::infinity());
  if (Value mask = node.input(3))
    scores = givenMask(mask, scores);
  int64_t left = node.integer("left_window_size", -1);
  int64_t right = node.integer("right_window_size", -1);
  Value before = distance();
  auto keep = [&](Value condition) {
    scores = node.select(condition, scores, never);
  };
  if (node.integer("is_causal", 0) != 0)
    keep(m.lessOrEqual(m.like(before, 0), before));
  if (left >= 0)
    keep(m.lessOrEqual(before, m.like(before, left)));
  if (right >= 0)
    keep(m.lessOrEqual(m.like(before, -right), before));
  if (Value lengths = node.input(6)) {
    Value length = node.cast(lengths, node.builder.getI64Type());
    keep(m.less(node.iota(keys), m.along(length, 0, 4)));
  }
  return scores;
}

/// Zeros where all keys are masked.
Value Attention::softmax(Value scores) {
  Value most = m.largest(scores, 3, /*keepDims=*/true);
  Value never = m.like(most, -std::numeric_limits<double>::infinity());
  Value shift = node.select(m.equal(most, never), m.like(most, 0), most);
  Value powers = m.exp(m.sub(scores, shift));
  Value sum = m.sum(powers, 3, /*keepDims=*/true);
  Value safe = node.select(m.equal(sum, m.like(sum, 0)), m.like(sum, 1), sum);
  return m.div(powers, safe);
}

/// batch x length x (heads * size) of batch x heads x length x size.
Value Attention::joined(Value value) {
  Value turned = node.transpose(value, {0, 2, 1, 3});
  Dims dims = node.dims(turned);
  if (!turned)
    return {};
  DimAttr size = node.checked(graph::multiply(dims[2], dims[3]));
  return node.reshape(turned, {dims[0], dims[1], size});
}

Values Attention::import() {
  if (!node.expectInputs(3, 7))
    return {};
  if (!node.input(4) != !node.input(5))
    return node.invalid("past_key and past_value must be there together");
  int64_t count = node.integer("q_num_heads", 0);
  int64_t keyCount = node.integer("kv_num_heads", 0);
  bool isFlat = node.rank(node.input(0)) == 3;
  Value query = heads(node.input(0), count);
  Value key = heads(node.input(1), keyCount);
  Value value = heads(node.input(2), keyCount);
  if (node.input(4)) {
    key = node.concat({node.input(4), key}, 2);
    value = node.concat({node.input(5), value}, 2);
  }
  if (!query || !key || !value)
    return {};
  Type element = node.element(query);
  Dims dims = node.dims(query);
  queries = dims[2];
  keys = node.dims(key)[2];
  std::optional<int64_t> size = dims[3].getConstant();
  if (!node.has("scale") && !size)
    return node.unsupported("no scale, and a head size that is not constant",
                            "constant head sizes");
  double scale = node.has("scale") ? node.number("scale", 1)
                                   : 1 / std::sqrt(static_cast<double>(*size));
  Value left = m.widen(query), right = m.widen(repeated(key, dims[1]));
  // As the definition says, so that neither side overflows.
  double root = std::sqrt(std::abs(scale));
  Value scores = m.matMul(scaled(left, scale < 0 ? -root : root),
                          m.swapLast(scaled(right, root)));
  Value product = scores;
  if (float cap = node.number("softcap", 0); cap > 0)
    product = scores = scaled(m.tanh(m.div(scores, m.like(scores, cap))), cap);
  scores = masked(scores);
  Value weights = softmax(scores);
  int64_t mode = node.integer("qk_matmul_output_mode", 0);
  if (mode == 2)
    product = scores;
  if (mode == 3)
    product = weights;
  Value result = m.matMul(weights, m.widen(repeated(value, dims[1])));
  result = node.cast(result, element);
  return {isFlat ? joined(result) : result, key, value,
          node.cast(product, element)};
}

} // namespace

Values importAttention(NodeImport &node) { return Attention(node).import(); }

/// Each position of the cache that lies behind the write index by less than the
/// length of the update holds the update.
Values importTensorScatter(NodeImport &node) {
  if (!node.expectInputs(2, 3))
    return {};
  Parts m(node);
  Value cache = node.input(0), update = node.input(1);
  Dims dims = node.dims(cache), from = node.dims(update);
  int64_t rank = dims.size();
  int64_t axis = node.normalizedAxis(node.integer("axis", -2), rank);
  if (node.failed() || from.size() != dims.size() || axis == 0)
    return node.invalid("cache and update must have one rank, and the axis "
                        "must not be the first");
  Type i64 = node.builder.getI64Type();
  // batch x length: how far behind the write index
  Value behind = node.unsqueeze(node.iota(dims[axis]), 0);
  if (node.input(2))
    behind = m.sub(behind, node.unsqueeze(node.cast(node.input(2), i64), 1));
  else
    behind = node.expand(behind, {dims[0], dims[axis]});
  std::string mode = node.text("mode", "linear");
  if (mode == "circular")
    behind = node.select(m.less(behind, m.like(behind, 0)),
                         m.add(behind, m.size(dims[axis], i64)), behind);
  else if (mode != "linear")
    return node.invalid(fmt::format("mode is '{}'", mode));
  Value isNew = m.both(m.lessOrEqual(m.like(behind, 0), behind),
                       m.less(behind, m.size(from[axis], i64)));
  // The update's rows by batch and position: one axis of both.
  Value batches = node.unsqueeze(node.iota(dims[0]), 1);
  Value last = m.sub(m.size(from[axis], i64), m.like(behind, 1));
  Value inside = m.clamp(behind, m.like(behind, 0), last);
  Value rows = m.add(m.mul(batches, m.size(from[axis], i64)), inside);
  SmallVector<int64_t> order{0, axis}, back(rank);
  for (int64_t other = 1; other < rank; ++other)
    if (other != axis)
      order.push_back(other);
  for (auto [to, position] : llvm::enumerate(order))
    back[position] = to;
  Value turned = node.transpose(update, order);
  Dims flat(ArrayRef(node.dims(turned)).drop_front(2));
  flat.insert(flat.begin(), m.product({from[0], from[axis]}));
  Value written = m.gather(node.reshape(turned, flat), rows, 0);
  Dims maskDims(rank, node.dim(1));
  maskDims[0] = dims[0];
  maskDims[axis] = dims[axis];
  return {node.select(node.reshape(isNew, maskDims),
                      node.transpose(written, back), cache)};
}

} // namespace sinter::onnx
