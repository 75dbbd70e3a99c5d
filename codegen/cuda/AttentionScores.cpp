// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/AttentionScores.h"

#include "codegen/cuda/StageTile.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::Twine;

namespace sinter::cuda {
namespace {

/// What a read in the midst of the scores takes, with its address, and a
/// function.
constexpr int64_t readRegisters = 24, mathRegisters = 16;

bool isBool(const Access &access) {
  return access.type.getElementType().isInteger(1);
}

std::string asValue(const Access &access, const std::string &element) {
  return isBool(access) ? element + " != 0" : element;
}

std::string elementAt(const Access &access, Sizes &sizes,
                      ArrayRef<std::string> iterators) {
  return access.pointer + "[" + access.offset(sizes, iterators) + "]";
}

/// Declares a value of a body and returns its name.
std::string declare(Text &text, const Access &access,
                    const std::string &element) {
  Type scalar = kernel::StageOp::getScalarType(access.type.getElementType());
  std::string name = text.fresh();
  text.line("const " + typeName(scalar) + " " + name + " = " +
            asValue(access, element) + ";");
  return name;
}

} // namespace

AttentionScores::AttentionScores(const kernel::Attention &found,
                                 llvm::function_ref<std::string(Value)> pointer,
                                 Place where)
    : parts(found), pointer(pointer), place(std::move(where)),
      known(parts.scores.getExtent(parts.depth).getConstant()),
      iterators(place.common) {
  iterators.push_back("key");
  Operands scores = accessOperands(parts.scores, pointer);
  if (parts.scores.hasFinish())
    addChange(parts.scores.getFinish(), scores.finishInputs, {},
              scores.finishInputs.size());
  for (auto [stage, score] :
       llvm::zip_equal(parts.changes, parts.scoreInputs)) {
    Operands operands = accessOperands(stage, pointer);
    addChange(stage.getBody(), operands.inputs, operands.tables, score);
  }
}

void AttentionScores::addChange(Region &region, ArrayRef<Access> accesses,
                                ArrayRef<Access> tables, unsigned score) {
  Change change{&region, {}, llvm::to_vector(tables), score};
  for (auto [index, access] : llvm::enumerate(accesses)) {
    Element element{access, "", 1};
    AffineMap map = access.map;
    bool movesWithKeys = map.isFunctionOfDim(parts.depth);
    if (index != score && movesWithKeys) {
      if (!map.isFunctionOfDim(parts.query))
        element.array = "operand" + std::to_string(changes.size()) + "_" +
                        std::to_string(index);
      if (place.isAligned && isEven() && access.isPacked(parts.depth, 2))
        element.lanes = 2;
    }
    change.elements.push_back(std::move(element));
  }
  changes.push_back(std::move(change));
}

int64_t AttentionScores::getRegisters() const {
  int64_t registers = 0;
  for (const Change &change : changes) {
    for (auto [index, element] : llvm::enumerate(change.elements)) {
      int64_t bits = codegen::memoryType(element.access.type.getElementType())
                         .getIntOrFloatBitWidth();
      if (!element.array.empty())
        registers += place.keys / 4 * llvm::divideCeil(bits, 32);
      else if (index != change.score)
        registers += readRegisters;
    }
    change.region->walk([&](Operation *op) {
      if (!isa<arith::ConstantOp, kernel::YieldOp>(op))
        registers += isa<kernel::MathOp>(op) ? mathRegisters : 1;
    });
  }
  return registers;
}

/// Declares `pair`, the first of two keys, or one that there is.
void AttentionScores::emitKey(Text &text) const {
  text.line("const idx at = idx(step) * " + Twine(place.keys) +
            " + 8 * j + inGroup;");
  bool isWhole = known && *known % place.keys == 0;
  if (isEven())
    text.line("const idx pair = " +
              (isWhole ? std::string("at")
                       : "at < " + place.keyCount +
                             " ? at : " + std::to_string(*known - 2)) +
              ";");
}

void AttentionScores::emitReads(Text &text, Sizes &sizes) {
  SmallVector<const Element *> elements;
  for (const Change &change : changes)
    for (const Element &element : change.elements)
      if (!element.array.empty())
        elements.push_back(&element);
  for (const Element *element : elements)
    text.line(memoryTypeName(element->access.type.getElementType()) + " " +
              element->array + "[" + Twine(place.keys / 4) + "];");
  text.open("auto readOperands = [&](int step)");
  if (!elements.empty()) {
    if (!known)
      text.line("if (" + place.keyCount + " == 0) return;");
    text.line("#pragma unroll");
    text.open("for (int j = 0; j < " + Twine(place.keys / 8) + "; ++j)");
    emitKey(text);
    Names pair(iterators);
    pair.back() = "pair";
    for (const Element *element : elements)
      if (element->lanes == 2) {
        std::string name = text.fresh("p");
        text.line("const auto " + name + " = readPack<2>(" +
                  element->access.pointer + " + " +
                  element->access.offset(sizes, pair) + ");");
        for (const char *e : {"0", "1"})
          text.line(element->array + "[2 * j + " + e + "] = " + name + ".at[" +
                    e + "];");
      }
    text.line("#pragma unroll");
    text.open("for (int e = 0; e < 2; ++e)");
    text.line(isEven() ? Twine("const idx key = pair + e;")
                       : "const idx key = at + e < " + Twine(place.keyCount) +
                             " ? at + e : " + place.keyCount + " - 1;");
    for (const Element *element : elements)
      if (element->lanes == 1)
        text.line(element->array + "[2 * j + e] = " +
                  elementAt(element->access, sizes, iterators) + ";");
    text.close().close();
  }
  text.close(";");
}

void AttentionScores::emitChange(Text &text, Sizes &sizes,
                                 const Change &change) const {
  SmallVector<std::string> arguments;
  for (auto [index, element] : llvm::enumerate(change.elements)) {
    if (index == change.score)
      arguments.push_back("x");
    else if (!element.array.empty())
      arguments.push_back(
          declare(text, element.access, element.array + "[2 * j + e]"));
    else if (element.lanes == 2)
      arguments.push_back(
          declare(text, element.access,
                  "readPack<2>(" + element.access.pointer + " + " +
                      element.access.offset(sizes, iterators) + " - e).at[e]"));
    else
      arguments.push_back(declare(text, element.access,
                                  elementAt(element.access, sizes, iterators)));
  }
  if (change.score == change.elements.size())
    arguments.push_back("x");
  StageBody body(text, change.tables, sizes);
  text.line("x = " + body.emit(*change.region, arguments, iterators) + ";");
}

void AttentionScores::emitChanges(Text &text, Sizes &sizes) {
  emitReads(text, sizes);
  text.open("auto changeScores = [&](float (&score)[" + Twine(place.keys / 2) +
            "], int step)");
  if (!changes.empty()) {
    if (!known)
      text.line("if (" + place.keyCount + " == 0) return;");
    text.line("#pragma unroll");
    text.open("for (int i = 0; i < " + Twine(place.keys / 2) + "; ++i)");
    text.line("const int j = i / 4, half = i / 2 % 2, e = i % 2;");
    emitKey(text);
    text.line(isEven() ? Twine("const idx key = pair + e;")
                       : "const idx key = at + e < " + Twine(place.keyCount) +
                             " ? at + e : " + place.keyCount + " - 1;");
    text.line("const idx query = inRows(half);");
    text.line("float x = score[i];");
    for (const Change &change : changes) {
      text.open();
      emitChange(text, sizes, change);
      text.close();
    }
    text.line("score[i] = x;");
    text.close();
  }
  text.close(";");
}

std::string AttentionScores::emitRowFactor(Text &text, Sizes &sizes) const {
  Names row(place.common);
  row.push_back("0");
  kernel::StageOp sum = parts.sum, weights = parts.weights;
  std::string total = "acc";
  if (sum.hasFinish()) {
    Operands operands = accessOperands(sum, pointer);
    SmallVector<std::string> arguments;
    for (const Access &access : operands.finishInputs)
      arguments.push_back(declare(text, access, elementAt(access, sizes, row)));
    arguments.push_back("acc");
    StageBody body(text, operands.tables, sizes);
    total = body.emit(sum.getFinish(), arguments, row);
  }
  // Powers of an empty row are zeros, and 0 / 0 is to be cleared.
  std::string power = parts.clearsNaN && parts.allowsEmptyRows
                          ? "(acc == 0.0f ? 0.0f : 1.0f)"
                          : "1.0f";
  Operands operands = accessOperands(weights, pointer);
  SmallVector<std::string> arguments;
  for (auto [index, access] : llvm::enumerate(operands.inputs)) {
    Value input = weights.getInputs()[index];
    arguments.push_back(
        index == parts.powerInput ? power
        : input == sum.getOutput()
            ? total
            : declare(text, access, elementAt(access, sizes, row)));
  }
  StageBody body(text, operands.tables, sizes);
  return body.emit(weights.getBody(), arguments, row);
}

} // namespace sinter::cuda
