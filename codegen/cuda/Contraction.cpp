// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/Contraction.h"

#include "codegen/cuda/ContractionShape.h"
#include "codegen/cuda/ContractionSide.h"
#include "codegen/cuda/KernelFunction.h"
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
/// Floats between the rows of results in shared memory: no two threads that
/// write at the same time meet in a bank.
constexpr int64_t resultPadding = 8;

class ContractionLowering {
public:
  ContractionLowering(kernel::StageOp stage, const Lowering &lowering)
      : stage(stage), lowering(lowering), function(stage, lowering.target),
        context(stage.getContext()), text(function.body),
        operands(accessOperands(
            stage, [&](Value) { return function.buffer(buffer++); })),
        roles(*findContraction(stage, operands)),
        rows(stage, operands, roles, true, lowering.isAligned),
        columns(stage, operands, roles, false, lowering.isAligned),
        isSplit(roles.element.isF32() && !lowering.target.tf32) {}

  FailureOr<codegen::Kernel> run();

private:
  FailureOr<DimAttr> countOf(ArrayRef<unsigned> iterators);
  ContractionSize measure();
  int64_t stepBytes() const {
    return rows.tileBytes(shape.rows) + columns.tileBytes(shape.columns);
  }
  int64_t pitch() const { return shape.columns + resultPadding; }
  void emitPlace();
  void emitLoads();
  void emitProducts(const std::string &sum);
  void emitSteps();
  void emitSplit();
  void emitSplitSteps();
  void emitExchange();
  void emitResults();
  int64_t chooseLanes();

  kernel::StageOp stage;
  const Lowering &lowering;
  KernelFunction function;
  MLIRContext *context;
  Text &text;
  unsigned buffer = 0;
  Operands operands;
  ContractionRoles roles;
  ContractionSide rows, columns;
  bool isSplit;
  ContractionShape shape;
  Names iterators;
  std::string rowCount, columnCount, productCount;
};

FailureOr<DimAttr> ContractionLowering::countOf(ArrayRef<unsigned> iterators) {
  SmallVector<DimAttr> extents;
  for (unsigned iterator : iterators)
    extents.push_back(stage.getExtent(iterator));
  return graph::product(context, extents);
}

ContractionSize ContractionLowering::measure() {
  auto known = [&](ArrayRef<unsigned> iterators) {
    int64_t count = 1;
    for (unsigned iterator : iterators)
      count = llvm::SaturatingMultiply<uint64_t>(
          count,
          std::max<int64_t>(
              stage.getExtent(iterator).getConstant().value_or(usualExtent),
              1));
    return std::min<int64_t>(count, INT32_MAX);
  };
  ContractionSize size;
  size.rows = known(roles.rows);
  size.columns = known(roles.columns);
  size.products = known(roles.products);
  size.batch = known(roles.batch);
  size.elementBytes = roles.element.getIntOrFloatBitWidth() / 8;
  size.isSplit = isSplit;
  size.hasSmallCopies =
      std::min(rows.copiedBytes(), columns.copiedBytes()) < 16;
  return size;
}

/// Declares which tile and which part of the products the block has.
void ContractionLowering::emitPlace() {
  auto line = [&](const std::string &name, const std::string &value) {
    text.line("const idx " + name + " = " + value + ";");
  };
  std::string width = std::to_string(shape.columns);
  std::string height = std::to_string(shape.rows);
  std::string parts = std::to_string(shape.parts);
  line("tilesB", "(" + columnCount + " + " + std::to_string(shape.columns - 1) +
                     ") / " + width);
  line("tilesA", "(" + rowCount + " + " + std::to_string(shape.rows - 1) +
                     ") / " + height);
  std::string tile = "idx(item)";
  if (shape.parts != 1) {
    line("part", "idx(item) % " + parts);
    line("tile", "idx(item) / " + parts);
    tile = "tile";
  }
  line("firstB", tile + " % tilesB * " + width);
  line("firstA", tile + " / tilesB % tilesA * " + height);
  if (!roles.batch.empty()) {
    line("batch", tile + " / tilesB / tilesA");
    decodeIterators(text, function.sizes, stage, "batch", roles.batch, "i",
                    iterators);
  }
  std::string depth = std::to_string(rows.depth());
  line("allSteps", "(" + productCount + " + " +
                       std::to_string(rows.depth() - 1) + ") / " + depth);
  line("firstStep", shape.parts == 1 ? "0" : "allSteps * part / " + parts);
  line("steps", shape.parts == 1
                    ? "allSteps"
                    : "allSteps * (part + 1) / " + parts + " - firstStep");
}

/// Declares `load(step)`, which starts the copies of a step.
void ContractionLowering::emitLoads() {
  ContractionSide::Place place{"firstA",   rowCount,        productCount,
                               shape.rows, shape.threads(), iterators};
  rows.emitLoad(text, function.sizes, place);
  place.first = "firstB";
  place.count = columnCount;
  place.size = shape.columns;
  columns.emitLoad(text, function.sizes, place);
  text.open("auto load = [&](idx step)");
  text.open("if (step < steps)");
  text.line("const u32 to = ring + u32(step % " + Twine(shape.steps) + ") * " +
            Twine(stepBytes()) + ";");
  text.line("const idx k0 = (firstStep + step) * " + Twine(rows.depth()) + ";");
  text.line("loadA(to, k0);");
  text.line("loadB(to + " + Twine(rows.tileBytes(shape.rows)) + ", k0);");
  text.close();
  text.line("commitCopies();");
  text.close(";");
}

/// The products of the step at `from`, with what tf32 cuts off at `low`.
void ContractionLowering::emitProducts(const std::string &sum) {
  int64_t depth = roles.element.isF32() ? 8 : 16;
  std::string bytes = std::to_string(rows.tileBytes(shape.rows));
  auto descriptors = [&](const std::string &suffix, const std::string &base) {
    text.line("const u64 a" + suffix + " = " +
              rows.descriptor(base, "firstRow", "k") + ";");
    text.line("const u64 b" + suffix + " = " +
              columns.descriptor(base + " + " + bytes, "", "k") + ";");
  };
  text.line("beginProducts();");
  text.line("#pragma unroll");
  text.open("for (int k = 0; k < " + Twine(rows.depth()) +
            "; k += " + Twine(depth) + ")");
  descriptors("", "from");
  if (isSplit) {
    descriptors("Low", "low");
    // Small terms first.
    text.line("multiply(" + sum + ", aLow, b, k != 0);");
    text.line("multiply(" + sum + ", a, bLow, true);");
    text.line("multiply(" + sum + ", a, b, true);");
  } else {
    text.line("multiply(" + sum + ", a, b, k != 0 || step != 0);");
  }
  text.close();
  text.line("commitProducts();");
}

/// The tile a step ago is still read when the copies of one start: they go to
/// the one before.
void ContractionLowering::emitSteps() {
  int64_t ahead = shape.steps - 2;
  text.line("float sum[" + Twine(shape.columns / 2) + "];");
  text.line("#pragma unroll");
  text.line("for (int e = 0; e < " + Twine(shape.columns / 2) +
            "; ++e) sum[e] = 0;");
  for (int64_t step = 0; step < ahead; ++step)
    text.line("load(" + Twine(step) + ");");
  text.open("for (idx step = 0; step < steps; ++step)");
  text.line("waitForCopies<" + Twine(ahead - 1) + ">();");
  text.line("publishShared();");
  text.line("__syncthreads();");
  text.line("const u32 from = ring + u32(step % " + Twine(shape.steps) +
            ") * " + Twine(stepBytes()) + ";");
  emitProducts("sum");
  text.line("waitForProducts<1>();");
  text.line("load(step + " + Twine(ahead) + ");");
  text.close();
  text.line("waitForProducts<0>();");
}

/// Declares `split(step)`, which writes what tf32 cuts off of a step.
void ContractionLowering::emitSplit() {
  text.open("auto split = [&](idx step)");
  text.line("const u32 from = ring + u32(step % " + Twine(shape.steps) +
            ") * " + Twine(stepBytes()) + ";");
  text.line("const u32 to = lows + u32(step % 2) * " + Twine(stepBytes()) +
            ";");
  int64_t count = stepBytes() / (shape.threads() * 16);
  text.line("splitShared<" + Twine(count) +
            ">(from + threadIdx.x * 16, to + threadIdx.x * 16, " +
            Twine(shape.threads() * 16) + ");");
  text.line("publishShared();");
  text.close(";");
}

/// While the tensor cores have a step, the next is split. They round sums
/// towards zero: those of each step are added up in f32.
void ContractionLowering::emitSplitSteps() {
  int64_t ahead = shape.steps - 1, sums = shape.columns / 2;
  text.line("const u32 lows = ring + " + Twine(shape.steps * stepBytes()) +
            ";");
  emitSplit();
  text.line("float sum[" + Twine(sums) + "], some[" + Twine(sums) + "];");
  text.line("#pragma unroll");
  text.line("for (int e = 0; e < " + Twine(sums) + "; ++e) sum[e] = 0;");
  for (int64_t step = 0; step < ahead; ++step)
    text.line("load(" + Twine(step) + ");");
  text.line("waitForCopies<" + Twine(ahead - 1) + ">();");
  text.line("__syncthreads();");
  text.line("split(0);");
  text.line("__syncthreads();");
  text.open("for (idx step = 0; step < steps; ++step)");
  text.line("const u32 from = ring + u32(step % " + Twine(shape.steps) +
            ") * " + Twine(stepBytes()) + ";");
  text.line("const u32 low = lows + u32(step % 2) * " + Twine(stepBytes()) +
            ";");
  emitProducts("some");
  text.line("load(step + " + Twine(ahead) + ");");
  text.line("waitForCopies<" + Twine(ahead - 1) + ">();");
  text.line("__syncthreads();");
  text.line("split(step + 1);");
  text.line("waitForProducts<0>();");
  text.line("#pragma unroll");
  text.line("for (int e = 0; e < " + Twine(sums) + "; ++e) sum[e] += some[e];");
  text.line("__syncthreads();");
  text.close();
}

/// Puts the sums where the copies were, row by row.
void ContractionLowering::emitExchange() {
  text.line("waitForCopies<0>();");
  text.line("__syncthreads();");
  text.line("float *const results = reinterpret_cast<float *>(shared);");
  text.line("#pragma unroll");
  text.open("for (int e = 0; e < " + Twine(shape.columns / 2) + "; e += 2)");
  text.line(
      "const int row = firstRow + threadIdx.x % 128 / 32 * 16 + e / 2 % 2 "
      "* 8 + threadIdx.x % 32 / 4;");
  text.line("const int column = e / 4 * 8 + threadIdx.x % 4 * 2;");
  text.line("*reinterpret_cast<float2 *>(results + row * " + Twine(pitch()) +
            " + column) = make_float2(sum[e], sum[e + 1]);");
  text.close();
  text.line(shape.parts == 1 ? "__syncthreads();" : "syncCluster();");
}

/// As many neighbours as are written as 16 bytes.
int64_t ContractionLowering::chooseLanes() {
  const Access &output = *operands.output;
  int64_t bytes = codegen::memoryType(output.type.getElementType())
                      .getIntOrFloatBitWidth() /
                  8;
  int64_t lanes = lowering.isAligned ? std::min<int64_t>(16 / bytes, 8) : 1;
  while (lanes > 1 && !output.isPacked(stage.getNumParallel() - 1, lanes))
    lanes /= 2;
  return lanes;
}

/// Finishes a share of the tile's rows: neighbours in a row by one thread.
void ContractionLowering::emitResults() {
  int64_t lanes = chooseLanes(), across = shape.columns / lanes;
  int64_t share = shape.rows / shape.parts;
  text.line("#pragma unroll 2");
  text.open("for (int at = threadIdx.x; at < " + Twine(share * across) +
            "; at += " + Twine(shape.threads()) + ")");
  text.line("const int line = at / " + Twine(across) +
            (shape.parts == 1 ? "" : " + part * " + std::to_string(share)) +
            ", place = at % " + Twine(across) + " * " + Twine(lanes) + ";");
  text.line("const idx row = firstA + line, column = firstB + place;");
  text.line("if (row >= " + rowCount + " || column >= " + columnCount + ")");
  text.line("  continue;");
  Names at(iterators);
  decodeIterators(text, function.sizes, stage, "row", roles.rows, "m", at);
  decodeIterators(text, function.sizes, stage, "column", roles.columns, "n",
                  at);
  at.resize(stage.getNumParallel());
  std::string from = "line * " + std::to_string(pitch()) + " + place";
  if (shape.parts != 1) {
    text.line("float total[4 * ((" + Twine(lanes) + " + 3) / 4)] = {};");
    text.line("#pragma unroll");
    text.open("for (u32 block = 0; block < " + Twine(shape.parts) +
              "; ++block)");
    text.line("#pragma unroll");
    text.line("for (int e = 0; e < " + Twine(lanes) +
              "; e += 4) addShared(total + e, sharedAddress(results + " +
              (lanes < 4 ? "(" + from + ") / 4 * 4" : from) + " + e), block);");
    text.close();
  }
  std::string value = shape.parts == 1 ? "results[" + from + " + lane]"
                      : lanes < 4      ? "total[(place + lane) % 4]"
                                       : "total[lane]";
  if (lanes == 1) {
    size_t lane = value.find(" + lane");
    text.line("const float acc = " + value.erase(lane, 7) + ";");
  } else {
    text.line("float acc[" + Twine(lanes) + "];");
    text.line("#pragma unroll");
    text.line("for (int lane = 0; lane < " + Twine(lanes) +
              "; ++lane) acc[lane] = " + value + ";");
  }
  StageTile(text, stage, operands, function.sizes).emitFinished(at, lanes);
  text.close();
  text.line(shape.parts == 1 ? "__syncthreads();" : "syncCluster();");
}

FailureOr<codegen::Kernel> ContractionLowering::run() {
  FailureOr<DimAttr> height = countOf(roles.rows),
                     width = countOf(roles.columns),
                     length = countOf(roles.products),
                     count = countOf(roles.batch);
  if (failed(height) || failed(width) || failed(length) || failed(count))
    return stage.emitOpError("has sizes beyond 64 bits");
  ContractionSize size = measure();
  shape = chooseShape(size, lowering.target);
  function.threads = shape.threads();
  function.cluster = shape.parts;
  function.usesTensorCores = true;
  iterators.resize(stage.getNumIterators());
  rowCount = function.sizes.get(*height);
  columnCount = function.sizes.get(*width);
  productCount = function.sizes.get(*length);
  WarpgroupProduct product{shape.columns, roles.element};
  product.isAcrossRows = rows.isAcross();
  product.isAcrossColumns = columns.isAcross();
  product.define(function.functions, "multiply");
  function.before.line("extern __shared__ __align__(1024) u8 shared[];");
  function.before.line("const u32 ring = sharedAddress(shared);");
  function.before.line("const int firstRow = threadIdx.x / 128 * 64;");
  emitPlace();
  emitLoads();
  if (isSplit)
    emitSplitSteps();
  else
    emitSteps();
  emitExchange();
  emitResults();
  auto tiles = [&](DimAttr extent, int64_t size) {
    return graph::apply(DimFunction::CeilDiv, extent,
                        DimAttr::constant(context, size));
  };
  FailureOr<DimAttr> down = tiles(*height, shape.rows),
                     across = tiles(*width, shape.columns);
  if (failed(down) || failed(across))
    return stage.emitOpError("has sizes beyond 64 bits");
  FailureOr<DimAttr> items = graph::product(
      context, SmallVector<DimAttr>{*count, *down, *across,
                                    DimAttr::constant(context, shape.parts)});
  if (failed(items))
    return stage.emitOpError("has sizes beyond 64 bits");
  lowering.code = function.finish();
  return codegen::Kernel{function.sizes.getDims(),
                         *items,
                         1,
                         {},
                         {function.threads,
                          static_cast<unsigned>(ringBytes(shape, size)), 0,
                          function.getMostBytes()}};
}

} // namespace

bool isContraction(kernel::StageOp stage) {
  return findContraction(stage, accessOperands(stage, [](Value) { return ""; }))
      .has_value();
}

FailureOr<codegen::Kernel> lowerContraction(kernel::StageOp stage,
                                            const Lowering &lowering) {
  return ContractionLowering(stage, lowering).run();
}

} // namespace sinter::cuda
