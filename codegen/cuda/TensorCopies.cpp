// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/TensorCopies.h"

#include "codegen/cuda/Linear.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::Twine;
using sinter::graph::DimAttr;

namespace sinter::cuda {
namespace {

/// TensorProto.DataType.
constexpr uint32_t typeFloat = 1, typeFloat16 = 10, typeBFloat16 = 16;

/// What fits into a map and into the instruction: corners of an image, and
/// the distance of a tap, by the number of axes.
struct ImageLimits {
  int64_t corner, tap;
};
constexpr ImageLimits imageLimits[] = {{32767, 65535}, {127, 255}, {15, 31}};
constexpr int64_t mostSteps = 8;

/// Whether no address falls as an iterator grows: a map's strides are positive.
bool growsWithAll(const Access &access) {
  unsigned iterators = access.map.getNumDims();
  return llvm::all_of(access.map.getResults(), [&](AffineExpr expression) {
    return llvm::all_of(llvm::seq(iterators), [&](unsigned iterator) {
      return factorOf(expression, iterator, iterators).value_or(0) >= 0;
    });
  });
}

sinter_map_size sizeOf(Sizes &sizes, DimAttr dim, int64_t factor) {
  if (std::optional<int64_t> constant = dim.getConstant())
    return {factor * *constant, SINTER_NONE, 0};
  return {factor, sizes.number(dim), 0};
}

} // namespace

std::optional<TensorCopies>
TensorCopies::find(kernel::StageOp stage, unsigned number, const Access &access,
                   const ContractionSide &side, ArrayRef<unsigned> batch) {
  TensorCopies copies(stage, number, access, side);
  if (side.copiedBytes() != 16)
    return std::nullopt;
  bool isFound = copies.findMatrix(batch);
  if (!isFound) {
    copies = TensorCopies(stage, number, access, side);
    isFound = copies.findImage();
  }
  return isFound && copies.isAligned() ? std::optional(copies) : std::nullopt;
}

/// Rows and products are two dims, iterators of the batch more of them.
bool TensorCopies::findMatrix(ArrayRef<unsigned> batch) {
  for (unsigned axis = 0; axis < access->dims.size(); ++axis)
    if (stage.getFill(number) && !access->isWholeAxis(axis))
      return false;
  std::optional<Linear> linear = findLinear(*access);
  if (!linear || !growsWithAll(*access))
    return false;
  MLIRContext *context = stage.getContext();
  DimAttr zero = DimAttr::constant(context, 0);
  auto append = [&](ArrayRef<unsigned> iterators) {
    std::optional<DimAttr> stride = mergedStride(*linear, stage, iterators);
    SmallVector<DimAttr> extents;
    for (unsigned iterator : iterators)
      extents.push_back(stage.getExtent(iterator));
    FailureOr<DimAttr> count = graph::product(context, extents);
    if (!stride || failed(count))
      return false;
    // One row, which may lie anywhere.
    strides.push_back(*stride ? *stride : access->dims.back());
    dims.push_back(*count);
    return *stride != zero;
  };
  bool isAcross = side->isAcross();
  if (!append(isAcross ? ArrayRef(side->iterators) : side->getProducts()) ||
      !append(isAcross ? side->getProducts() : ArrayRef(side->iterators)) ||
      strides[0].getConstant() != 1)
    return false;
  for (unsigned iterator : batch) {
    if (linear->strides[iterator] == zero)
      continue;
    others.push_back(iterator);
    dims.push_back(stage.getExtent(iterator));
    strides.push_back(linear->strides[iterator]);
  }
  offset = linear->offset;
  return offset >= 0 && dims.size() <= SINTER_MAP_RANK;
}

/// lower + step * row + dilation * tap, with as many rows as the map counts
/// pixels from the lower corner to the upper one.
bool TensorCopies::findAxis(unsigned axis, Axis &found) {
  AffineExpr expression = access->map.getResult(axis);
  unsigned iterators = access->map.getNumDims();
  std::optional<int64_t> origin = originOf(expression, iterators);
  if (!origin || access->broadcastIterator(axis))
    return false;
  found.lower = *origin;
  for (unsigned iterator = 0; iterator < iterators; ++iterator) {
    std::optional<int64_t> factor = factorOf(expression, iterator, iterators);
    if (factor == 0)
      continue;
    bool isRow = llvm::is_contained(side->iterators, iterator);
    bool isTap = llvm::is_contained(side->getProducts(), iterator);
    std::optional<unsigned> &place = isRow ? found.row : found.tap;
    if (!factor || *factor < 0 || place || (!isRow && !isTap))
      return false;
    place = iterator;
    (isRow ? found.step : found.dilation) = *factor;
  }
  MLIRContext *context = stage.getContext();
  DimAttr count =
      found.row ? stage.getExtent(*found.row) : DimAttr::constant(context, 1);
  // upper = lower + (count - 1) * step - (size - 1)
  FailureOr<DimAttr> upper =
      graph::multiply(count, DimAttr::constant(context, found.step));
  if (succeeded(upper))
    upper = graph::subtract(*upper, access->dims[axis]);
  std::optional<int64_t> constant =
      succeeded(upper) ? upper->getConstant() : std::nullopt;
  if (!constant)
    return false;
  found.upper = *constant + found.lower - found.step + 1;
  const ImageLimits &limits = imageLimits[access->dims.size() - 3];
  std::optional<int64_t> taps =
      found.tap ? stage.getExtent(*found.tap).getConstant() : 1;
  return taps && (*taps - 1) * found.dilation <= limits.tap &&
         std::max(std::abs(found.lower), std::abs(found.upper)) <=
             limits.corner &&
         found.step <= mostSteps;
}

/// Images, axes, channels; a step has channels of one tap.
bool TensorCopies::findImage() {
  size_t rank = access->dims.size();
  if (rank < 3 || rank > SINTER_MAP_RANK || side->isAcross())
    return false;
  SmallVector<unsigned> rows, products;
  unsigned iterators = access->map.getNumDims();
  AffineExpr image = access->map.getResult(0);
  if (auto dim = dyn_cast<AffineDimExpr>(image)) {
    if (!access->isWholeAxis(0))
      return false;
    rows.push_back(dim.getPosition());
  } else if (image != 0) {
    return false;
  }
  for (unsigned axis = 1; axis + 1 < rank; ++axis) {
    Axis found;
    if (!findAxis(axis, found))
      return false;
    if (found.row)
      rows.push_back(*found.row);
    if (found.tap)
      products.push_back(*found.tap);
    axes.push_back(found);
  }
  unsigned channel = side->getProducts().back();
  products.push_back(channel);
  std::optional<int64_t> channels = stage.getExtent(channel).getConstant();
  bool isOfRow = llvm::any_of(rows, [&](unsigned iterator) {
    return access->map.getResults().back().isFunctionOfDim(iterator);
  });
  if (ArrayRef(rows) != ArrayRef(side->iterators) || isOfRow ||
      ArrayRef(products) != side->getProducts() || !channels ||
      *channels % side->depth() != 0 ||
      factorOf(access->map.getResults().back(), channel, iterators) != 1)
    return false;
  FailureOr<SmallVector<DimAttr>> all = stridesOf(access->dims);
  if (failed(all))
    return false;
  dims.assign(access->dims.rbegin(), access->dims.rend());
  strides.assign(all->rbegin(), all->rend());
  return true;
}

bool TensorCopies::isAligned() const {
  int64_t lanes = 16 / elementBytes();
  return offset % lanes == 0 &&
         llvm::all_of(ArrayRef(strides).drop_front(), [&](DimAttr stride) {
           return isMultiple(stride, lanes);
         });
}

sinter_tensor_map TensorCopies::getMap(Sizes &sizes, int64_t rows) const {
  sinter_tensor_map map = {};
  map.buffer = number;
  Type element = access->type.getElementType();
  map.type = element.isF32()   ? typeFloat
             : element.isF16() ? typeFloat16
                               : typeBFloat16;
  map.rank = dims.size();
  map.offset = offset * elementBytes();
  for (size_t index = 0; index < dims.size(); ++index) {
    map.dims[index] = sizeOf(sizes, dims[index], 1);
    map.strides[index] = sizeOf(sizes, strides[index], elementBytes());
    map.box[index] = 1;
    map.steps[index] = 1;
  }
  map.box[0] = side->isAcross() ? ContractionSide::panelRows : side->depth();
  if (axes.empty()) {
    map.box[1] = side->isAcross() ? side->depth() : rows;
    return map;
  }
  map.pixels = rows;
  for (auto [index, axis] : llvm::enumerate(llvm::reverse(axes))) {
    map.steps[index + 1] = axis.step;
    map.lower[index] = axis.lower;
    map.upper[index] = axis.upper;
  }
  return map;
}

void TensorCopies::emitPlace(Text &text, Sizes &sizes,
                             const std::string &first) {
  if (axes.empty())
    return;
  Names names(access->map.getNumDims(), "0");
  decodeIterators(text, sizes, stage, first, side->iterators, "at" + side->name,
                  names);
  place.clear();
  for (auto [axis, expression] :
       llvm::enumerate(access->map.getResults().drop_back())) {
    place.push_back("pixel" + side->name + std::to_string(axis));
    text.line("const int " + place.back() + " = int(" +
              print(expression, names) + ");");
  }
}

/// Of an image: channels of one tap.
void TensorCopies::emitPixels(Text &text, Sizes &sizes,
                              const Tile &tile) const {
  Names names(tile.iterators.begin(), tile.iterators.end());
  decodeIterators(text, sizes, stage, tile.product, side->getProducts(),
                  "r" + side->name, names);
  std::string line = "copyPixels(" + tile.address + ", &" + mapName() +
                     ", barrier, int(" +
                     print(access->map.getResults().back(), names) + ")";
  std::string taps;
  for (size_t axis = axes.size(); axis-- > 0;) {
    line += ", " + place[axis + 1];
    std::optional<unsigned> tap = axes[axis].tap;
    taps += ", u16(" +
            (tap ? names[*tap] + " * " + std::to_string(axes[axis].dilation)
                 : "0") +
            ")";
  }
  text.line(line + ", " + place[0] + taps + ");");
}

void TensorCopies::emitCopies(Text &text, Sizes &sizes,
                              const Tile &tile) const {
  if (!axes.empty())
    return emitPixels(text, sizes, tile);
  std::string address = tile.address, row = "int(" + tile.row + ")";
  if (side->isAcross()) {
    text.line("#pragma unroll");
    text.open("for (int panel = 0; panel < " +
              Twine(llvm::divideCeil(tile.rows, ContractionSide::panelRows)) +
              "; ++panel)");
    address += " + panel * " +
               std::to_string(side->depth() * ContractionSide::lineBytes);
    row += " + panel * " + std::to_string(ContractionSide::panelRows);
  }
  std::string product = "int(" + tile.product + ")";
  std::string line =
      "copyBox(" + address + ", &" + mapName() + ", barrier, " +
      (side->isAcross() ? row + ", " + product : product + ", " + row);
  for (unsigned iterator : others)
    line += ", int(" + tile.iterators[iterator] + ")";
  text.line(line + ");");
  if (side->isAcross())
    text.close();
}

} // namespace sinter::cuda
