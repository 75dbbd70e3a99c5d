// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Rounding.h"
#include "dialects/kernel/StageEdits.h"
#include "passes/kernel/Passes.h"

using namespace mlir;

namespace sinter::kernel {

#define GEN_PASS_DEF_INVERTDIVISORS
#include "passes/kernel/Passes.h.inc"

namespace {

/// Is the divisor an input that stays the same along the last iterator, while
/// the stage runs over more than one element there?
bool isOfRow(StageOp stage, Value divisor) {
  auto argument = dyn_cast<BlockArgument>(divisor);
  unsigned rank = stage.getNumParallel();
  if (!argument || argument.getOwner() != &stage.getBody().front() ||
      argument.getArgNumber() >= stage.getInputs().size() || rank == 0 ||
      stage.getExtent(rank - 1).getConstant() == 1)
    return false;
  AffineMap map = stage.getMap(argument.getArgNumber());
  if (!map.isFunctionOfDim(rank - 1))
    return true;
  // A dim of 1 broadcasts.
  auto dims =
      *graph::dimsOf(stage.getInputs()[argument.getArgNumber()].getType());
  return llvm::all_of(llvm::enumerate(map.getResults()), [&](auto entry) {
    return !entry.value().isFunctionOfDim(rank - 1) ||
           (isa<AffineDimExpr>(entry.value()) &&
            dims[entry.index()].getConstant() == 1);
  });
}

struct InvertDivisors : impl::InvertDivisorsBase<InvertDivisors> {
  void runOnOperation() override {
    getOperation().walk([](arith::DivFOp division) {
      auto stage = dyn_cast<StageOp>(division->getParentOp());
      if (!stage || stage.getNumReductions() != 0 ||
          !isOfRow(stage, division.getRhs()) || feedsRounding(division))
        return;
      multiplyByInverse(division);
    });
  }
};

} // namespace
} // namespace sinter::kernel
