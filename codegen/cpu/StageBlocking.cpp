// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/StageBlocking.h"

#include "codegen/cpu/LaneFold.h"

using namespace mlir;
using sinter::graph::DimAttr;

namespace sinter::cpu {
namespace {

/// Single results of a block.
constexpr int64_t scalarBlock = 1024;
/// Vectors of a matrix that is transposed in registers.
constexpr int64_t maxTransposed = 16;

int64_t constantOr(DimAttr dim, int64_t otherwise) {
  return dim.getConstant().value_or(otherwise);
}

class BlockingChoice {
public:
  BlockingChoice(kernel::StageOp stage, Operands &operands,
                 const Target &target)
      : stage(stage), operands(operands), target(target) {}

  Blocking run();

private:
  bool movesByUnit(unsigned iterator);
  bool reducesContiguously();
  void blockResults(int64_t lanes);
  void blockCopy();
  int64_t chooseRows(DimAttr extent) const;

  kernel::StageOp stage;
  Operands &operands;
  const Target &target;
  Blocking blocking;
};

/// Is there an input whose addresses follow this iterator one by one?
bool BlockingChoice::movesByUnit(unsigned iterator) {
  return llvm::any_of(operands.inputs, [&](const Access &input) {
    return input.stepOf(iterator) == Step::unit;
  });
}

/// Rows of a block, such that a constant extent is cut with the least loss: a
/// step of a block's fold takes at least the latency of its sums.
int64_t BlockingChoice::chooseRows(DimAttr extent) const {
  int64_t rows = target.tileRows;
  std::optional<int64_t> constant = extent.getConstant();
  if (!constant || *constant <= rows)
    return constant ? std::max<int64_t>(*constant, 1) : rows;
  auto cost = [&](int64_t rows) {
    int64_t rest = *constant % rows;
    int64_t least = target.tileMinRows;
    return *constant / rows * std::max(rows, least) +
           (rest == 0 ? 0 : std::max(rest, least));
  };
  for (int64_t fewer = rows - 1; fewer > 1; --fewer)
    if (cost(fewer) < cost(rows))
      rows = fewer;
  return rows;
}

bool isLinear(AffineExpr expr) {
  return !expr.walk([](AffineExpr part) {
                return part.getKind() == AffineExprKind::Mod ||
                               part.getKind() == AffineExprKind::FloorDiv ||
                               part.getKind() == AffineExprKind::CeilDiv
                           ? WalkResult::interrupt()
                           : WalkResult::advance();
              })
              .wasInterrupted();
}

/// LLVM makes vectors of what is contiguous. Left are inputs that are
/// contiguous along another iterator than the result, which are transposed in
/// registers, and fills, which are tested once for each block.
void BlockingChoice::blockCopy() {
  unsigned parallel = stage.getNumParallel();
  if (parallel == 0 || !isLaneWise(stage.getBody()))
    return;
  unsigned last = parallel - 1;
  int64_t bits = memoryType(operands.output->type.getElementType())
                     .getIntOrFloatBitWidth();
  Blocking copy;
  for (auto [index, input] : llvm::enumerate(operands.inputs)) {
    Type element = input.type.getElementType();
    bits = std::max<int64_t>(bits, memoryType(element).getIntOrFloatBitWidth());
    if (stage.getFill(index)) {
      copy.testsFills = true;
      if (!llvm::all_of(stage.getMap(index).getResults(), isLinear))
        return;
    }
    if (input.stepOf(last) != Step::strided)
      continue;
    std::optional<unsigned> along;
    for (unsigned iterator = 0; iterator < last; ++iterator)
      if (input.stepOf(iterator) == Step::unit)
        along = iterator;
    if (!along || (copy.jam && copy.jam != along) || element.isInteger(1))
      return;
    copy.jam = along;
    copy.transposes = true;
  }
  if (!copy.transposes && !copy.testsFills)
    return;
  copy.lanes = std::min<int64_t>(target.vectorBits / bits, maxTransposed);
  if (copy.transposes)
    copy.rows = copy.lanes;
  else
    copy.vectors = target.tileVectors;
  blocking = copy;
}

/// Vectors over the last parallel iterator, if the body works lane by lane and
/// an input is contiguous along it. Rows over the iterator that leaves some
/// such input alone. Else vectors over a contiguous reduction.
Blocking BlockingChoice::run() {
  bool hasFills = llvm::any_of(llvm::seq<unsigned>(0, operands.inputs.size()),
                               [&](unsigned input) -> bool {
                                 return stage.getFill(input) != TypedAttr();
                               });
  if (stage.getNumReductions() == 0)
    blockCopy();
  if (stage.getNumReductions() == 0 || hasFills || !isLaneWise(stage.getBody()))
    return blocking;
  unsigned bits = stage.getInit()->getType().getIntOrFloatBitWidth();
  int64_t lanes = target.vectorBits / bits;
  bool canFoldLanes = bits != 1 && reducesContiguously();
  unsigned last = stage.getNumParallel() - 1;
  bool gathers =
      canFoldLanes && llvm::any_of(operands.inputs, [&](Access &input) {
        return input.stepOf(last) == Step::strided;
      });
  if (stage.getNumParallel() != 0 && !gathers &&
      (!stage.hasFinish() || isLaneWise(stage.getFinish())))
    blockResults(lanes);
  if (blocking.lanes == 0 && canFoldLanes)
    blocking.foldLanes = lanes;
  return blocking;
}

void BlockingChoice::blockResults(int64_t lanes) {
  unsigned parallel = stage.getNumParallel();
  for (auto *accesses : {&operands.inputs, &operands.finishInputs})
    for (Access &access : *accesses)
      access.setBlock(parallel - 1, lanes * target.tileVectors);
  if (!movesByUnit(parallel - 1))
    return;
  blocking.lanes = lanes;
  blocking.vectors = target.tileVectors;
  for (unsigned iterator = 0; iterator + 1 < parallel; ++iterator) {
    bool reuses = llvm::any_of(operands.inputs, [&](const Access &input) {
      return input.stepOf(iterator) == Step::none &&
             input.stepOf(parallel - 1) == Step::unit;
    });
    if (reuses && constantOr(stage.getExtent(iterator), target.tileRows) > 1)
      blocking.jam = iterator;
  }
  if (blocking.jam)
    blocking.rows = chooseRows(stage.getExtent(*blocking.jam));
}

bool BlockingChoice::reducesContiguously() {
  unsigned last = stage.getNumIterators() - 1;
  return combiningOp(stage) && movesByUnit(last) &&
         llvm::all_of(operands.inputs, [&](const Access &input) {
           return input.stepOf(last) != Step::strided &&
                  !input.type.getElementType().isInteger(1);
         });
}

} // namespace

int64_t Blocking::columns() const {
  return lanes == 0 ? scalarBlock : lanes * vectors;
}

StageTile makeTile(kernel::StageOp stage, const Operands &operands,
                   Sizes &sizes, const Blocking &blocking) {
  StageTile tile(stage, operands, sizes, blocking.lanes);
  tile.setFoldLanes(blocking.foldLanes);
  if (blocking.transposes)
    tile.setTransposes();
  if (blocking.testsFills)
    tile.ignoreFills();
  return tile;
}

Blocking chooseBlocking(kernel::StageOp stage, Operands &operands,
                        const Target &target) {
  return BlockingChoice(stage, operands, target).run();
}

} // namespace sinter::cpu
