// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ops/Math.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Slices.h"
#include "dialects/graph/ops/Gather.h"

using namespace mlir;

namespace sinter::onnx {
namespace {

using graph::DimAttr;
using graph::DimFunction;

/// What a rotation works on: the last axis of x, whose rows have these cosines
/// and sines.
struct Rotation {
  NodeImport &node;
  Value cosine, sine;
  bool isInterleaved;

  Value operator()(Value x, DimAttr size);
};

/// (x1, x2) becomes (cos x1 - sin x2, sin x1 + cos x2), where the pairs are the
/// two halves, or neighbours.
Value Rotation::operator()(Value x, DimAttr size) {
  Math m(node);
  int64_t last = node.rank(x) - 1;
  DimAttr half =
      node.checked(graph::apply(DimFunction::FloorDiv, size, node.dim(2)));
  int64_t step = isInterleaved ? 2 : 1;
  Value x1 = sliceAxis(node, x, last, node.dim(0), step, half);
  Value x2 =
      sliceAxis(node, x, last, isInterleaved ? node.dim(1) : half, step, half);
  Value real = m.sub(m.mul(cosine, x1), m.mul(sine, x2));
  Value imaginary = m.add(m.mul(sine, x1), m.mul(cosine, x2));
  if (!isInterleaved)
    return node.concat({real, imaginary}, last);
  Dims dims = node.dims(real);
  if (dims.empty())
    return {};
  dims.back() = size;
  return node.reshape(node.concat({node.unsqueeze(real, last + 1),
                                   node.unsqueeze(imaginary, last + 1)},
                                  last + 1),
                      dims);
}

/// A cache as batch x sequence x half, with a unit axis for the heads.
Value cacheAt(NodeImport &node, size_t index, int64_t headAxis) {
  Value cache = node.input(index);
  if (node.input(3)) {
    graph::GatherOp::Properties properties;
    properties.axis = node.builder.getI64IntegerAttr(0);
    cache = node.make<graph::GatherOp>({cache, node.input(3)}, properties);
  }
  if (cache && node.rank(cache) != 3)
    node.invalid("the caches must have rank 2 with position_ids, else 3");
  return node.failed() ? Value() : node.unsqueeze(cache, headAxis);
}

} // namespace

Values importRotaryEmbedding(NodeImport &node) {
  if (!node.expectInputs(3, 4))
    return {};
  Value x = node.input(0);
  Dims whole = node.dims(x), dims = whole;
  if (dims.size() == 3) {
    int64_t heads = node.integer("num_heads", 0);
    if (heads < 1)
      return node.invalid("num_heads must be positive for rank 3");
    DimAttr size = node.checked(
        graph::apply(DimFunction::FloorDiv, dims[2], node.dim(heads)));
    dims = {dims[0], dims[1], node.dim(heads), size};
    x = node.reshape(x, dims);
  }
  if (dims.size() != 4)
    return node.invalid("the input must have rank 3 or 4");
  int64_t headAxis = whole.size() == 3 ? 2 : 1;
  int64_t given = node.integer("rotary_embedding_dim", 0);
  Rotation rotate{node, cacheAt(node, 1, headAxis), cacheAt(node, 2, headAxis),
                  node.integer("interleaved", 0) != 0};
  if (given == 0 || dims[3].getConstant() == given)
    return {node.reshape(rotate(x, dims[3]), whole)};
  DimAttr size = node.dim(given);
  DimAttr rest = node.checked(graph::subtract(dims[3], size));
  Value rotated = rotate(sliceAxis(node, x, 3, node.dim(0), 1, size), size);
  Value kept = sliceAxis(node, x, 3, size, 1, rest);
  return {node.reshape(node.concat({rotated, kept}, 3), whole)};
}

/// Swish of the gate, times the linear input.
Values importSwiGlu(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  Math m(node);
  Value gate = node.input(0);
  Value scaled = m.mul(gate, m.like(gate, node.number("alpha", 1)));
  return {m.mul(m.mul(gate, m.sigmoid(scaled)), node.input(1))};
}

} // namespace sinter::onnx
