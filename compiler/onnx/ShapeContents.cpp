// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ShapeContents.h"

#include "compiler/onnx/SymbolicStage.h"
#include "dialects/graph/Ops.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Reshape.h"

using namespace mlir;

namespace sinter::onnx {

using Elements = ShapeContents::Elements;

const Elements *ShapeContents::of(Value value) {
  if (auto entry = memo.find(value); entry != memo.end())
    return entry->second.get();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (type && type.hasStaticShape() && type.getNumElements() == 0)
    return (memo[value] = std::make_unique<Elements>()).get();
  auto result = dyn_cast<OpResult>(value);
  if (!type || !result || !type.hasStaticShape() ||
      !isa<IntegerType>(type.getElementType()))
    return nullptr;
  int64_t count = 1;
  for (int64_t size : type.getShape())
    if (llvm::MulOverflow(count, size, count))
      return nullptr;
  std::unique_ptr<Elements> elements;
  if (count <= maxElements)
    if (std::optional<Elements> known = evaluate(result, count))
      elements = std::make_unique<Elements>(std::move(*known));
  return (memo[value] = std::move(elements)).get();
}

std::optional<llvm::SmallVector<graph::DimAttr>>
ShapeContents::known(Value value) {
  const Elements *elements = of(value);
  if (!elements || llvm::is_contained(*elements, graph::DimAttr()))
    return std::nullopt;
  return llvm::SmallVector<graph::DimAttr>(elements->begin(), elements->end());
}

void ShapeContents::remember(Value value,
                             llvm::ArrayRef<graph::DimAttr> elements) {
  memo[value] = std::make_unique<Elements>(elements.begin(), elements.end());
}

void ShapeContents::forget(Region &region) {
  for (Value argument : region.getArguments())
    memo.erase(argument);
  region.walk([&](Operation *op) {
    for (Value result : op->getResults())
      memo.erase(result);
    for (Region &inner : op->getRegions())
      for (Value argument : inner.getArguments())
        memo.erase(argument);
  });
}

std::optional<Elements> ShapeContents::evaluate(OpResult value, int64_t count) {
  Operation *op = value.getOwner();
  if (isa<graph::ConstantOp>(op))
    return read(value, count);
  if (auto reshape = dyn_cast<graph::ReshapeOp>(op)) {
    const Elements *from = of(reshape.getInput());
    if (!from || static_cast<int64_t>(from->size()) != count)
      return std::nullopt;
    return *from;
  }
  if (auto stage = dyn_cast<kernel::StageOp>(op))
    return evaluateStage(stage, count, [&](Value input) { return of(input); });
  if (isa<graph::StageInterface>(op))
    return evaluateByStages(value);
  return std::nullopt;
}

/// Integers that their type holds as non-negative or signed; null for others.
std::optional<Elements> ShapeContents::read(OpResult constant, int64_t count) {
  auto op = cast<graph::ConstantOp>(constant.getOwner());
  uint64_t key;
  if (op.getValue().getKey().getAsInteger(10, key))
    return std::nullopt;
  std::span<const std::byte> bytes = blobs.bytes(static_cast<BlobKey>(key));
  auto type = cast<IntegerType>(getElementTypeOrSelf(constant.getType()));
  size_t size = (type.getWidth() + 7) / 8;
  if (bytes.size() != size * static_cast<size_t>(count))
    return std::nullopt;
  Elements elements;
  for (; !bytes.empty(); bytes = bytes.subspan(size)) {
    uint64_t word = 0;
    for (size_t byte = 0; byte < size; ++byte)
      word |= std::to_integer<uint64_t>(bytes[byte]) << (8 * byte);
    bool isUnsigned = type.isUnsigned() || type.getWidth() == 1;
    int64_t value = isUnsigned ? static_cast<int64_t>(word)
                               : llvm::SignExtend64(word, 8 * size);
    bool isTooLarge = isUnsigned && (word >> (8 * size - 1)) != 0;
    elements.push_back(
        isTooLarge ? graph::DimAttr()
                   : graph::DimAttr::constant(constant.getContext(), value));
  }
  return elements;
}

/// Makes the op's stages, evaluates them and removes them again.
std::optional<Elements> ShapeContents::evaluateByStages(OpResult value) {
  Operation *op = value.getOwner();
  OpBuilder builder(op->getContext());
  builder.setInsertionPointAfter(op);
  Operation *end = op->getNextNode();
  llvm::SmallVector<Value> results =
      cast<graph::StageInterface>(op).buildStages(builder);
  std::optional<Elements> elements;
  if (value.getResultNumber() < results.size())
    if (const Elements *known = of(results[value.getResultNumber()]))
      elements = *known;
  while (true) {
    Operation *last = end ? end->getPrevNode() : &op->getBlock()->back();
    if (last == op)
      return elements;
    for (Value result : last->getResults())
      memo.erase(result);
    last->erase();
  }
}

} // namespace sinter::onnx
