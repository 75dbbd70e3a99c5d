// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/RowLowering.h"

#include "codegen/Combining.h"
#include "codegen/cuda/KernelFunction.h"
#include "codegen/cuda/Linear.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::Twine;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter::cuda {
namespace {

constexpr int64_t warp = 32, mostThreads = 512, warpsOfBlock = 4;
/// Points of a thread: of many rows, and of few, which leave threads idle.
constexpr int64_t mostPoints = 32, fewPoints = 8;
/// Points from which on threads have enough to read at once, and neighbours
/// that are read together.
constexpr int64_t enoughPoints = 16, leastTogether = 32;
/// Registers of a thread for what stages pass on, in small and large blocks.
constexpr int64_t registersOfFew = 128, registersOfMany = 64, manyThreads = 256;

/// The iterators within a row that run over more than one point.
SmallVector<unsigned> longIterators(kernel::StageOp stage, unsigned from,
                                    unsigned to) {
  SmallVector<unsigned> found;
  for (unsigned iterator = from; iterator < to; ++iterator)
    if (stage.getExtent(iterator).getConstant() != 1)
      found.push_back(iterator);
  return found;
}

/// A warp or a block runs all stages for one row. Each of its threads has the
/// same points of all of them, and the results of folds.
class RowLowering {
public:
  RowLowering(kernel::FusedOp op, const Lowering &lowering)
      : op(op), stages(op.getStages()), depth(op.getDepth()),
        lowering(lowering), context(op.getContext()),
        function(op, lowering.target) {}

  bool isPossible();
  std::optional<codegen::Kernel> run();

private:
  bool isSuited(kernel::StageOp stage);
  bool readsOwnPoint(Value value, AffineMap map, ArrayRef<unsigned> iterators);
  SmallVector<DimAttr> common();
  bool areFew();
  bool chooseShape();
  int64_t mostLanesOf(kernel::StageOp stage);
  std::string hold(Value value);
  Operands operandsOf(kernel::StageOp stage);
  FailureOr<DimAttr> emitRow();
  void emitStage(kernel::StageOp stage);
  void emitPoints(kernel::StageOp stage, StageTile &tile);
  bool isHeld(Value value) { return value != stages.back().getOutput(); }

  kernel::FusedOp op;
  std::vector<kernel::StageOp> stages;
  unsigned depth;
  const Lowering &lowering;
  MLIRContext *context;
  KernelFunction function;
  /// Of the points of a row: the extents that are not 1; how many there are.
  SmallVector<int64_t> extents;
  int64_t points = 1;
  Names first;
  Team team;
  unsigned rows = 1;
};

SmallVector<DimAttr> RowLowering::common() {
  auto all = llvm::to_vector(stages[0].getExtents().getAsRange<DimAttr>());
  all.resize(depth);
  return all;
}

/// Whether the point of a value that a stage reads is that of these iterators,
/// or the only one.
bool RowLowering::readsOwnPoint(Value value, AffineMap map,
                                ArrayRef<unsigned> iterators) {
  if (isa<BlockArgument>(value))
    return true;
  SmallVector<DimAttr> dims = *graph::dimsOf(value.getType());
  SmallVector<unsigned> read;
  for (unsigned axis = depth; axis < dims.size(); ++axis) {
    if (dims[axis].getConstant() == 1)
      continue;
    auto iterator = dyn_cast<AffineDimExpr>(map.getResult(axis));
    if (!iterator)
      return false;
    read.push_back(iterator.getPosition());
  }
  return read.empty() || ArrayRef(read) == iterators;
}

/// Results for each point of the row, or one that is made of all points, or
/// one.
bool RowLowering::isSuited(kernel::StageOp stage) {
  unsigned parallel = stage.getNumParallel();
  SmallVector<unsigned> results = longIterators(stage, depth, parallel);
  SmallVector<unsigned> own =
      longIterators(stage, depth, stage.getNumIterators());
  if (stage.getNumReductions() != 0 &&
      (!results.empty() || !codegen::combiningOp(stage)))
    return false;
  SmallVector<int64_t> sizes;
  for (unsigned iterator : own)
    sizes.push_back(stage.getExtent(iterator).getConstant().value_or(0));
  if (extents.empty())
    extents = sizes;
  if (!own.empty() && (sizes != extents || llvm::is_contained(sizes, 0) ||
                       own.back() + 1 != stage.getNumIterators()))
    return false;
  for (auto [index, input] : llvm::enumerate(stage.getInputs()))
    if (!readsOwnPoint(input, stage.getMap(index), own))
      return false;
  for (auto [index, input] : llvm::enumerate(stage.getFinishInputs()))
    if (!readsOwnPoint(input, stage.getFinishMap(index), results))
      return false;
  return true;
}

bool RowLowering::areFew() {
  int64_t count = 1;
  for (DimAttr extent : common())
    count = llvm::SaturatingMultiply<uint64_t>(
        count, extent.getConstant().value_or(INT32_MAX));
  return count < warpsOfBlock * lowering.target.multiprocessors;
}

/// Neighbours that can be read and written 16 bytes at a time.
int64_t RowLowering::mostLanesOf(kernel::StageOp stage) {
  SmallVector<unsigned> own =
      longIterators(stage, depth, stage.getNumIterators());
  int64_t count = mostLanes;
  Operands operands = operandsOf(stage);
  auto limit = [&](const Access &access) {
    if (access.held.empty() && access.stepOf(own.back()) == Step::unit)
      count = std::min(count, packBytes / bytesOf(access));
  };
  if (own.empty())
    return count;
  llvm::for_each(operands.inputs, limit);
  if (stage.getNumReductions() == 0)
    limit(*operands.output);
  return count;
}

/// Threads of a row, and packs of each; none if there are too many points.
bool RowLowering::chooseShape() {
  int64_t held = 1; // registers for a point
  for (kernel::StageOp stage : stages)
    if (isHeld(stage.getOutput()) &&
        !longIterators(stage, depth, stage.getNumParallel()).empty())
      held += llvm::divideCeil(bytesOf(*operandsOf(stage).output), 4);
  for (int64_t extent : extents)
    points = llvm::SaturatingMultiply<uint64_t>(points, extent);
  auto threadsFor = [&](int64_t registers) {
    int64_t most =
        std::min(areFew() ? fewPoints : mostPoints, registers / held);
    return most == 0
               ? INT64_MAX
               : llvm::divideCeil(llvm::divideCeil(points, most), warp) * warp;
  };
  int64_t threads = threadsFor(registersOfFew);
  if (threads > manyThreads)
    threads = threadsFor(registersOfMany);
  if (threads > mostThreads)
    return false;
  int64_t lanes = lowering.isAligned ? mostLanes : 1;
  for (kernel::StageOp stage : stages)
    lanes = std::min(lanes, mostLanesOf(stage));
  while (extents.back() % lanes != 0)
    lanes /= 2;
  // A warp may have several short rows, if it has all of them.
  FailureOr<DimAttr> count = graph::product(context, common());
  auto mayHalve = [&] {
    return threads <= warp && threads / 2 * lanes >= leastTogether &&
           points <= threads / 2 * enoughPoints && !areFew() &&
           succeeded(count) && isMultiple(*count, 2 * warp / threads);
  };
  while (mayHalve())
    threads /= 2;
  while (lanes > 1 && points < threads * lanes)
    lanes /= 2;
  rows = threads <= warp ? warpsOfBlock * warp / threads : 1;
  function.threads = threads * rows;
  team.count = threads;
  team.lane = "int(threadIdx.x";
  team.lane += rows == 1 ? ")" : " % " + std::to_string(threads) + ")";
  team.points = points;
  team.lanes = lanes;
  return true;
}

bool RowLowering::isPossible() {
  return llvm::all_of(stages,
                      [&](kernel::StageOp stage) { return isSuited(stage); }) &&
         !extents.empty() && chooseShape();
}

/// The variable of a value that stays in registers, at the current point.
std::string RowLowering::hold(Value value) {
  auto stage = value.getDefiningOp<kernel::StageOp>();
  std::string name =
      "t" + std::to_string(llvm::find(stages, stage) - stages.begin());
  if (longIterators(stage, depth, stage.getNumParallel()).empty())
    return name;
  return team.lanes == 1
             ? name + "[pack]"
             : name + "[pack * " + std::to_string(team.lanes) + " + lane]";
}

Operands RowLowering::operandsOf(kernel::StageOp stage) {
  Operands operands = accessOperands(stage, [&](Value value) -> std::string {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return function.buffer(argument.getArgNumber());
    return function.buffer(op->getNumOperands());
  });
  auto mark = [&](Access &access, Value value) {
    if (!isa<BlockArgument>(value) && isHeld(value))
      access.held = hold(value);
  };
  for (auto [access, value] :
       llvm::zip_equal(operands.inputs, stage.getInputs()))
    mark(access, value);
  for (auto [access, value] :
       llvm::zip_equal(operands.finishInputs, stage.getFinishInputs()))
    mark(access, value);
  mark(*operands.output, stage.getOutput());
  return operands;
}

/// A thread's points, one pack after the other.
void RowLowering::emitPoints(kernel::StageOp stage, StageTile &tile) {
  Text &text = function.body;
  SmallVector<DimAttr> sizes;
  for (unsigned iterator = depth; iterator < stage.getNumParallel(); ++iterator)
    sizes.push_back(stage.getExtent(iterator));
  tile.openPacks(team);
  Names inner = KernelFunction::decode(text, function.sizes, "at", sizes, "j");
  Names iterators(first);
  iterators.append(inner);
  tile.emitResults(iterators, team.lanes);
  text.close();
}

void RowLowering::emitStage(kernel::StageOp stage) {
  Text &text = function.body;
  Operands operands = operandsOf(stage);
  StageTile tile(text, stage, operands, function.sizes);
  Names only(first);
  only.resize(stage.getNumParallel(), "0");
  if (isHeld(stage.getOutput())) {
    std::string type = memoryTypeName(getElementTypeOrSelf(stage.getOutput()));
    std::string name = hold(stage.getOutput());
    auto [array, index] = llvm::StringRef(name).split('[');
    text.line(type + " " + array +
              (index.empty() ? Twine(";")
                             : "[" + Twine(team.packs() * team.lanes) + "];"));
  }
  text.open();
  bool isOfRow =
      !longIterators(stage, stage.getNumParallel(), stage.getNumIterators())
           .empty();
  if (stage.getNumReductions() != 0) {
    // A fold of one point has nothing to do with those of the row.
    tile.emitTeamResult(only, isOfRow ? team : Team{team.count, team.lane});
  } else if (!longIterators(stage, depth, stage.getNumParallel()).empty()) {
    emitPoints(stage, tile);
  } else {
    if (!isHeld(stage.getOutput()))
      text.line("if (" + team.lane + " == 0)");
    text.open();
    tile.emitResults(only, 1);
    text.close();
  }
  text.close();
}

/// Declares the iterators of a row; how many items there are for all rows.
FailureOr<DimAttr> RowLowering::emitRow() {
  FailureOr<DimAttr> items = graph::product(context, common());
  if (failed(items))
    return failure();
  std::string number = "idx(item)";
  if (rows != 1) {
    number = "row";
    function.body.line("const idx row = idx(item) * " + Twine(rows) +
                       " + threadIdx.x / " + Twine(team.count) + ";");
    function.body.line("if (row >= " + function.sizes.get(*items) + ")");
    function.body.line("  continue;");
    items = graph::apply(DimFunction::CeilDiv, *items,
                         DimAttr::constant(context, rows));
  }
  first =
      KernelFunction::decode(function.body, function.sizes, number, common());
  return items;
}

std::optional<codegen::Kernel> RowLowering::run() {
  FailureOr<DimAttr> items = emitRow();
  if (failed(items))
    return std::nullopt;
  for (kernel::StageOp stage : stages)
    emitStage(stage);
  lowering.code = function.finish();
  return codegen::Kernel{function.sizes.getDims(),
                         *items,
                         1,
                         {},
                         {function.threads, 0, 0, function.getMostBytes()}};
}

} // namespace

std::optional<codegen::Kernel> lowerRows(kernel::FusedOp op,
                                         const Lowering &lowering) {
  RowLowering rows(op, lowering);
  return rows.isPossible() ? rows.run() : std::nullopt;
}

} // namespace sinter::cuda
