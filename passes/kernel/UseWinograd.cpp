// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ConstantStore.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Reshape.h"
#include "dialects/kernel/ModelConstants.h"
#include "dialects/kernel/Products.h"
#include "dialects/kernel/StageBuilder.h"
#include "passes/kernel/Passes.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

#define GEN_PASS_DEF_USEWINOGRAD
#include "passes/kernel/Passes.h.inc"

namespace {

// F(4x4, 3x3) of A. Lavin and S. Gray, "Fast Algorithms for Convolutional
// Neural Networks" (2015): a tile of 4x4 results from 6x6 pixels, as
// A^T ((G g G^T) * (B^T d B)) A.
constexpr int64_t tile = 4, window = 3, pixels = 6;
constexpr float transposedB[pixels * pixels] = {
    4, 0, -5, 0,  1, 0, 0, -4, -4, 1,  1, 0, //
    0, 4, -4, -1, 1, 0, 0, -2, -1, 2,  1, 0, //
    0, 2, -1, -2, 1, 0, 0, 4,  0,  -5, 0, 1};
constexpr float matrixG[pixels * window] = {
    1.0f / 4,  0,          0,         -1.0f / 6, -1.0f / 6, -1.0f / 6,
    -1.0f / 6, 1.0f / 6,   -1.0f / 6, 1.0f / 24, 1.0f / 12, 1.0f / 6,
    1.0f / 24, -1.0f / 12, 1.0f / 6,  0,         0,         1};
constexpr float transposedA[tile * pixels] = {
    1, 1, 1, 1, 1, 0, 0, 1, -1, 2, -2, 0, //
    0, 1, 1, 4, 4, 0, 0, 1, -1, 8, -8, 1};

/// A stage that is a 3x3 convolution with stride 1 and channels last.
struct Convolution {
  unsigned image, filter;                    // numbers of inputs
  unsigned windowRow, windowColumn, channel; // iterators
  unsigned imageAxes[4];                     // of n, h, w, c
  int64_t rowShift, columnShift;             // of the first pixel
  int64_t height, width, inputChannels, outputChannels;

  int64_t tileRows() const { return llvm::divideCeil(height, tile); }
  int64_t tileColumns() const { return llvm::divideCeil(width, tile); }
  bool isExact() const { return height % tile == 0 && width % tile == 0; }
};

enum Iterator : unsigned { batch, row, column, output, parallelCount };

/// coordinate = parallel iterator + window's iterator + shift.
bool matchWindow(AffineExpr coordinate, unsigned along, StageOp stage,
                 unsigned &windowIterator, int64_t &shift) {
  MLIRContext *context = stage.getContext();
  for (unsigned it = parallelCount; it < stage.getNumIterators(); ++it) {
    AffineExpr rest =
        simplifyAffineExpr(coordinate - getAffineDimExpr(along, context) -
                               getAffineDimExpr(it, context),
                           stage.getNumIterators(), 0);
    auto constant = dyn_cast<AffineConstantExpr>(rest);
    if (!constant || stage.getExtent(it).getConstant() != window)
      continue;
    windowIterator = it;
    shift = constant.getValue();
    return true;
  }
  return false;
}

bool matchImage(StageOp stage, Convolution &conv) {
  AffineMap map = stage.getMap(conv.image);
  unsigned found = 0;
  for (auto [axis, coordinate] : llvm::enumerate(map.getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(coordinate);
    if (dim && dim.getPosition() == batch) {
      conv.imageAxes[0] = axis;
      found |= 1;
    } else if (dim && dim.getPosition() >= parallelCount) {
      conv.imageAxes[3] = axis;
      conv.channel = dim.getPosition();
      found |= 8;
    } else if (matchWindow(coordinate, row, stage, conv.windowRow,
                           conv.rowShift)) {
      conv.imageAxes[1] = axis;
      found |= 2;
    } else if (matchWindow(coordinate, column, stage, conv.windowColumn,
                           conv.columnShift)) {
      conv.imageAxes[2] = axis;
      found |= 4;
    }
  }
  return map.getNumResults() == 4 && found == 15;
}

std::optional<Convolution> matchConvolution(StageOp stage) {
  if (stage.getNumParallel() != parallelCount ||
      stage.getNumReductions() != 3 || stage.getInputs().size() != 2 ||
      !stage.getTables().empty() || !sumsProducts(stage) ||
      !stage.getInit()->getType().isF32())
    return std::nullopt;
  Convolution conv{};
  conv.filter = isModelConstant(stage.getInputs()[1]) ? 1 : 0;
  conv.image = 1 - conv.filter;
  if (!isModelConstant(stage.getInputs()[conv.filter]) ||
      stage.getFill(conv.filter) || !matchImage(stage, conv) ||
      !stage.getMap(conv.filter).isProjectedPermutation() ||
      stage.getMap(conv.filter).getNumResults() != 4 ||
      llvm::any_of(llvm::seq<unsigned>(0, output), [&](unsigned iterator) {
        return stage.getMap(conv.filter).isFunctionOfDim(iterator);
      }))
    return std::nullopt;
  auto fill = dyn_cast_or_null<FloatAttr>(stage.getFill(conv.image));
  conv.height = stage.getExtent(row).getConstant().value_or(0);
  conv.width = stage.getExtent(column).getConstant().value_or(0);
  conv.inputChannels = stage.getExtent(conv.channel).getConstant().value_or(0);
  conv.outputChannels = stage.getExtent(output).getConstant().value_or(0);
  if ((stage.getFill(conv.image) && (!fill || !fill.getValue().isPosZero())) ||
      !cast<FloatAttr>(*stage.getInit()).getValue().isPosZero())
    return std::nullopt;
  return conv;
}

/// The stages of one convolution.
class Winograd {
public:
  Winograd(StageOp stage, const Convolution &conv)
      : stage(stage), conv(conv), builder(stage), loc(stage.getLoc()),
        f32(builder.getF32Type()) {}

  void rewrite() {
    Value products = multiply(transformedImage(), transformedFilter());
    replace(transformedResult(products));
  }

private:
  DimAttr dim(int64_t size) {
    return DimAttr::constant(builder.getContext(), size);
  }
  DimAttr images() { return stage.getExtent(batch); }
  Value matrix(ArrayRef<float> elements, int64_t columns);
  /// sum over r of `value` at `coordinates(iterators, r)` * matrix[along, r].
  Value
  apply(Value value, Value matrix, ArrayRef<DimAttr> dims, unsigned along,
        TypedAttr fill,
        llvm::function_ref<SmallVector<AffineExpr>(ArrayRef<AffineExpr>)> read);
  Value transformedImage();
  Value transformedFilter();
  Value multiply(Value image, Value filter);
  StageOp transformedResult(Value products);
  void finish(StageOp result);
  void replace(StageOp result);

  StageOp stage;
  const Convolution &conv;
  OpBuilder builder;
  Location loc;
  Type f32;
};

Value productSum(Scalars &scalars, ValueRange elements, Value sum) {
  return scalars.add(sum, scalars.multiply(elements[0], elements[1]));
}

Value Winograd::matrix(ArrayRef<float> elements, int64_t columns) {
  std::vector<char> bytes(elements.size() * sizeof(float));
  std::memcpy(bytes.data(), elements.data(), bytes.size());
  graph::BlobAttr key =
      graph::ConstantStore::of(builder.getContext())->add(bytes, f32);
  int64_t rows = elements.size() / columns;
  return graph::ConstantOp::create(
      builder, loc, graph::tensorType({dim(rows), dim(columns)}, f32), key);
}

Value Winograd::apply(
    Value value, Value matrix, ArrayRef<DimAttr> dims, unsigned along,
    TypedAttr fill,
    llvm::function_ref<SmallVector<AffineExpr>(ArrayRef<AffineExpr>)> read) {
  int64_t length = cast<RankedTensorType>(matrix.getType()).getDimSize(1);
  StageBuilder sum(builder, loc, graph::tensorType(dims, f32), dim(length));
  SmallVector<AffineExpr> iterators;
  for (unsigned iterator = 0; iterator <= dims.size(); ++iterator)
    iterators.push_back(sum.iterator(iterator));
  sum.input(value, read(iterators), fill);
  sum.input(matrix, {iterators[along], iterators[dims.size()]});
  return sum.build(productSum, builder.getF32FloatAttr(0));
}

/// B^T d B, with dims 6, 6, images, rows and columns of tiles, channels. The
/// first half is shared by neighbours in a row of tiles.
Value Winograd::transformedImage() {
  Value matrix = this->matrix(transposedB, pixels);
  DimAttr rows = dim(conv.tileRows()), columns = dim(conv.tileColumns());
  DimAttr channels = dim(conv.inputChannels);
  bool isPadded = stage.getFill(conv.image) || !conv.isExact();
  TypedAttr zero = isPadded ? builder.getF32FloatAttr(0) : TypedAttr();
  Value half = apply(stage.getInputs()[conv.image], matrix,
                     {dim(pixels), images(), rows,
                      dim(conv.tileColumns() * tile + pixels - tile), channels},
                     0, zero, [&](ArrayRef<AffineExpr> it) {
                       SmallVector<AffineExpr> at(4);
                       at[conv.imageAxes[0]] = it[1];
                       at[conv.imageAxes[1]] =
                           it[2] * tile + it[5] + conv.rowShift;
                       at[conv.imageAxes[2]] = it[3] + conv.columnShift;
                       at[conv.imageAxes[3]] = it[4];
                       return at;
                     });
  return apply(half, matrix,
               {dim(pixels), dim(pixels), images(), rows, columns, channels}, 1,
               {}, [&](ArrayRef<AffineExpr> it) {
                 return SmallVector<AffineExpr>{it[0], it[2], it[3],
                                                it[4] * tile + it[6], it[5]};
               });
}

/// G g G^T, with dims 6, 6, input channels, output channels.
Value Winograd::transformedFilter() {
  Value matrix = this->matrix(matrixG, window);
  DimAttr inputs = dim(conv.inputChannels), outputs = dim(conv.outputChannels);
  AffineMap map = stage.getMap(conv.filter);
  Value half = apply(
      stage.getInputs()[conv.filter], matrix,
      {dim(pixels), dim(window), inputs, outputs}, 0, {},
      [&](ArrayRef<AffineExpr> it) {
        SmallVector<AffineExpr> renamed(stage.getNumIterators());
        renamed[conv.windowRow] = it[4];
        renamed[conv.windowColumn] = it[1];
        renamed[conv.channel] = it[2];
        renamed[output] = it[3];
        SmallVector<AffineExpr> at;
        for (AffineExpr coordinate : map.getResults())
          at.push_back(renamed[cast<AffineDimExpr>(coordinate).getPosition()]);
        return at;
      });
  return apply(half, matrix, {dim(pixels), dim(pixels), inputs, outputs}, 1, {},
               [](ArrayRef<AffineExpr> it) {
                 return SmallVector<AffineExpr>{it[0], it[4], it[2], it[3]};
               });
}

/// 36 products of matrices: tiles x input channels by input x output channels.
Value Winograd::multiply(Value image, Value filter) {
  StageBuilder product(
      builder, loc,
      graph::tensorType({dim(pixels), dim(pixels), images(),
                         dim(conv.tileRows()), dim(conv.tileColumns()),
                         dim(conv.outputChannels)},
                        f32),
      dim(conv.inputChannels));
  auto it = [&](unsigned index) { return product.iterator(index); };
  product.input(image, {it(0), it(1), it(2), it(3), it(4), it(6)});
  product.input(filter, {it(0), it(1), it(6), it(5)});
  return product.build(productSum, builder.getF32FloatAttr(0));
}

/// A^T m A with dims images, tiles, 4, tiles, 4, channels: rows and columns.
StageOp Winograd::transformedResult(Value products) {
  Value matrix = this->matrix(transposedA, pixels);
  DimAttr rows = dim(conv.tileRows()), columns = dim(conv.tileColumns());
  DimAttr channels = dim(conv.outputChannels);
  Value half =
      apply(products, matrix,
            {dim(tile), images(), rows, columns, dim(pixels), channels}, 0, {},
            [](ArrayRef<AffineExpr> it) {
              return SmallVector<AffineExpr>{it[6], it[4], it[1],
                                             it[2], it[3], it[5]};
            });
  Value result = apply(
      half, matrix, {images(), rows, dim(tile), columns, dim(tile), channels},
      4, {}, [](ArrayRef<AffineExpr> it) {
        return SmallVector<AffineExpr>{it[2], it[0], it[1],
                                       it[3], it[6], it[5]};
      });
  auto last = result.getDefiningOp<StageOp>();
  if (stage.hasFinish())
    finish(last);
  return last;
}

/// The convolution's finish, on the iterators of the tiles.
void Winograd::finish(StageOp result) {
  auto it = [&](unsigned index) { return builder.getAffineDimExpr(index); };
  SmallVector<AffineExpr> iterators{it(0), it(1) * tile + it(2),
                                    it(3) * tile + it(4), it(5)};
  SmallVector<Attribute> maps;
  for (AffineMap map : stage.getFinishMaps().getAsValueRange<AffineMapAttr>())
    maps.push_back(AffineMapAttr::get(
        map.replaceDimsAndSymbols(iterators, {}, result.getNumParallel(), 0)));
  result.getFinishInputsMutable().assign(stage.getFinishInputs());
  result.setFinishMapsAttr(builder.getArrayAttr(maps));
  result.getFinish().takeBody(stage.getFinish());
  // The finish may convert.
  Type element =
      cast<RankedTensorType>(stage.getOutput().getType()).getElementType();
  result.getOutput().setType(
      graph::tensorType(*graph::dimsOf(result.getOutput().getType()), element));
}

/// Tiles may reach beyond the result: what reads only what is inside may have
/// them as they are, other users get a copy.
void Winograd::replace(StageOp result) {
  RankedTensorType type = stage.getOutput().getType();
  SmallVector<DimAttr> dims{images(), dim(conv.tileRows() * tile),
                            dim(conv.tileColumns() * tile),
                            dim(conv.outputChannels)};
  SmallVector<Attribute> attributes(dims.begin(), dims.end());
  Value whole = graph::ReshapeOp::create(
      builder, loc, graph::tensorType(dims, type.getElementType()),
      result.getOutput(), builder.getArrayAttr(attributes));
  Value value = whole;
  if (!conv.isExact()) {
    StageBuilder copy(builder, loc, type);
    copy.input(whole, {copy.iterator(0), copy.iterator(1), copy.iterator(2),
                       copy.iterator(3)});
    value = copy.build(
        [](Scalars &, ValueRange elements, Value) { return elements[0]; });
  }
  stage.getOutput().replaceUsesWithIf(value, [&](OpOperand &use) {
    auto user = dyn_cast<StageOp>(use.getOwner());
    unsigned operand = use.getOperandNumber();
    bool isInside = user && operand < user.getInputs().size() &&
                    !user.getFill(operand) &&
                    user->getBlock() == stage->getBlock();
    if (!isInside)
      return true;
    use.set(whole);
    return false;
  });
  stage.erase();
}

struct UseWinograd : impl::UseWinogradBase<UseWinograd> {
  using UseWinogradBase::UseWinogradBase;

  void runOnOperation() override {
    if (!graph::ConstantStore::of(&getContext())) {
      getOperation().emitError("no store of constants is attached");
      return signalPassFailure();
    }
    SmallVector<StageOp> stages;
    getOperation().walk([&](StageOp stage) { stages.push_back(stage); });
    for (StageOp stage : stages) {
      std::optional<Convolution> conv = matchConvolution(stage);
      if (conv && isWorthwhile(stage, *conv))
        Winograd(stage, *conv).rewrite();
    }
  }

private:
  bool isWorthwhile(StageOp stage, const Convolution &conv) const;
};

/// The filter grows to four times its size: it must serve enough tiles.
bool UseWinograd::isWorthwhile(StageOp stage, const Convolution &conv) const {
  int64_t images = stage.getExtent(batch).getConstant().value_or(1);
  int64_t tiles = conv.tileRows() * conv.tileColumns();
  // A finish that follows rows and columns cannot run beyond them.
  bool followsPixels = llvm::any_of(
      stage.getFinishMaps().getAsValueRange<AffineMapAttr>(),
      [](AffineMap map) {
        return map.isFunctionOfDim(row) || map.isFunctionOfDim(column);
      });
  return images >= 1 &&
         llvm::SaturatingMultiply<uint64_t>(tiles, images) >=
             static_cast<uint64_t>(minTiles) &&
         conv.inputChannels >= minChannels &&
         conv.outputChannels >= minChannels &&
         tiles * tile * tile * 2 <= conv.height * conv.width * 3 &&
         (conv.isExact() || !followsPixels);
}

} // namespace
} // namespace sinter::kernel
