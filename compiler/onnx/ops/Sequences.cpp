// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ops/Sequences.h"

#include "compiler/onnx/ops/Loops.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Slices.h"
#include "dialects/graph/ops/Sequence.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {

using graph::DimAttr;

bool isSequence(Value value) { return value && isa<NoneType>(value.getType()); }

bool takesSequences(std::string_view op) {
  constexpr std::string_view names[] = {"ConcatFromSequence", "Identity",
                                        "SequenceAt",         "SequenceErase",
                                        "SequenceInsert",     "SequenceLength"};
  return llvm::is_contained(names, op);
}

namespace {

/// What a sequence consists of.
struct Sequence {
  Values tensors;
  bool isStacked = false;
};

Value makeSequence(NodeImport &node, const Sequence &sequence) {
  if (node.failed() || llvm::is_contained(sequence.tensors, Value()))
    return {};
  return graph::SequenceOp::create(
      node.builder, node.loc, node.builder.getNoneType(), sequence.tensors,
      sequence.isStacked ? node.builder.getUnitAttr() : UnitAttr());
}

std::optional<Sequence> sequenceOf(NodeImport &node) {
  Value value = node.input(0);
  auto op = isSequence(value) ? value.getDefiningOp<graph::SequenceOp>()
                              : graph::SequenceOp();
  if (!op) {
    if (!node.failed())
      node.invalid("input 0 is no sequence");
    return std::nullopt;
  }
  return Sequence{Values(op.getTensors()), op.getStacked()};
}

/// The position that an input says, in a sequence of so many tensors; an
/// insertion may be after the last.
std::optional<size_t> positionOf(NodeImport &node, size_t index, size_t count,
                                 bool isInsertion) {
  std::optional<std::vector<int64_t>> given = node.constants(index);
  if (!given || given->size() != 1) {
    if (!node.failed())
      node.invalid("the position is no scalar");
    return std::nullopt;
  }
  auto size = static_cast<int64_t>(count);
  int64_t position = given->front() + (given->front() < 0 ? size : 0);
  if (position < 0 || position >= size + (isInsertion ? 1 : 0)) {
    node.invalid(
        fmt::format("position {} of {} tensors", given->front(), count));
    return std::nullopt;
  }
  return static_cast<size_t>(position);
}

/// The node's sequence, which is its first input, if there are so many inputs.
std::optional<Sequence> sequenceInput(NodeImport &node, size_t least,
                                      size_t most) {
  return node.expectInputs(least, most) ? sequenceOf(node) : std::nullopt;
}

/// The same, if its length is constant.
std::optional<Sequence> listInput(NodeImport &node, size_t least, size_t most) {
  std::optional<Sequence> sequence = sequenceInput(node, least, most);
  if (!sequence || !sequence->isStacked)
    return sequence;
  node.unsupported("a sequence whose length is not constant",
                   "SequenceAt, SequenceLength and ConcatFromSequence of "
                   "those");
  return std::nullopt;
}

} // namespace

Values importSequenceConstruct(NodeImport &node) {
  if (!node.expectInputs(1, INT_MAX))
    return {};
  Sequence sequence;
  for (size_t index = 0; index < node.inputs.size(); ++index)
    sequence.tensors.push_back(node.input(index));
  return {makeSequence(node, sequence)};
}

Values importSequenceEmpty(NodeImport &node) {
  if (!node.expectInputs(0, 0))
    return {};
  return {makeSequence(node, {})};
}

Values importSequenceInsert(NodeImport &node) {
  std::optional<Sequence> sequence = listInput(node, 2, 3);
  if (!sequence)
    return {};
  std::optional<size_t> position = sequence->tensors.size();
  if (node.input(2))
    position = positionOf(node, 2, *position, true);
  if (!position)
    return {};
  sequence->tensors.insert(sequence->tensors.begin() + *position,
                           node.input(1));
  return {makeSequence(node, *sequence)};
}

Values importSequenceErase(NodeImport &node) {
  std::optional<Sequence> sequence = listInput(node, 1, 2);
  if (!sequence)
    return {};
  if (sequence->tensors.empty())
    return node.invalid("the sequence is empty");
  std::optional<size_t> position = sequence->tensors.size() - 1;
  if (node.input(1))
    position = positionOf(node, 1, sequence->tensors.size(), false);
  if (!position)
    return {};
  sequence->tensors.erase(sequence->tensors.begin() + *position);
  return {makeSequence(node, *sequence)};
}

Values importSequenceAt(NodeImport &node) {
  std::optional<Sequence> sequence = sequenceInput(node, 2, 2);
  if (!sequence)
    return {};
  if (!sequence->isStacked) {
    auto position = positionOf(node, 1, sequence->tensors.size(), false);
    return position ? Values{sequence->tensors[*position]} : Values();
  }
  std::optional<Dims> position = node.contents(1);
  if (!position || position->size() != 1)
    return node.invalid("the position is no scalar");
  Value stacked = sequence->tensors.front();
  DimAttr at = position->front();
  if (at.getConstant().value_or(0) < 0)
    at = node.checked(graph::add(node.dims(stacked)[0], at));
  return {sliceAt(node, stacked, at)};
}

Values importSequenceLength(NodeImport &node) {
  std::optional<Sequence> sequence = sequenceInput(node, 1, 1);
  if (!sequence)
    return {};
  DimAttr count = sequence->isStacked ? node.dims(sequence->tensors.front())[0]
                                      : node.dim(sequence->tensors.size());
  return {node.dimsValue(count, {}, node.builder.getI64Type())};
}

namespace {

/// Moves the first axis to another place, or back.
Value moveFirst(NodeImport &node, Value value, int64_t axis, bool back) {
  SmallVector<int64_t> order = axesBetween(0, node.rank(value));
  if (back)
    std::rotate(order.begin(), order.begin() + axis, order.begin() + axis + 1);
  else
    std::rotate(order.begin(), order.begin() + 1, order.begin() + axis + 1);
  return axis == 0 ? value : node.transpose(value, order);
}

/// Slices of the first axis side by side, along a new axis or one of theirs.
Value concatStacked(NodeImport &node, Value stacked, int64_t axis,
                    bool isNewAxis) {
  Value value = moveFirst(node, stacked, axis, false);
  if (isNewAxis || node.failed())
    return value;
  Dims dims = node.dims(value);
  dims[axis] = node.checked(graph::multiply(dims[axis], dims[axis + 1]));
  dims.erase(dims.begin() + axis + 1);
  return node.reshape(value, dims);
}

} // namespace

Values importConcatFromSequence(NodeImport &node) {
  std::optional<Sequence> sequence = sequenceInput(node, 1, 1);
  if (!sequence)
    return {};
  if (sequence->tensors.empty())
    return node.invalid("the sequence is empty");
  bool isNewAxis = node.integer("new_axis", 0) != 0;
  int64_t rank = node.rank(sequence->tensors.front()) -
                 (sequence->isStacked ? 1 : 0) + (isNewAxis ? 1 : 0);
  int64_t axis = node.normalizedAxis(node.integer("axis", 0), rank);
  if (node.failed())
    return {};
  if (sequence->isStacked)
    return {concatStacked(node, sequence->tensors.front(), axis, isNewAxis)};
  if (isNewAxis)
    for (Value &tensor : sequence->tensors)
      tensor = node.unsqueeze(tensor, axis);
  return {node.concat(sequence->tensors, axis)};
}

/// Parts of equal size, as many as it takes, or of the sizes of a vector.
Values importSplitToSequence(NodeImport &node) {
  if (!node.expectInputs(1, 2))
    return {};
  Value value = node.input(0);
  Dims dims = node.dims(value);
  int64_t axis = node.normalizedAxis(node.integer("axis", 0), dims.size());
  std::optional<Dims> sizes = node.contents(1);
  if (node.failed())
    return {};
  bool isList = sizes && node.rank(node.input(1)) != 0;
  bool dropsAxis = !sizes && node.integer("keepdims", 1) == 0;
  DimAttr size = sizes && !isList ? sizes->front() : node.dim(1);
  std::optional<int64_t> length = dims[axis].getConstant();
  std::optional<int64_t> part = size.getConstant();
  if (!isList && (!length || !part)) {
    if (part != 1)
      return node.unsupported("parts of a size that is not 1, of a dim that is "
                              "not constant",
                              "parts of size 1 there");
    Value stacked = moveFirst(node, value, axis, true);
    Dims all = node.dims(stacked);
    if (!dropsAxis)
      all.insert(all.begin() + 1 + axis, node.dim(1));
    return {makeSequence(node, {{node.reshape(stacked, all)}, true})};
  }
  if (!isList && (*part < 1 || *length / *part > (1 << 16)))
    return node.invalid(fmt::format("parts of size {}", *part));
  if (!isList) {
    sizes.emplace();
    for (int64_t begin = 0; begin < *length; begin += *part)
      sizes->push_back(node.dim(std::min(*part, *length - begin)));
  }
  Sequence sequence;
  DimAttr start = node.dim(0);
  for (DimAttr next : *sizes) {
    Value slice = sliceAxis(node, value, axis, start, 1, next);
    if (dropsAxis) {
      Dims kept = dims;
      kept.erase(kept.begin() + axis);
      slice = node.reshape(slice, kept);
    }
    sequence.tensors.push_back(slice);
    start = node.checked(graph::add(start, next));
  }
  return {makeSequence(node, sequence)};
}

} // namespace sinter::onnx
