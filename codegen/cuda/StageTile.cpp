// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/StageTile.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::Twine;
using sinter::graph::DimAttr;

namespace sinter::cuda {
namespace {

std::string fillText(const Access &access, TypedAttr fill) {
  std::string value = literal(fill);
  return access.type.getElementType().isInteger(1) ? "u8(" + value + ")"
                                                   : value;
}

/// What is read from memory as a value of a body.
std::string asValue(const Access &access, const std::string &element) {
  return access.type.getElementType().isInteger(1) ? element + " != 0"
                                                   : element;
}

} // namespace

int64_t bytesOf(const Access &access) {
  return codegen::memoryType(access.type.getElementType())
             .getIntOrFloatBitWidth() /
         8;
}

Operands accessOperands(kernel::StageOp stage,
                        llvm::function_ref<std::string(Value)> pointer) {
  auto extents = llvm::to_vector(stage.getExtents().getAsRange<DimAttr>());
  unsigned parallel = stage.getNumParallel();
  auto access = [&](Value value, AffineMap map) {
    Access result(pointer(value), cast<RankedTensorType>(value.getType()), map,
                  extents);
    if (parallel != 0)
      result.setBlock(parallel - 1, mostLanes);
    return result;
  };
  Operands operands;
  for (auto [index, input] : llvm::enumerate(stage.getInputs())) {
    operands.inputs.push_back(access(input, stage.getMap(index)));
    if (stage.getFill(index))
      operands.inputs.back().setFilled();
  }
  for (Value table : stage.getTables())
    operands.tables.push_back(
        access(table, AffineMap::get(stage.getContext())));
  for (auto [index, input] : llvm::enumerate(stage.getFinishInputs()))
    operands.finishInputs.push_back(access(input, stage.getFinishMap(index)));
  operands.output = access(stage.getOutput(),
                           AffineMap::getMultiDimIdentityMap(
                               stage.getNumParallel(), stage.getContext()));
  return operands;
}

int64_t StageTile::chooseLanes() const {
  kernel::StageOp stage = this->stage;
  if (stage.getNumParallel() == 0)
    return 1;
  unsigned last = stage.getNumParallel() - 1;
  int64_t widest = bytesOf(*operands.output);
  for (const Access &input : operands.inputs)
    if (input.stepOf(last) == Step::unit)
      widest = std::max(widest, bytesOf(input));
  int64_t count = std::min(packBytes / widest, mostLanes);
  while (count > 1 && !operands.output->isPacked(last, count))
    count /= 2;
  return count;
}

/// Can lanes be read at once? With a fill, if all are inside or none is.
bool StageTile::isPackable(const Access &access, TypedAttr fill) const {
  if (lanes == 1 || !access.held.empty() || !access.isPacked(along, lanes))
    return false;
  return !fill || access.isWholeAxis(access.dims.size() - 1);
}

/// `value` where the coordinates are inside, else the fill.
std::string StageTile::guarded(const Access &access, TypedAttr fill,
                               ArrayRef<std::string> at,
                               const std::string &value) {
  std::string isInside = fill ? access.isInside(sizes, at) : "";
  return isInside.empty()
             ? value
             : isInside + " ? " + value + " : " + fillText(access, fill);
}

std::string StageTile::load(const Access &access, TypedAttr fill,
                            ArrayRef<std::string> iterators) {
  if (!access.held.empty())
    return access.held;
  Names at = access.coordinates(sizes, iterators);
  std::string element = access.pointer + "[" + access.offsetAt(sizes, at) + "]";
  return guarded(access, fill, at, element);
}

/// Declares a pack and returns its name.
std::string StageTile::loadPack(const Access &access, TypedAttr fill,
                                ArrayRef<std::string> iterators) {
  Names at = access.coordinates(sizes, iterators);
  std::string name = text.fresh("p");
  std::string read = "readPack<" + std::to_string(lanes) + ">(" +
                     access.pointer + " + " + access.offsetAt(sizes, at) + ")";
  std::string type = "Pack<" + memoryTypeName(access.type.getElementType()) +
                     ", " + std::to_string(lanes) + ">";
  std::string isInside = fill ? access.isInside(sizes, at) : "";
  if (isInside.empty()) {
    text.line("const " + type + " " + name + " = " + read + ";");
    return name;
  }
  text.line(type + " " + name + ";");
  text.open("if (" + isInside + ")");
  text.line(name + " = " + read + ";");
  text.otherwise();
  text.line("for (int lane = 0; lane < " + Twine(lanes) + "; ++lane) " + name +
            ".at[lane] = " + fillText(access, fill) + ";");
  text.close();
  return name;
}

void StageTile::forEachLane(
    ArrayRef<Access> accesses, llvm::function_ref<TypedAttr(unsigned)> fillOf,
    ArrayRef<std::string> iterators,
    llvm::function_ref<void(Elements, ArrayRef<std::string>,
                            const std::string &)>
        emitOne) {
  // What all lanes share, and what is read for all at once, stands before the
  // loop over the lanes.
  Elements shared(accesses.size());
  for (auto [index, access] : llvm::enumerate(accesses)) {
    if (lanes == 1)
      continue;
    if (isPackable(access, fillOf(index)))
      shared[index] = loadPack(access, fillOf(index), iterators) + ".at[lane]";
    else if (access.stepOf(along) == Step::none)
      shared[index] = load(access, fillOf(index), iterators);
  }
  Names at(iterators.begin(), iterators.end());
  std::string lane;
  if (lanes != 1) {
    text.line("#pragma unroll");
    text.open("for (int lane = 0; lane < " + Twine(lanes) + "; ++lane)");
    lane = "[lane]";
    at[along] = "(" + at[along] + " + lane)";
  }
  Elements elements;
  for (auto [index, access] : llvm::enumerate(accesses)) {
    std::string value = !shared[index].empty()
                            ? shared[index]
                            : load(access, fillOf(index), at);
    std::string name = text.fresh();
    Type scalar = kernel::StageOp::getScalarType(access.type.getElementType());
    bool isGuarded = value.find(" ? ") != std::string::npos;
    text.line("const " + typeName(scalar) + " " + name + " = " +
              asValue(access, isGuarded && scalar.isInteger(1)
                                  ? "(" + value + ")"
                                  : value) +
              ";");
    elements.push_back(name);
  }
  emitOne(std::move(elements), at, lane);
  if (lanes != 1)
    text.close();
}

/// Declares `acc`, of all lanes.
void StageTile::declareSums(const std::string &type, const std::string &init) {
  if (lanes == 1) {
    text.line(type + " acc = " + init + ";");
    return;
  }
  text.line(type + " acc[" + Twine(lanes) + "];");
  text.line("#pragma unroll");
  text.line("for (int lane = 0; lane < " + Twine(lanes) +
            "; ++lane) acc[lane] = " + init + ";");
}

/// Takes a point of the fold into `acc`, in all lanes.
void StageTile::addPoint(ArrayRef<std::string> iterators) {
  StageBody body(text, operands.tables, sizes);
  forEachLane(
      operands.inputs, [&](unsigned input) { return stage.getFill(input); },
      iterators,
      [&](Elements elements, ArrayRef<std::string> at,
          const std::string &lane) {
        elements.push_back("acc" + lane);
        std::string next = body.emit(stage.getBody(), elements, at);
        text.line("acc" + lane + " = " + next + ";");
      });
}

/// Declares `acc`, of all lanes, with what the fold makes.
void StageTile::emitFold(ArrayRef<std::string> parallel) {
  declareSums(typeName(stage.getInit()->getType()), literal(*stage.getInit()));
  Names iterators(parallel.begin(), parallel.end());
  for (unsigned iterator = stage.getNumParallel();
       iterator < stage.getNumIterators(); ++iterator) {
    std::string name = "r" + std::to_string(iterator);
    text.open("for (idx " + name + " = 0; " + name + " < " +
              sizes.get(stage.getExtent(iterator)) + "; ++" + name + ")");
    iterators.push_back(name);
  }
  addPoint(iterators);
  for (unsigned count = stage.getNumReductions(); count-- > 0;)
    text.close();
}

void StageTile::store(ArrayRef<std::string> at, const std::string &value,
                      const std::string &lane) {
  const Access &output = *operands.output;
  std::string element =
      output.type.getElementType().isInteger(1) ? "u8(" + value + ")" : value;
  if (!output.held.empty())
    text.line(output.held + " = " + element + ";");
  else if (isStoredAsPack)
    text.line("result.at" + lane + " = " + element + ";");
  else
    text.line(output.pointer + "[" + output.offset(sizes, at) +
              "] = " + element + ";");
}

/// Declares the pack that store() fills, if the results are one.
void StageTile::beginStore(int64_t count) {
  lanes = count;
  const Access &output = *operands.output;
  isStoredAsPack = isPackable(output, {});
  if (isStoredAsPack)
    text.line("Pack<" + memoryTypeName(output.type.getElementType()) + ", " +
              Twine(lanes) + "> result;");
}

void StageTile::endStore(ArrayRef<std::string> parallel) {
  const Access &output = *operands.output;
  if (isStoredAsPack)
    text.line("writePack(" + output.pointer + " + " +
              output.offset(sizes, parallel) + ", result);");
}

void StageTile::emitFinished(ArrayRef<std::string> parallel, int64_t count) {
  beginStore(count);
  StageBody body(text, operands.tables, sizes);
  forEachLane(
      operands.finishInputs, [](unsigned) { return TypedAttr(); }, parallel,
      [&](Elements elements, ArrayRef<std::string> at,
          const std::string &lane) {
        elements.push_back("acc" + lane);
        std::string value = stage.hasFinish()
                                ? body.emit(stage.getFinish(), elements, at)
                                : elements.back();
        store(at, value, lane);
      });
  endStore(parallel);
}

void StageTile::emitResults(ArrayRef<std::string> parallel, int64_t count) {
  if (stage.getNumReductions() != 0) {
    lanes = count;
    emitFold(parallel);
    return emitFinished(parallel, count);
  }
  beginStore(count);
  StageBody body(text, operands.tables, sizes);
  forEachLane(
      operands.inputs, [&](unsigned input) { return stage.getFill(input); },
      parallel,
      [&](Elements elements, ArrayRef<std::string> at,
          const std::string &lane) {
        store(at, body.emit(stage.getBody(), elements, at), lane);
      });
  endStore(parallel);
}

} // namespace sinter::cuda
