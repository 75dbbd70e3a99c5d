// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/Attention.h"

#include "codegen/cuda/AttentionLowering.h"
#include "codegen/cuda/Warpgroup.h"
#include "dialects/kernel/StagePatterns.h"

using namespace mlir;
using llvm::SmallVector;
using llvm::Twine;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter::cuda {
namespace {

/// Columns of an instruction's part; elements of a query, key or value.
constexpr int64_t packed = 8, mostWidth = 256;

int64_t roundUp(int64_t value, int64_t unit) {
  return llvm::divideCeil(value, unit) * unit;
}

/// The element type of the products: the one of 16 bits that operands have;
/// null if none has one, or they have both.
Type elementOf(const kernel::Attention &parts) {
  kernel::StageOp scores = parts.scores, values = parts.values;
  return kernel::oneHalf({scores.getInputs()[0], scores.getInputs()[1],
                          values.getInputs()[parts.valueInput]})
      .value_or(Type());
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

} // namespace

AttentionLowering::AttentionLowering(kernel::FusedOp op,
                                     kernel::Attention found,
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

/// Which head and which queries the item is.
void AttentionLowering::emitPlace() {
  Sizes &sizes = function.sizes;
  queryCount = sizes.get(queryExtent());
  keyCount = sizes.get(keyExtent());
  text.line("const idx tiles = (" + queryCount + " + " +
            Twine(tiling.rows() - 1) + ") / " + Twine(tiling.rows()) + ";");
  text.line("const idx first = idx(item) % tiles * " + Twine(tiling.rows()) +
            ";");
  // Of no keys, there is a step with zeros, which are hidden.
  text.line("const int steps = " +
            (keyExtent().getConstant() ? "" : keyCount + " == 0 ? 1 : ") + "(" +
            keyCount + " + " + Twine(tiling.keys - 1) + ") / " +
            Twine(tiling.keys) + ";");
  Names batch = KernelFunction::decode(text, sizes, "(idx(item) / tiles)",
                                       batchExtents());
  common.clear();
  size_t next = 0;
  for (unsigned iterator = 0; iterator < parts.depth; ++iterator)
    common.push_back(iterator == parts.query ? "query" : batch[next++]);
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

bool isAttention(kernel::FusedOp op) { return partsOf(op).has_value(); }

FailureOr<codegen::Kernel> lowerAttention(kernel::FusedOp op,
                                          const Lowering &lowering) {
  return AttentionLowering(op, *partsOf(op), lowering).run();
}

} // namespace sinter::cuda
