// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/Combining.h"
#include "codegen/cuda/KernelFunction.h"
#include "codegen/cuda/RowLowering.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::Twine;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter::cuda {
namespace {

constexpr int64_t slotAlignment = 64;
/// Threads for a row of unknown length.
constexpr int64_t usualRow = 1024;
constexpr int64_t leastThreads = 32, mostThreads = 512, lanesOfThread = 4;
/// Blocks of a launch, each with scratch of its own, for each multiprocessor.
constexpr unsigned scratchBlocks = 4;

/// What one stage passes on to the next.
struct Slot {
  std::string pointer;
  SmallVector<DimAttr> dims;
};

/// A block runs all stages for one row: one value of each common iterator.
class FusedLowering {
public:
  FusedLowering(kernel::FusedOp op, const Lowering &lowering)
      : op(op), stages(op.getStages()), depth(op.getDepth()),
        lowering(lowering), context(op.getContext()),
        function(op, lowering.target) {}

  FailureOr<codegen::Kernel> run();

private:
  SmallVector<DimAttr> common();
  SmallVector<DimAttr> inner(kernel::StageOp stage);
  void chooseThreads();
  LogicalResult makeSlots();
  LogicalResult emitStage(kernel::StageOp stage);
  void emitTeams(kernel::StageOp stage, StageTile &tile, bool isOne);
  bool usesTeams(kernel::StageOp stage);
  void makeLocal(Access &access, Value value);
  Names iteratorsOf(const std::string &number, ArrayRef<DimAttr> extents);

  kernel::FusedOp op;
  std::vector<kernel::StageOp> stages;
  unsigned depth;
  const Lowering &lowering;
  MLIRContext *context;
  KernelFunction function;
  llvm::DenseMap<Value, Slot> slots;
  Names first;
  int64_t sharedBytes = 0;
  DimAttr scratch;
};

SmallVector<DimAttr> FusedLowering::common() {
  auto extents = llvm::to_vector(stages[0].getExtents().getAsRange<DimAttr>());
  extents.resize(depth);
  return extents;
}

/// The extents of a stage's results within a row.
SmallVector<DimAttr> FusedLowering::inner(kernel::StageOp stage) {
  SmallVector<DimAttr> extents;
  for (unsigned iterator = depth; iterator < stage.getNumParallel(); ++iterator)
    extents.push_back(stage.getExtent(iterator));
  return extents;
}

/// Enough for the longest row to be read in one step.
void FusedLowering::chooseThreads() {
  int64_t longest = 1;
  for (kernel::StageOp stage : stages) {
    int64_t points = 1;
    for (unsigned iterator = depth; iterator < stage.getNumIterators();
         ++iterator) {
      int64_t extent =
          stage.getExtent(iterator).getConstant().value_or(usualRow);
      points = llvm::SaturatingMultiply<uint64_t>(points,
                                                  std::max<int64_t>(extent, 1));
    }
    longest = std::max(longest, points);
  }
  int64_t whole = llvm::divideCeil(longest / lanesOfThread, 32) * 32;
  function.threads = std::clamp(whole, leastThreads, mostThreads);
}

/// In shared memory if they are known to fit, else in scratch.
LogicalResult FusedLowering::makeSlots() {
  FailureOr<DimAttr> total = DimAttr::constant(context, 0);
  SmallVector<DimAttr> offsets;
  for (kernel::StageOp stage : ArrayRef(stages).drop_back()) {
    SmallVector<DimAttr> dims = *graph::dimsOf(stage.getOutput().getType());
    for (unsigned axis = 0; axis < depth; ++axis)
      dims[axis] = DimAttr::constant(context, 1);
    Type element = codegen::memoryType(getElementTypeOrSelf(stage.getOutput()));
    SmallVector<DimAttr> factors(dims);
    factors.push_back(
        DimAttr::constant(context, element.getIntOrFloatBitWidth() / 8));
    DimAttr alignment = DimAttr::constant(context, slotAlignment);
    FailureOr<DimAttr> bytes = graph::product(context, factors);
    if (succeeded(bytes))
      bytes = graph::apply(DimFunction::CeilDiv, *bytes, alignment);
    if (succeeded(bytes))
      bytes = graph::multiply(*bytes, alignment);
    if (failed(bytes))
      return failure();
    slots[stage.getOutput()] = {"t" + std::to_string(offsets.size()), dims};
    offsets.push_back(*total);
    total = graph::add(*total, *bytes);
    if (failed(total))
      return failure();
  }
  std::optional<int64_t> known = total->getConstant();
  int64_t room = lowering.target.sharedBytes - 1024;
  if (known && *known <= room) {
    sharedBytes = *known;
    function.before.line("extern __shared__ __align__(64) u8 slots[];");
  } else {
    scratch = *total;
    function.hasScratch = true;
    function.before.line("u8 *const slots = scratch + i64(blockIdx.x) * " +
                         wrapped(function.sizes.get(*total)) + ";");
  }
  for (auto [index, offset] : llvm::enumerate(offsets)) {
    std::string type =
        memoryTypeName(getElementTypeOrSelf(stages[index].getOutput()));
    function.before.line(type + " *const t" + Twine(index) +
                         " = reinterpret_cast<" + type + " *>(slots + " +
                         function.sizes.get(offset) + ");");
  }
  return success();
}

void FusedLowering::makeLocal(Access &access, Value value) {
  if (auto slot = slots.find(value); slot != slots.end())
    access.setLocal(slot->second.dims, first);
}

/// Is there more to gain from several threads for each result?
bool FusedLowering::usesTeams(kernel::StageOp stage) {
  if (stage.getNumReductions() == 0 || !codegen::combiningOp(stage))
    return false;
  int64_t results = 1;
  for (DimAttr extent : inner(stage))
    results = llvm::SaturatingMultiply<uint64_t>(
        results, std::max<int64_t>(extent.getConstant().value_or(usualRow), 1));
  return results < function.threads;
}

Names FusedLowering::iteratorsOf(const std::string &number,
                                 ArrayRef<DimAttr> extents) {
  Names iterators(first);
  iterators.append(KernelFunction::decode(function.body, function.sizes, number,
                                          extents, "j"));
  return iterators;
}

void FusedLowering::emitTeams(kernel::StageOp stage, StageTile &tile,
                              bool isOne) {
  Text &text = function.body;
  FailureOr<DimAttr> count = graph::product(context, inner(stage));
  if (isOne) {
    Names iterators(first);
    iterators.resize(stage.getNumParallel(), "0");
    return tile.emitTeamResult(
        iterators, {function.threads, "int(threadIdx.x)", lowering.isAligned});
  }
  text.open("for (idx row = int(threadIdx.x) / 32; row < " +
            function.sizes.get(*count) +
            "; row += " + Twine(function.threads / 32) + ")");
  tile.emitTeamResult(iteratorsOf("row", inner(stage)),
                      {32, "int(threadIdx.x % 32)", lowering.isAligned});
  text.close();
}

LogicalResult FusedLowering::emitStage(kernel::StageOp stage) {
  Operands operands = accessOperands(stage, [&](Value value) -> std::string {
    if (auto slot = slots.find(value); slot != slots.end())
      return slot->second.pointer;
    if (auto argument = dyn_cast<BlockArgument>(value))
      return function.buffer(argument.getArgNumber());
    return function.buffer(op->getNumOperands());
  });
  for (auto [access, value] :
       llvm::zip_equal(operands.inputs, stage.getInputs()))
    makeLocal(access, value);
  for (auto [access, value] :
       llvm::zip_equal(operands.finishInputs, stage.getFinishInputs()))
    makeLocal(access, value);
  makeLocal(*operands.output, stage.getOutput());
  Text &text = function.body;
  StageTile tile(text, stage, operands, function.sizes);
  SmallVector<DimAttr> extents = inner(stage);
  FailureOr<DimAttr> count = graph::product(context, extents);
  if (failed(count))
    return failure();
  text.open();
  if (usesTeams(stage)) {
    emitTeams(stage, tile, count->getConstant() == 1);
  } else {
    int64_t lanes =
        lowering.isAligned && !extents.empty() ? tile.chooseLanes() : 1;
    if (lanes != 1) {
      DimAttr width = DimAttr::constant(context, lanes);
      FailureOr<DimAttr> last =
          graph::apply(DimFunction::FloorDiv, extents.back(), width);
      count = graph::apply(DimFunction::FloorDiv, *count, width);
      if (failed(last) || failed(count))
        return failure();
      extents.back() = *last;
    }
    text.open("for (idx at = int(threadIdx.x); at < " +
              function.sizes.get(*count) +
              "; at += " + Twine(function.threads) + ")");
    Names iterators = iteratorsOf("at", extents);
    if (lanes != 1)
      iterators.back() =
          "(" + iterators.back() + " * " + std::to_string(lanes) + ")";
    tile.emitResults(iterators, lanes);
    text.close();
  }
  text.close();
  text.line("__syncthreads();");
  return success();
}

FailureOr<codegen::Kernel> FusedLowering::run() {
  chooseThreads();
  if (failed(makeSlots()))
    return op.emitOpError("has sizes beyond 64 bits");
  FailureOr<DimAttr> items = graph::product(context, common());
  if (failed(items))
    return op.emitOpError("has sizes beyond 64 bits");
  first = KernelFunction::decode(function.body, function.sizes, "idx(item)",
                                 common());
  for (kernel::StageOp stage : stages)
    if (failed(emitStage(stage)))
      return op.emitOpError("has sizes beyond 64 bits");
  lowering.code = function.finish();
  unsigned mostBlocks =
      scratch ? lowering.target.multiprocessors * scratchBlocks : 0;
  return codegen::Kernel{function.sizes.getDims(),
                         *items,
                         1,
                         scratch,
                         {function.threads, static_cast<unsigned>(sharedBytes),
                          mostBlocks, function.getMostBytes()}};
}

} // namespace

FailureOr<codegen::Kernel> lowerFused(kernel::FusedOp op,
                                      const Lowering &lowering) {
  if (std::optional<codegen::Kernel> kernel = lowerRows(op, lowering))
    return *kernel;
  return FusedLowering(op, lowering).run();
}

} // namespace sinter::cuda
