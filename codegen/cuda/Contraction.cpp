// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/Contraction.h"

#include "codegen/cuda/ContractionKernel.h"
#include "codegen/cuda/Linear.h"
#include "codegen/cuda/Warpgroup.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::Twine;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter::cuda {
namespace {

/// An unknown extent counts as a few.
constexpr int64_t usualExtent = 8;

FailureOr<DimAttr> countOf(kernel::StageOp stage,
                           ArrayRef<unsigned> iterators) {
  SmallVector<DimAttr> extents;
  for (unsigned iterator : iterators)
    extents.push_back(stage.getExtent(iterator));
  return graph::product(stage.getContext(), extents);
}

/// About the instructions of a result's finish.
int64_t countResultOps(kernel::StageOp stage) {
  constexpr int64_t ofFunction = 20;
  int64_t count = 0;
  stage.getFinish().walk([&](Operation *op) {
    count += isa<kernel::MathOp>(op) ? ofFunction : 1;
  });
  return count;
}

ContractionSize measure(ContractionKernel &kernel) {
  auto known = [&](ArrayRef<unsigned> iterators) {
    int64_t count = 1;
    for (unsigned iterator : iterators)
      count = llvm::SaturatingMultiply<uint64_t>(
          count, std::max<int64_t>(
                     kernel.stage.getExtent(iterator).getConstant().value_or(
                         usualExtent),
                     1));
    return std::min<int64_t>(count, INT32_MAX);
  };
  const ContractionRoles &roles = kernel.roles;
  ContractionSize size;
  size.rows = known(roles.rows);
  size.columns = known(roles.columns);
  size.products = known(roles.products);
  size.batch = known(roles.batch);
  size.elementBytes = roles.element.getIntOrFloatBitWidth() / 8;
  size.isSplit = kernel.isSplit;
  size.isByTensor = kernel.rowCopies.has_value();
  size.resultOps = countResultOps(kernel.stage);
  size.hasSmallCopies =
      std::min(kernel.rows.copiedBytes(), kernel.columns.copiedBytes()) < 16;
  return size;
}

/// Both operands, or none; three products of tf32 need threads that split.
void findCopies(ContractionKernel &kernel) {
  bool mustSplit = kernel.roles.element.isF32() && !kernel.lowering.target.tf32;
  if (mustSplit || !kernel.function.isNarrow())
    return;
  auto find = [&](unsigned input, const ContractionSide &side) {
    return TensorCopies::find(kernel.stage, input,
                              kernel.operands.inputs[input], side,
                              kernel.roles.batch);
  };
  kernel.rowCopies = find(kernel.roles.rowInput(), kernel.rows);
  kernel.columnCopies = find(kernel.roles.columnInput(), kernel.columns);
  if (!kernel.rowCopies || !kernel.columnCopies)
    kernel.rowCopies = kernel.columnCopies = std::nullopt;
}

/// Declares which tile and which part of the products the block has.
void emitPlace(ContractionKernel &kernel) {
  Text &text = kernel.text;
  const ContractionShape &shape = kernel.shape;
  auto line = [&](const std::string &name, const std::string &value) {
    text.line("const idx " + name + " = " + value + ";");
  };
  std::string width = std::to_string(shape.columns);
  std::string height = std::to_string(shape.rows);
  std::string parts = std::to_string(shape.parts);
  line("tilesB", "(" + kernel.columnCount + " + " +
                     std::to_string(shape.columns - 1) + ") / " + width);
  line("tilesA", "(" + kernel.rowCount + " + " +
                     std::to_string(shape.rows - 1) + ") / " + height);
  std::string tile = "idx(item)";
  if (shape.parts != 1) {
    line("part", "idx(item) % " + parts);
    line("tile", "idx(item) / " + parts);
    tile = "tile";
  }
  line("firstB", tile + " % tilesB * " + width);
  line("firstA", tile + " / tilesB % tilesA * " + height);
  if (!kernel.roles.batch.empty()) {
    line("batch", tile + " / tilesB / tilesA");
    decodeIterators(text, kernel.function.sizes, kernel.stage, "batch",
                    kernel.roles.batch, "i", kernel.iterators);
  }
  std::string depth = std::to_string(kernel.rows.depth());
  line("allSteps", "(" + kernel.productCount + " + " +
                       std::to_string(kernel.rows.depth() - 1) + ") / " +
                       depth);
  line("firstStep", shape.parts == 1 ? "0" : "allSteps * part / " + parts);
  line("steps", shape.parts == 1
                    ? "allSteps"
                    : "allSteps * (part + 1) / " + parts + " - firstStep");
}

/// Sums and results of a tile where all threads copy and multiply.
void emitTile(ContractionKernel &kernel) {
  Text &text = kernel.text;
  bool isShared = kernel.shape.parts != 1;
  emitSteps(kernel);
  text.line("waitForCopies<0>();");
  text.line("__syncthreads();");
  emitExchange(kernel, "0");
  text.line(isShared ? "syncCluster();" : "__syncthreads();");
  emitResults(kernel, shareOf(kernel, "0"));
  text.line(isShared ? "syncCluster();" : "__syncthreads();");
}

void emitBody(ContractionKernel &kernel) {
  KernelFunction &function = kernel.function;
  const ContractionShape &shape = kernel.shape;
  function.threads = shape.threads();
  function.cluster = shape.parts;
  function.blocks = kernel.residentBlocks;
  function.usesTensorCores = true;
  WarpgroupProduct product{shape.columns, kernel.roles.element};
  product.isAcrossRows = kernel.rows.isAcross();
  product.isAcrossColumns = kernel.columns.isAcross();
  product.define(function.functions, "multiply");
  Text &before = function.before;
  before.line("extern __shared__ __align__(1024) u8 shared[];");
  before.line("const u32 ring = sharedAddress(shared);");
  before.line("float *const results = reinterpret_cast<float *>(shared + " +
              Twine(shape.resultOffset(kernel.stepBytes())) + ");");
  before.line("const int firstRow = threadIdx.x / 128 * 64;");
  emitPlace(kernel);
  if (!kernel.rowCopies)
    return emitTile(kernel);
  function.maps = {
      {"mapA", kernel.rowCopies->getMap(function.sizes, shape.rows)},
      {"mapB", kernel.columnCopies->getMap(function.sizes, shape.columns)}};
  emitTensorSteps(kernel);
}

/// A block for each part of each tile.
FailureOr<DimAttr> itemsOf(ContractionKernel &kernel, DimAttr count,
                           DimAttr height, DimAttr width) {
  MLIRContext *context = kernel.stage.getContext();
  auto tiles = [&](DimAttr extent, int64_t size) {
    return graph::apply(DimFunction::CeilDiv, extent,
                        DimAttr::constant(context, size));
  };
  FailureOr<DimAttr> down = tiles(height, kernel.shape.rows),
                     across = tiles(width, kernel.shape.columns);
  if (failed(down) || failed(across))
    return failure();
  return graph::product(
      context,
      SmallVector<DimAttr>{count, *down, *across,
                           DimAttr::constant(context, kernel.shape.parts)});
}

} // namespace

ContractionKernel::ContractionKernel(kernel::StageOp stage,
                                     const Lowering &lowering)
    : stage(stage), lowering(lowering), function(stage, lowering.target),
      text(function.body),
      operands(accessOperands(
          stage, [this](Value) { return function.buffer(buffers++); })),
      roles(*findContraction(stage, operands)),
      rows(stage, operands, roles, true, lowering.isAligned),
      columns(stage, operands, roles, false, lowering.isAligned) {
  iterators.resize(stage.getNumIterators());
}

bool isContraction(kernel::StageOp stage) {
  return findContraction(stage, accessOperands(stage, [](Value) { return ""; }))
      .has_value();
}

FailureOr<codegen::Kernel> lowerContraction(kernel::StageOp stage,
                                            const Lowering &lowering) {
  ContractionKernel kernel(stage, lowering);
  KernelFunction &function = kernel.function;
  const ContractionRoles &roles = kernel.roles;
  FailureOr<DimAttr> height = countOf(stage, roles.rows),
                     width = countOf(stage, roles.columns),
                     length = countOf(stage, roles.products),
                     count = countOf(stage, roles.batch);
  if (failed(height) || failed(width) || failed(length) || failed(count))
    return stage.emitOpError("has sizes beyond 64 bits");
  findCopies(kernel);
  // Only copies by tensor round to tf32.
  kernel.isSplit = roles.element.isF32() && !kernel.rowCopies;
  kernel.size = measure(kernel);
  kernel.shape = chooseShape(kernel.size, lowering.target);
  kernel.residentBlocks =
      residentBlocks(kernel.shape, kernel.size, lowering.target);
  kernel.rowCount = function.sizes.get(*height);
  kernel.columnCount = function.sizes.get(*width);
  kernel.productCount = function.sizes.get(*length);
  kernel.hasWholeRows = isMultiple(*height, kernel.shape.rows);
  kernel.hasWholeColumns = isMultiple(*width, kernel.shape.columns);
  emitBody(kernel);
  FailureOr<DimAttr> items = itemsOf(kernel, *count, *height, *width);
  if (failed(items))
    return stage.emitOpError("has sizes beyond 64 bits");
  lowering.code = function.finish();
  codegen::ThreadBlock block;
  block.threads = function.threads;
  block.sharedBytes = sharedBytes(kernel.shape, kernel.size);
  block.mostBytes = function.getMostBytes();
  if (kernel.shape.keepsRing)
    block.mostBlocks = kernel.residentBlocks * lowering.target.multiprocessors;
  for (const auto &[name, map] : function.maps)
    block.maps.push_back(map);
  return codegen::Kernel{function.sizes.getDims(), *items, 1, {}, block};
}

} // namespace sinter::cuda
