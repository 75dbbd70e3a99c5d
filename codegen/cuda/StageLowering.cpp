// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/StageLowering.h"

#include "codegen/Combining.h"
#include "codegen/cuda/KernelFunction.h"

using namespace mlir;
using llvm::SmallVector;
using llvm::Twine;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter::cuda {
namespace {

/// Points of a fold from which on a team is worth its exchange of results.
constexpr int64_t fewPoints = 64, manyPoints = 1024;
/// Threads that keep a multiprocessor busy.
constexpr int64_t busyThreads = 512;

class StageLowering {
public:
  StageLowering(kernel::StageOp stage, const Lowering &lowering)
      : stage(stage), lowering(lowering), function(stage, lowering.target),
        context(stage.getContext()),
        operands(accessOperands(
            stage, [&](Value) { return function.buffer(buffer++); })),
        tile(function.body, stage, operands, function.sizes) {}

  FailureOr<codegen::Kernel> run();

private:
  int64_t results();
  int64_t foldPoints();
  unsigned chooseTeam();
  int64_t chooseLanes();
  FailureOr<DimAttr> emitThreads(DimAttr count);
  FailureOr<DimAttr> emitTeams(DimAttr count, unsigned threads);
  SmallVector<DimAttr> parallelExtents();

  kernel::StageOp stage;
  const Lowering &lowering;
  KernelFunction function;
  MLIRContext *context;
  unsigned buffer = 0;
  Operands operands;
  StageTile tile;
};

SmallVector<DimAttr> StageLowering::parallelExtents() {
  auto extents = llvm::to_vector(stage.getExtents().getAsRange<DimAttr>());
  extents.resize(stage.getNumParallel());
  return extents;
}

/// Known results; an unknown extent counts as 1.
int64_t StageLowering::results() {
  int64_t count = 1;
  for (DimAttr extent : parallelExtents())
    count = llvm::SaturatingMultiply<uint64_t>(
        count, std::max<int64_t>(extent.getConstant().value_or(1), 1));
  return count;
}

/// Points of the fold of one result; unknown extents are many.
int64_t StageLowering::foldPoints() {
  int64_t count = 1;
  for (unsigned iterator = stage.getNumParallel();
       iterator < stage.getNumIterators(); ++iterator)
    count = llvm::SaturatingMultiply<uint64_t>(
        count, std::max<int64_t>(
                   stage.getExtent(iterator).getConstant().value_or(256), 1));
  return count;
}

/// Threads for each result: 1, a warp or a block.
unsigned StageLowering::chooseTeam() {
  int64_t busy = lowering.target.multiprocessors * busyThreads;
  int64_t points = foldPoints();
  if (stage.getNumReductions() == 0 || points < fewPoints ||
      !codegen::combiningOp(stage))
    return 1;
  auto isUnit = [&](unsigned iterator) {
    return llvm::any_of(operands.inputs, [&](const Access &input) {
      return input.stepOf(iterator) == Step::unit;
    });
  };
  unsigned parallel = stage.getNumParallel();
  bool isAlongFold = isUnit(stage.getNumIterators() - 1) &&
                     (parallel == 0 || !isUnit(parallel - 1));
  if (!isAlongFold && results() * 4 > busy)
    return 1;
  return points >= manyPoints && results() * 32 < busy ? 256 : 32;
}

/// Fewer where whole packs would leave multiprocessors idle.
int64_t StageLowering::chooseLanes() {
  int64_t lanes = lowering.isAligned ? tile.chooseLanes() : 1;
  int64_t busy = lowering.target.multiprocessors * busyThreads;
  while (lanes > 1 && results() < busy * lanes &&
         llvm::all_of(parallelExtents(),
                      [](DimAttr extent) { return extent.getConstant(); }))
    lanes /= 2;
  return lanes;
}

/// A thread for each result, or for a few neighbours.
FailureOr<DimAttr> StageLowering::emitThreads(DimAttr count) {
  Text &text = function.body;
  int64_t lanes = chooseLanes();
  SmallVector<DimAttr> extents = parallelExtents();
  DimAttr width = DimAttr::constant(context, lanes);
  FailureOr<DimAttr> packs = graph::apply(DimFunction::FloorDiv, count, width);
  if (lanes != 1) {
    FailureOr<DimAttr> last =
        graph::apply(DimFunction::FloorDiv, extents.back(), width);
    if (failed(last))
      return failure();
    extents.back() = *last;
  }
  if (failed(packs))
    return failure();
  text.line("const idx at = idx(item) * " + Twine(function.threads) +
            " + threadIdx.x;");
  text.line("if (at >= " + function.sizes.get(*packs) + ")");
  text.line("  break;");
  Names iterators = KernelFunction::decode(text, function.sizes, "at", extents);
  if (lanes != 1)
    iterators.back() =
        "(" + iterators.back() + " * " + std::to_string(lanes) + ")";
  tile.emitResults(iterators, lanes);
  return graph::apply(DimFunction::CeilDiv, *packs,
                      DimAttr::constant(context, function.threads));
}

/// Several threads for each result.
FailureOr<DimAttr> StageLowering::emitTeams(DimAttr count, unsigned threads) {
  Text &text = function.body;
  int64_t teams = function.threads / threads;
  std::string team = threads == 32 ? " + threadIdx.x / 32" : "";
  text.line("const idx result = idx(item) * " + Twine(teams) + team + ";");
  if (teams != 1) {
    text.line("if (result >= " + function.sizes.get(count) + ")");
    text.line("  break;");
  }
  text.line("const int member = threadIdx.x % " + Twine(threads) + ";");
  Names iterators =
      KernelFunction::decode(text, function.sizes, "result", parallelExtents());
  tile.emitTeamResult(iterators, {threads, "member", lowering.isAligned});
  return graph::apply(DimFunction::CeilDiv, count,
                      DimAttr::constant(context, teams));
}

FailureOr<codegen::Kernel> StageLowering::run() {
  FailureOr<DimAttr> count = graph::product(context, parallelExtents());
  if (failed(count))
    return stage.emitOpError("has sizes beyond 64 bits");
  unsigned team = chooseTeam();
  FailureOr<DimAttr> items =
      team == 1 ? emitThreads(*count) : emitTeams(*count, team);
  if (failed(items))
    return stage.emitOpError("has sizes beyond 64 bits");
  lowering.code = function.finish();
  return codegen::Kernel{function.sizes.getDims(),
                         *items,
                         1,
                         {},
                         {function.threads, 0, 0, function.getMostBytes()}};
}

} // namespace

FailureOr<codegen::Kernel> lowerStage(kernel::StageOp stage,
                                      const Lowering &lowering) {
  return StageLowering(stage, lowering).run();
}

} // namespace sinter::cuda
