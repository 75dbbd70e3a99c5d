// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/ContractionSide.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::Twine;

namespace sinter::cuda {
namespace {

/// Copies of a thread whose places it knows at once: registers are few. As many
/// elements are read before they are stored.
constexpr int64_t mostAtOnce = 8;

} // namespace

void decodeIterators(Text &text, Sizes &sizes, kernel::StageOp stage,
                     const std::string &number, ArrayRef<unsigned> iterators,
                     const std::string &prefix, Names &names) {
  std::string rest = number;
  for (size_t index = iterators.size(); index-- > 0;) {
    unsigned iterator = iterators[index];
    std::string size = wrapped(sizes.get(stage.getExtent(iterator)));
    std::string name = prefix + std::to_string(iterator);
    text.line("const idx " + name + " = " +
              (index == 0 ? rest : wrapped(rest) + " % " + size) + ";");
    names[iterator] = name;
    rest = wrapped(rest) + " / " + size;
  }
}

ContractionSide::ContractionSide(kernel::StageOp stage,
                                 const Operands &operands,
                                 const ContractionRoles &roles, bool isRows,
                                 bool isAligned)
    : name(isRows ? "A" : "B"), iterators(isRows ? roles.rows : roles.columns),
      stage(stage),
      access(operands.inputs[isRows ? roles.rowInput() : roles.columnInput()]),
      fill(stage.getFill(isRows ? roles.rowInput() : roles.columnInput())),
      products(roles.products),
      elementBytes(roles.element.getIntOrFloatBitWidth() / 8) {
  unsigned last = products.back(), along = iterators.back();
  bool isPackable =
      isAligned && (!fill || access.isWholeAxis(access.dims.size() - 1));
  runsAlongRows =
      access.stepOf(last) != Step::unit && access.stepOf(along) == Step::unit;
  // Of f32, the cores take lines along the products only.
  across = runsAlongRows && elementBytes == 2;
  if (!isPackable || (runsAlongRows && !across))
    return;
  unsigned fastest = runsAlongRows ? along : last;
  std::optional<int64_t> extent = stage.getExtent(fastest).getConstant();
  for (lanes = 16 / elementBytes; lanes > 1; lanes /= 2)
    if (extent && *extent % lanes == 0 && access.isPacked(fastest, lanes))
      return;
}

int64_t ContractionSide::lineLength(int64_t size) const {
  return (runsAlongRows ? size : depth()) / lanes;
}

int64_t ContractionSide::copiesOf(int64_t size, int64_t threads) const {
  return (runsAlongRows ? depth() : size) / (threads / lineLength(size));
}

bool ContractionSide::copiesInLoop(int64_t size, int64_t threads) const {
  return copiesOf(size, threads) > mostAtOnce;
}

int64_t ContractionSide::tileBytes(int64_t size) const {
  return across ? llvm::divideCeil(size, panelRows) * panelBytes()
                : size * lineBytes;
}

/// Of the first element of a copy within the tile.
std::string ContractionSide::address(const Copies &copy) const {
  int64_t chunk = 16 / elementBytes;
  const std::string &along = across ? copy.row : copy.product;
  std::string within =
      across ? along + " % " + std::to_string(panelRows) : along;
  std::string text = "swizzled(" + (across ? copy.product : copy.row) + ", " +
                     (within == along ? along : "(" + within + ")") + " / " +
                     std::to_string(chunk) + ")";
  if (lanes != chunk)
    text += " + " + along + " % " + std::to_string(chunk) + " * " +
            std::to_string(elementBytes);
  return across ? along + " / " + std::to_string(panelRows) + " * " +
                      std::to_string(panelBytes()) + " + " + text
                : text;
}

/// Starts a copy, or declares what storeShared() finishes.
void ContractionSide::emitCopy(Text &text, Sizes &sizes, const Place &place,
                               const Copies &copy, int64_t row,
                               const std::string &number) const {
  Names at = access.coordinates(sizes, copy.names);
  std::string isInside = "isRow" + name + std::to_string(row) + " && k0 + " +
                         copy.product + " < " + place.products;
  if (fill)
    if (std::string bounds = access.isInside(sizes, at); !bounds.empty())
      isInside += " && " + bounds;
  std::string from =
      access.pointer + " + " + wrapped(access.offsetAt(sizes, at));
  if (isHeld())
    text.line("const u16 held" + number + " = " + isInside +
              " ? *reinterpret_cast<const u16 *>(" + from + ") : u16(0);");
  else
    text.line("copyAsync<" + Twine(copiedBytes()) + ">(to + " + address(copy) +
              ", " + from + ", " + isInside + ");");
}

void ContractionSide::emitRow(Text &text, Sizes &sizes, const Place &place,
                              Copies &copy, const std::string &number,
                              const std::string &row) const {
  copy.row = "row" + number;
  copy.names.assign(place.iterators.begin(), place.iterators.end());
  text.line("const int row" + number + " = " + row + ";");
  text.line("const idx at" + number + " = " + place.first + " + row" + number +
            ";");
  text.line("const bool isRow" + number + " = at" + number + " < " +
            place.count + ";");
  decodeIterators(text, sizes, stage, "at" + number, iterators, number + "_",
                  copy.names);
}

void ContractionSide::emitCopies(Text &text, Sizes &sizes, const Place &place,
                                 SmallVector<Copies> &copies,
                                 const std::string &lane,
                                 ArrayRef<std::string> lines) const {
  for (size_t index = 0; index < copies.size(); ++index) {
    Copies &copy = copies[index];
    std::string number = name + std::to_string(index);
    if (index != 0 && runsAlongRows)
      copy = copies[0];
    if (runsAlongRows || index == 0) {
      copy.product = "k" + number;
      text.line("const int k" + number + " = " +
                (runsAlongRows ? lines[index] : lane) + ";");
      decodeIterators(text, sizes, stage, "k0 + k" + number, products,
                      "r" + number + "_", copy.names);
    } else {
      copy.product = copies[0].product;
      for (unsigned iterator : products)
        copy.names[iterator] = copies[0].names[iterator];
    }
    emitCopy(text, sizes, place, copy, runsAlongRows ? 0 : index, number);
  }
  if (isHeld())
    for (size_t index = 0; index < copies.size(); ++index)
      text.line("storeShared(to + " + address(copies[index]) + ", held" + name +
                Twine(index) + ");");
}

void ContractionSide::emitLoad(Text &text, Sizes &sizes,
                               const Place &place) const {
  int64_t along = lineLength(place.size), apart = place.threads / along;
  int64_t count = copiesOf(place.size, place.threads);
  int64_t atOnce = std::min(count, mostAtOnce);
  bool isLoop = atOnce < count;
  std::string lane = "int(threadIdx.x % " + std::to_string(along) + ") * " +
                     std::to_string(lanes);
  SmallVector<std::string> lines;
  for (int64_t index = 0; index < atOnce; ++index) {
    lines.push_back("int(threadIdx.x / " + std::to_string(along) + ")");
    if (index != 0)
      lines.back() += " + " + std::to_string(index * apart);
    if (isLoop)
      lines.back() += " + part" + name;
  }
  SmallVector<Copies> copies(atOnce);
  auto emitRows = [&] {
    for (int64_t index = 0; index < (runsAlongRows ? 1 : atOnce); ++index)
      emitRow(text, sizes, place, copies[index], name + std::to_string(index),
              runsAlongRows ? lane : lines[index]);
  };
  bool areRowsInLoop = isLoop && !runsAlongRows;
  if (!areRowsInLoop)
    emitRows();
  text.open("auto load" + name + " = [&](u32 to, idx k0)");
  if (isLoop) {
    text.line("#pragma unroll 1");
    text.open("for (int part" + name + " = 0; part" + name + " < " +
              Twine(count * apart) + "; part" + name +
              " += " + Twine(atOnce * apart) + ")");
  }
  if (areRowsInLoop)
    emitRows();
  emitCopies(text, sizes, place, copies, lane, lines);
  if (isLoop)
    text.close();
  text.close(";");
}

std::string ContractionSide::descriptor(const std::string &address,
                                        const std::string &row,
                                        const std::string &product) const {
  auto plus = [](const std::string &value, int64_t bytes) {
    return value.empty() ? std::string()
                         : " + " + value + " * " + std::to_string(bytes);
  };
  if (across)
    return "matrixAcross(" + address +
           plus(row, depth() * lineBytes / panelRows) +
           plus(product, lineBytes) + ", " + std::to_string(panelBytes()) + ")";
  return "matrix(" + address + plus(row, lineBytes) +
         plus(product, elementBytes) + ")";
}

} // namespace sinter::cuda
