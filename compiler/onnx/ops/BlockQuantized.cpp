// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MatMulNBits of com.microsoft: weights of few bits, in blocks with a scale
// each.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Slices.h"
#include "compiler/onnx/ops/Tables.h"
#include "dialects/graph/ops/Binary.h"

using namespace mlir;

namespace sinter::onnx {
namespace {

/// The numbers in the bytes of the last axis, lowest bits first.
Value unpacked(NodeImport &node, Value bytes, int64_t bits) {
  Dims dims = node.dims(bytes);
  if (!bytes || bits == 8)
    return bytes;
  Type byte = node.element(bytes);
  std::vector<uint8_t> shifts;
  for (int64_t shift = 0; shift < 8; shift += bits)
    shifts.push_back(static_cast<uint8_t>(shift));
  auto count = static_cast<int64_t>(shifts.size());
  Value by = tableOf<uint8_t>(node, shifts, byte, count);
  Value each = node.unsqueeze(bytes, static_cast<int64_t>(dims.size()));
  Value shifted = node.make<graph::ShiftRightOp>({each, by});
  Value mask = node.scalar(static_cast<double>((1 << bits) - 1), byte);
  Value numbers = node.make<graph::BitAndOp>({shifted, mask});
  dims.back() = node.checked(graph::multiply(dims.back(), node.dim(count)));
  return node.reshape(numbers, dims);
}

struct Blocks {
  int64_t rows, columns, bits, size, count;
};

std::optional<Blocks> blocksOf(NodeImport &node) {
  Blocks b{node.integer("N", 0), node.integer("K", 0), node.integer("bits", 4),
           node.integer("block_size", 0), 0};
  int64_t largest = std::max({b.rows, b.columns, b.size});
  if (b.rows < 1 || b.columns < 1 || b.size < 16 || largest > INT32_MAX ||
      !llvm::isPowerOf2_64(b.size)) {
    node.invalid("N, K and block_size must be positive, block_size a power of "
                 "two from 16 on");
    return std::nullopt;
  }
  if (b.bits != 2 && b.bits != 4 && b.bits != 8) {
    node.unsupported(fmt::format("weights of {} bits", b.bits),
                     "2, 4 and 8 bits");
    return std::nullopt;
  }
  if (node.input(4)) {
    node.unsupported("g_idx", "blocks of neighbours");
    return std::nullopt;
  }
  b.count = (b.columns - 1) / b.size + 1;
  return b;
}

/// Of each block, rows x blocks x 1.
Value zeroPoints(NodeImport &node, const Blocks &b, Type element) {
  Value zero = node.input(3);
  if (!zero)
    return node.scalar(static_cast<double>(1 << (b.bits - 1)), element);
  Dims to{node.dim(b.rows), node.dim(b.count), node.dim(1)};
  if (isa<FloatType>(node.element(zero)))
    return node.cast(node.reshape(zero, to), element);
  int64_t bytes = (b.count * b.bits + 7) / 8;
  Value rows = node.reshape(zero, {node.dim(b.rows), node.dim(bytes)});
  Value points = sliceAxis(node, unpacked(node, rows, b.bits), 1, node.dim(0),
                           1, node.dim(b.count));
  return node.cast(node.reshape(points, to), element);
}

} // namespace

/// A * ((B - zero point) * scale)' + bias
Values importMatMulNBits(NodeImport &node) {
  if (!node.expectInputs(3, 6))
    return {};
  std::optional<Blocks> b = blocksOf(node);
  if (!b)
    return {};
  Parts m(node);
  Type element = node.element(node.input(0));
  graph::DimAttr rows = node.dim(b->rows), count = node.dim(b->count);
  Value bytes = node.reshape(node.input(1),
                             {rows, count, node.dim(b->size * b->bits / 8)});
  Value numbers = node.cast(unpacked(node, bytes, b->bits), element);
  Value scales = node.cast(
      node.reshape(node.input(2), {rows, count, node.dim(1)}), element);
  Value weights = m.mul(m.sub(numbers, zeroPoints(node, *b, element)), scales);
  weights = node.reshape(weights, {rows, node.dim(b->count * b->size)});
  weights = sliceAxis(node, weights, 1, node.dim(0), 1, node.dim(b->columns));
  Value product = m.vectorMatMul(node.input(0), m.swapLast(weights));
  return {node.input(5) ? m.add(product, node.input(5)) : product};
}

} // namespace sinter::onnx
