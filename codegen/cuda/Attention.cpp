// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/Attention.h"

#include "codegen/cuda/AttentionScores.h"
#include "codegen/cuda/AttentionSide.h"
#include "codegen/cuda/AttentionTiling.h"
#include "codegen/cuda/KernelFunction.h"
#include "codegen/cuda/Warpgroup.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::Twine;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter::cuda {
namespace {

/// Queries of a warpgroup.
constexpr int64_t tileRows = 64;
/// Bytes of a line in shared memory; columns of an instruction's part.
constexpr int64_t lineBytes = 128, packed = 8;
constexpr int64_t mostWidth = 256;

int64_t roundUp(int64_t value, int64_t unit) {
  return llvm::divideCeil(value, unit) * unit;
}

/// The element type of the products; null if no operand has 16 bits.
Type elementOf(const kernel::Attention &parts) {
  kernel::StageOp scores = parts.scores, values = parts.values;
  for (Value operand : {scores.getInputs()[0], scores.getInputs()[1],
                        values.getInputs()[parts.valueInput]}) {
    Type element = getElementTypeOrSelf(operand);
    if (element.isF16() || element.isBF16())
      return element;
  }
  return {};
}

std::optional<kernel::Attention> partsOf(kernel::FusedOp op) {
  std::vector<kernel::StageOp> stages = op.getStages();
  std::optional<kernel::Attention> parts = kernel::findAttention(stages.back());
  if (!parts || parts->stages().size() != stages.size() ||
      parts->depth != op.getDepth() || !elementOf(*parts))
    return std::nullopt;
  auto isKnown = [](DimAttr extent) {
    int64_t size = extent.getConstant().value_or(0);
    return size >= 1 && size <= mostWidth;
  };
  bool fits = isKnown(parts->scores.getExtent(parts->depth + 1)) &&
              isKnown(parts->values.getExtent(parts->depth));
  return fits ? parts : std::nullopt;
}

class AttentionLowering {
public:
  AttentionLowering(kernel::FusedOp op, kernel::Attention found,
                    const Lowering &lowering)
      : op(op), parts(std::move(found)), lowering(lowering),
        context(op.getContext()), function(op, lowering.target),
        text(function.body), element(elementOf(parts)),
        pointers([this](Value value) {
          auto argument = dyn_cast<BlockArgument>(value);
          return argument ? function.buffer(argument.getArgNumber())
                 : value == parts.values.getOutput()
                     ? function.buffer(this->op->getNumOperands())
                     : std::string();
        }),
        scores(accessOperands(parts.scores, pointers)),
        values(accessOperands(parts.values, pointers)) {}

  FailureOr<codegen::Kernel> run();

private:
  DimAttr keyExtent() { return parts.scores.getExtent(parts.depth); }
  DimAttr queryExtent() { return parts.scores.getExtent(parts.query); }
  int64_t width() { return *extent(parts.scores, parts.depth + 1); }
  int64_t valueWidth() { return *extent(parts.values, parts.depth); }
  static std::optional<int64_t> extent(kernel::StageOp stage,
                                       unsigned iterator) {
    return stage.getExtent(iterator).getConstant();
  }
  std::optional<int64_t> steps() { return tiling.steps(size); }
  SmallVector<DimAttr> batchExtents();
  void setSides();
  void emitPlace();
  void emitLoads();
  void emitProducts();
  void emitTile(bool isFirst);
  void emitTiles();
  void emitRowFactors(const AttentionScores &scoreChanges);
  void emitResults();
  void emitStores();
  int64_t stagedPitch();
  int64_t sharedBytes();
  std::string type() { return typeName(element); }

  kernel::FusedOp op;
  kernel::Attention parts;
  const Lowering &lowering;
  MLIRContext *context;
  KernelFunction function;
  Text &text;
  Type element;
  std::function<std::string(Value)> pointers;
  Operands scores, values;
  AttentionSize size;
  AttentionTiling tiling;
  AttentionSide queries, keys, valueSide;
  /// Names of the common iterators; `query` is that of the thread's row.
  Names common;
  std::string queryCount, keyCount;
};

SmallVector<DimAttr> AttentionLowering::batchExtents() {
  SmallVector<DimAttr> extents;
  for (unsigned iterator = 0; iterator < parts.depth; ++iterator)
    if (iterator != parts.query)
      extents.push_back(parts.scores.getExtent(iterator));
  return extents;
}

void AttentionLowering::setSides() {
  unsigned key = parts.depth, along = parts.depth + 1;
  queries = {"Q",     &scores.inputs[1 - parts.keyInput],
             element, parts.query,
             along,   tiling.rows(),
             width(), roundUp(width(), 16)};
  keys = {"K",     &scores.inputs[parts.keyInput],
          element, key,
          along,   tiling.keys,
          width(), roundUp(width(), 16)};
  valueSide = {"V",          &values.inputs[parts.valueInput],
               element,      along,
               key,          tiling.keys,
               valueWidth(), roundUp(valueWidth(), packed)};
  int64_t buffers = tiling.buffers(size);
  keys.offset = queries.bytes();
  valueSide.offset = keys.offset + buffers * keys.bytes();
}

/// Elements from one line of staged results to the next: no two threads that
/// write at the same time meet in a bank.
int64_t AttentionLowering::stagedPitch() {
  int64_t bits = codegen::memoryType(values.output->type.getElementType())
                     .getIntOrFloatBitWidth();
  return valueSide.paddedWidth + 128 / bits;
}

int64_t AttentionLowering::sharedBytes() {
  int64_t buffers = tiling.buffers(size);
  int64_t bits = codegen::memoryType(values.output->type.getElementType())
                     .getIntOrFloatBitWidth();
  return std::max(valueSide.offset + buffers * valueSide.bytes(),
                  tiling.rows() * stagedPitch() * bits / 8);
}

/// Which head and which queries the item is.
void AttentionLowering::emitPlace() {
  Sizes &sizes = function.sizes;
  queryCount = sizes.get(queryExtent());
  keyCount = sizes.get(keyExtent());
  text.line("const idx tiles = (" + queryCount + " + " +
            Twine(tiling.rows() - 1) + ") / " + Twine(tiling.rows()) + ";");
  text.line("const idx first = idx(item) % tiles * " + Twine(tiling.rows()) +
            ";");
  text.line("const int steps = (" + keyCount + " + " + Twine(tiling.keys - 1) +
            ") / " + Twine(tiling.keys) + ";");
  Names batch = KernelFunction::decode(text, sizes, "(idx(item) / tiles)",
                                       batchExtents());
  common.clear();
  size_t next = 0;
  for (unsigned iterator = 0; iterator < parts.depth; ++iterator)
    common.push_back(iterator == parts.query ? "query" : batch[next++]);
}

/// Declares load(step), which starts the copies of a step's keys and of the
/// values of the step before, which are needed together.
void AttentionLowering::emitLoads() {
  // A block has one value of each common iterator but that of queries.
  for (const AttentionSide *side : {&queries, &keys, &valueSide})
    side->emitCopy(text, function.sizes, common,
                   side == &queries ? queryCount : keyCount, tiling.threads(),
                   lowering.isAligned);
  std::string tile = std::to_string(tiling.keys);
  auto buffer = [&](const AttentionSide &side, const std::string &step) {
    return std::to_string(side.offset) + " + " + step + " % " +
           std::to_string(tiling.ahead) + " * " + std::to_string(side.bytes()) +
           ", idx(" + step + ") * " + tile;
  };
  text.open("auto load = [&](int step)");
  text.line("if (step < steps) copyK(" + buffer(keys, "step") + ");");
  text.line("if (step > 0 && step <= steps) copyV(" +
            buffer(valueSide, "(step - 1)") + ");");
  text.line("commitCopies();");
  text.close(";");
  text.line("copyQ(0, first);");
  for (int64_t step = 0; step < tiling.ahead; ++step)
    text.line("load(" + Twine(step) + ");");
}

/// Declares the products of a step.
void AttentionLowering::emitProducts() {
  std::string ahead = std::to_string(tiling.ahead);
  text.line("float out[" + Twine(valueSide.paddedWidth / 2) + "];");
  text.line("u32 weights[" + Twine(tiling.keys / 4) + "];");
  if (tiling.holdsQueries)
    text.line("u32 queries[" + Twine(queries.paddedWidth / 16) + "][4];");
  text.open("auto multiplyQueries = [&](float (&score)[" +
            Twine(tiling.keys / 2) + "], int step)");
  std::string rows = "queries[k][0], queries[k][1], queries[k][2], "
                     "queries[k][3]";
  if (!tiling.holdsQueries) {
    text.line("const u32 rows = base + threadIdx.x / 128 * " +
              Twine(tileRows * lineBytes) + ";");
    rows = "matrix(rows + k / 4 * " + std::to_string(queries.panelBytes()) +
           " + k % 4 * 32)";
  }
  text.line("const u32 columns = base + " + Twine(keys.offset) + " + step % " +
            ahead + " * " + Twine(keys.bytes()) + ";");
  text.line("#pragma unroll");
  text.line("for (int k = 0; k < " + Twine(keys.paddedWidth / 16) + "; ++k)");
  text.line("  multiplyKeys(score, " + rows + ", matrix(columns + k / 4 * " +
            Twine(keys.panelBytes()) + " + k % 4 * 32), k != 0);");
  text.line("commitProducts();");
  text.close(";");
  text.open("auto multiplyWeights = [&](int step)");
  text.line("const u32 columns = base + " + Twine(valueSide.offset) +
            " + step % " + ahead + " * " + Twine(valueSide.bytes()) + ";");
  text.line("#pragma unroll");
  text.line("for (int k = 0; k < " + Twine(tiling.keys / 16) + "; ++k)");
  text.line("  multiplyValues(out, weights[4 * k], weights[4 * k + 1], "
            "weights[4 * k + 2], weights[4 * k + 3], matrixAcross(columns + "
            "k * 2048, " +
            Twine(valueSide.panelBytes()) + "), step != 0 || k != 0);");
  text.line("commitProducts();");
  text.close(";");
}

/// The scores of a step; meanwhile the weights of the one before meet their
/// values.
void AttentionLowering::emitTile(bool isFirst) {
  text.line("readOperands(step);");
  text.line("waitForCopies<" + Twine(tiling.ahead - (isFirst ? 1 : 2)) +
            ">();");
  text.line("publishShared();");
  text.line("__syncthreads();");
  if (!isFirst)
    text.line("load(step + " + Twine(tiling.ahead - 1) + ");");
  if (isFirst && tiling.holdsQueries) {
    text.line("#pragma unroll");
    text.line("for (int k = 0; k < " + Twine(queries.paddedWidth / 16) +
              "; ++k)");
    text.line("  readRows(queries[k], base + k / 4 * " +
              Twine(queries.panelBytes()) +
              " + swizzled(threadIdx.x / 32 * 16 + threadIdx.x % 16, k % 4 * 2 "
              "+ threadIdx.x % 32 / 16));");
  }
  text.line("float score[" + Twine(tiling.keys / 2) + "];");
  text.line("beginProducts();");
  text.line("multiplyQueries(score, step);");
  if (!isFirst)
    text.line("multiplyWeights(step - 1);");
  text.line(isFirst ? "waitForProducts<0>();" : "waitForProducts<1>();");
  text.line("changeScores(score, step);");
  std::optional<int64_t> known = keyExtent().getConstant();
  if (!known || *known % tiling.keys != 0 || *known == 0) {
    text.line("if ((step + 1) * " + Twine(tiling.keys) + " > " + keyCount +
              ")");
    text.line("  hideFrom(score, int(" + keyCount + ") - step * " +
              Twine(tiling.keys) + " - inGroup);");
  }
  text.line("addPowers(score, rows);");
  if (!isFirst) {
    text.line("waitForProducts<0>();");
    text.line("scaleRows(out, rows.scale);");
  }
  text.line("roundRows<" + type() + ">(weights, score);");
}

void AttentionLowering::emitTiles() {
  text.line("SoftmaxRows rows = beginRows();");
  text.open();
  text.line("const int step = 0;");
  emitTile(true);
  text.close();
  if (steps().value_or(2) > 1) {
    text.line("#pragma unroll 1");
    text.open("for (int step = 1; step < steps; ++step)");
    emitTile(false);
    text.close();
  }
  text.line("waitForCopies<0>();");
  text.line("publishShared();");
  text.line("__syncthreads();");
  text.line("beginProducts();");
  text.line(steps() ? Twine("multiplyWeights(" +
                            Twine(std::max<int64_t>(*steps(), 1) - 1) + ");")
                    : Twine("multiplyWeights(steps == 0 ? 0 : steps - 1);"));
}

/// What the sums of each row must be multiplied by.
void AttentionLowering::emitRowFactors(const AttentionScores &scoreChanges) {
  text.line("#pragma unroll");
  text.open("for (int half = 0; half < 2; ++half)");
  text.line("const idx query = inRows(half);");
  text.line("float acc = sumOfRow(rows.sum[half]);");
  if (!parts.allowsEmptyRows) {
    text.line("if (rows.largest[half] == negativeInfinity())");
    text.line("  acc = __uint_as_float(0x7fc00000u);");
  }
  std::string factor = scoreChanges.emitRowFactor(text, function.sizes);
  // The sum of no products is 0.
  bool mayBeEmpty = keyExtent().getConstant().value_or(0) == 0;
  text.line("rows.scale[half] = " +
            (mayBeEmpty ? keyCount + " == 0 ? 0.0f : " + factor : factor) +
            ";");
  text.close();
}

/// Finishes what the thread has, and stages it in shared memory.
void AttentionLowering::emitResults() {
  bool isPair = lowering.isAligned && valueWidth() % packed == 0;
  text.line("waitForProducts<0>();");
  text.line("__syncthreads();");
  text.line("#pragma unroll");
  text.open("for (int half = 0; half < 2; ++half)");
  text.line("const idx query = first + line + 8 * half;");
  text.line("if (query >= " + queryCount + ") continue;");
  text.line("#pragma unroll");
  text.open("for (int j = 0; j < " + Twine(valueSide.paddedWidth / 8) +
            "; ++j)");
  if (!isPair) {
    text.line("#pragma unroll");
    text.open("for (int e = 0; e < 2; ++e)");
  }
  text.line(std::string("const idx column = 8 * j + inGroup") +
            (isPair ? ";" : " + e;"));
  if (!isPair)
    text.line("if (column >= " + Twine(valueWidth()) + ") continue;");
  Operands staged = values;
  staged.output->pointer = "staged";
  SmallVector<DimAttr> dims;
  Names origin;
  for (unsigned iterator = 0; iterator < parts.depth; ++iterator) {
    bool isQuery = iterator == parts.query;
    dims.push_back(DimAttr::constant(context, isQuery ? tiling.rows() : 1));
    origin.push_back(isQuery ? "first" : common[iterator]);
  }
  dims.push_back(DimAttr::constant(context, stagedPitch()));
  staged.output->setLocal(dims, origin);
  StageTile tile(text, parts.values, staged, function.sizes);
  Names at(common);
  at.push_back("column");
  auto scaled = [&](const std::string &index) {
    std::string sum = "out[4 * j + 2 * half" + index + "] * rows.scale[half]";
    return parts.clearsNaN ? "rows.scale[half] == 0.0f ? 0.0f : " + sum : sum;
  };
  text.line(isPair ? "const float acc[2] = {" + scaled("") + ", " +
                         scaled(" + 1") + "};"
                   : "const float acc = " + scaled(" + e") + ";");
  tile.emitFinished(at, isPair ? 2 : 1);
  if (!isPair)
    text.close();
  text.close().close();
}

/// Writes the staged results of a warp, 16 bytes at a time if they can be.
void AttentionLowering::emitStores() {
  const Access &output = *values.output;
  Type memory = codegen::memoryType(output.type.getElementType());
  int64_t lanes = 128 / memory.getIntOrFloatBitWidth();
  if (!lowering.isAligned || !output.isPacked(parts.depth, lanes))
    lanes = 1;
  int64_t chunks = valueWidth() / lanes;
  text.line("__syncwarp();");
  text.line("#pragma unroll 4");
  text.open("for (int at = threadIdx.x % 32; at < " + Twine(16 * chunks) +
            "; at += 32)");
  text.line("const int row = threadIdx.x / 32 * 16 + at / " + Twine(chunks) +
            ";");
  text.line("const idx query = first + row, column = at % " + Twine(chunks) +
            " * " + Twine(lanes) + ";");
  text.line("if (query >= " + queryCount + ") break;");
  Names at(common);
  at.push_back("column");
  text.line("writePack(" + output.pointer + " + " +
            output.offset(function.sizes, at) + ", readPack<" + Twine(lanes) +
            ">(staged + row * " + Twine(stagedPitch()) + " + column));");
  text.close();
  text.line("__syncthreads();");
}

FailureOr<codegen::Kernel> AttentionLowering::run() {
  size = {width(), valueWidth(), keyExtent().getConstant(),
          queryExtent().getConstant()};
  tiling = chooseTiling(size);
  setSides();
  function.threads = tiling.threads();
  function.functions.line("#include \"sinter/attention.h\"");
  WarpgroupProduct{tiling.keys, element, tiling.holdsQueries}.define(
      function.functions, "multiplyKeys");
  WarpgroupProduct{valueSide.paddedWidth, element, true, false, true}.define(
      function.functions, "multiplyValues");
  std::string output = memoryTypeName(values.output->type.getElementType());
  function.before.line("extern __shared__ __align__(1024) u8 shared[];");
  function.before.line("const u32 base = sharedAddress(shared);");
  function.before.line(output + " *const staged = reinterpret_cast<" + output +
                       " *>(shared);");
  function.before.line("const int line = threadIdx.x / 32 * 16 + threadIdx.x % "
                       "32 / 4, inGroup = threadIdx.x % 4 * 2;");
  emitPlace();
  emitLoads();
  text.open("auto inRows = [&](int half)");
  text.line("const idx query = first + line + 8 * half;");
  text.line("return query < " + queryCount + " ? query : " + queryCount +
            " - 1;");
  text.close(";");
  AttentionScores scoreChanges(
      parts, pointers, {common, keyCount, tiling.keys, lowering.isAligned});
  function.blocks = chooseBlocks(tiling, size, scoreChanges.getRegisters());
  scoreChanges.emitChanges(text, function.sizes);
  emitProducts();
  emitTiles();
  emitRowFactors(scoreChanges);
  emitResults();
  emitStores();
  FailureOr<DimAttr> tiles =
      graph::apply(DimFunction::CeilDiv, queryExtent(),
                   DimAttr::constant(context, tiling.rows()));
  SmallVector<DimAttr> counts = batchExtents();
  if (succeeded(tiles))
    counts.push_back(*tiles);
  FailureOr<DimAttr> items = graph::product(context, counts);
  if (failed(tiles) || failed(items))
    return op.emitOpError("has sizes beyond 64 bits");
  lowering.code = function.finish();
  return codegen::Kernel{function.sizes.getDims(),
                         *items,
                         1,
                         {},
                         {function.threads,
                          static_cast<unsigned>(sharedBytes()), 0,
                          function.getMostBytes()}};
}

} // namespace

bool isAttention(kernel::FusedOp op) { return partsOf(op).has_value(); }

FailureOr<codegen::Kernel> lowerAttention(kernel::FusedOp op,
                                          const Lowering &lowering) {
  return AttentionLowering(op, *partsOf(op), lowering).run();
}

} // namespace sinter::cuda
