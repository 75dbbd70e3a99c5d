// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attention of com.microsoft: the projection of queries, keys and values, and
// what follows, as formulas.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Slices.h"
#include <cmath>
#include <limits>

using namespace mlir;
using llvm::ArrayRef;

namespace sinter::onnx {
namespace {

using graph::DimAttr;

class ContribAttention {
public:
  explicit ContribAttention(NodeImport &node) : m(node), node(node) {}

  Values import();

private:
  bool check();
  Value projected();
  Value withPast(Value current, int64_t which);
  Value masked(Value scores, DimAttr queries, DimAttr keys);
  Value keysToKeep(DimAttr keys);

  Parts m;
  NodeImport &node;
  Dims dims;
};

/// Whether this is a form that is supported.
bool ContribAttention::check() {
  if (!node.expectInputs(2, 7))
    return false;
  dims = node.dims(node.input(0));
  if (dims.size() != 3 || node.rank(node.input(1)) != 2)
    node.invalid("the input must have rank 3, the weights rank 2");
  for (std::string_view name :
       {"qkv_hidden_sizes", "do_rotary", "past_present_share_buffer"}) {
    const auto *attribute = node.find(name);
    if (attribute && (attribute->ints_size() != 0 || attribute->i() != 0))
      node.unsupported(name, "heads of equal sizes, no rotation, no shared "
                             "buffers");
  }
  return !node.failed();
}

/// 3 x batch x heads x length x size.
Value ContribAttention::projected() {
  Value product = m.matMul(node.input(0), node.input(1));
  if (node.input(2))
    product = m.add(product, node.input(2));
  Dims all = node.dims(product);
  int64_t heads = node.integer("num_heads", 0);
  std::optional<int64_t> width =
      all.empty() ? std::nullopt : all.back().getConstant();
  if (node.failed())
    return {};
  if (heads < 1 || !width || *width % (3 * heads) != 0) {
    node.invalid("num_heads does not divide a third of the weights' columns");
    return {};
  }
  Value split =
      node.reshape(product, {all[0], all[1], node.dim(3), node.dim(heads),
                             node.dim(*width / (3 * heads))});
  return node.transpose(split, {2, 0, 3, 1, 4});
}

/// Keys (1) or values (2), behind those of the past.
Value ContribAttention::withPast(Value current, int64_t which) {
  Value past = node.input(4);
  if (!past)
    return current;
  Dims all = node.dims(past);
  if (all.size() != 5) {
    node.invalid("past must have rank 5");
    return {};
  }
  Value part = sliceAxis(node, past, 0, node.dim(which - 1), 1, node.dim(1));
  return node.concat({node.reshape(part, ArrayRef(all).drop_front()), current},
                     2);
}

/// A bool that broadcasts to batch x heads x queries x keys; null for all.
Value ContribAttention::keysToKeep(DimAttr keys) {
  Value mask = node.input(3);
  if (!mask)
    return {};
  Dims shape = node.dims(mask);
  if (shape.size() == 1) { // the length of each element of the batch
    mask = node.reshape(mask, {dims.front()});
    return m.less(node.iota(keys),
                  m.along(node.cast(mask, node.builder.getI64Type()), 0, 4));
  }
  if (shape.size() != 2 && shape.size() != 3) {
    node.unsupported(fmt::format("mask_index of rank {}", shape.size()),
                     "lengths, or masks of rank 2 and 3");
    return {};
  }
  shape.insert(shape.begin() + 1, node.dim(1));
  if (shape.size() == 3)
    shape.insert(shape.begin() + 1, node.dim(1));
  return m.logicalNot(m.equal(node.reshape(mask, shape), m.like(mask, 0)));
}

Value ContribAttention::masked(Value scores, DimAttr queries, DimAttr keys) {
  double lowest = std::numeric_limits<float>::lowest();
  double filter = node.number("mask_filter_value", -10000);
  if (Value keep = keysToKeep(keys))
    scores = node.select(keep, scores, m.add(scores, m.like(scores, filter)));
  if (Value bias = node.input(5))
    scores = m.add(scores, m.widen(bias));
  if (node.integer("unidirectional", 0) == 0)
    return scores;
  Type i64 = node.builder.getI64Type();
  DimAttr past = node.checked(graph::subtract(keys, queries));
  Value row = m.add(node.unsqueeze(node.iota(queries), 1), m.size(past, i64));
  return node.select(m.lessOrEqual(node.iota(keys), row), scores,
                     m.like(scores, lowest));
}

Values ContribAttention::import() {
  if (!check())
    return {};
  Value all = projected();
  if (!all)
    return {};
  Dims parts = node.dims(all);
  auto part = [&](int64_t which) {
    Value one = sliceAxis(node, all, 0, node.dim(which), 1, node.dim(1));
    return node.reshape(one, ArrayRef(parts).drop_front());
  };
  Value key = withPast(part(1), 1), value = withPast(part(2), 2);
  if (node.failed())
    return {};
  double size = static_cast<double>(*parts.back().getConstant());
  float scale = node.number("scale", 0);
  if (scale == 0)
    scale = static_cast<float>(1 / std::sqrt(size));
  Value scores = m.matMul(m.widen(part(0)), m.swapLast(m.widen(key)));
  scores = m.mul(scores, m.like(scores, scale));
  scores = masked(scores, dims[1], node.dims(key)[2]);
  Value powers = m.exp(m.sub(scores, m.largest(scores, 3, /*keepDims=*/true)));
  Value weights = m.div(powers, m.sum(powers, 3, /*keepDims=*/true));
  Value result =
      node.cast(m.matMul(weights, m.widen(value)), node.element(node.input(0)));
  Dims to{dims[0], dims[1], m.product({parts[2], parts[4]})};
  Value present =
      node.concat({node.unsqueeze(key, 0), node.unsqueeze(value, 0)}, 0);
  return {node.reshape(node.transpose(result, {0, 2, 1, 3}), to), present};
}

} // namespace

Values importContribAttention(NodeImport &node) {
  return ContribAttention(node).import();
}

} // namespace sinter::onnx
