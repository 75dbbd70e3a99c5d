// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/StageEdits.h"
#include "passes/kernel/Passes.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::kernel {

#define GEN_PASS_DEF_FUSEEPILOGUE
#include "passes/kernel/Passes.h.inc"

namespace {

bool contains(StageOp stage, llvm::function_ref<bool(Operation *)> predicate) {
  return stage
      .walk([&](Operation *op) {
        return predicate(op) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

/// The input of `user` that is a fold which `user` can finish.
std::optional<unsigned> findFold(StageOp user) {
  if (user.getNumReductions() != 0 || !user.getTables().empty() ||
      llvm::any_of(user.getFills(),
                   [](Attribute fill) { return isa<TypedAttr>(fill); }) ||
      contains(user, [](Operation *op) { return isa<IndexOp, LoadOp>(op); }))
    return std::nullopt;
  for (auto [index, input] : llvm::enumerate(user.getInputs())) {
    auto fold = input.getDefiningOp<StageOp>();
    if (!fold || fold->getBlock() != user->getBlock() ||
        fold.getNumReductions() == 0 || fold.hasFinish() || fold.getBorder() ||
        !fold->hasOneUse() || !user.getMap(index).isIdentity())
      continue;
    bool sameDims = llvm::equal(
        user.getExtents(),
        fold.getExtents().getValue().take_front(fold.getNumParallel()));
    if (sameDims)
      return index;
  }
  return std::nullopt;
}

struct FuseEpilogue : impl::FuseEpilogueBase<FuseEpilogue> {
  void runOnOperation() override {
    SmallVector<StageOp> users;
    getOperation().walk([&](StageOp stage) { users.push_back(stage); });
    for (StageOp user : users) {
      // Erased stages are folds, which stand before their user in the list.
      if (std::optional<unsigned> input = findFold(user))
        finishFold(user.getInputs()[*input].getDefiningOp<StageOp>(), user,
                   *input);
    }
  }
};

} // namespace
} // namespace sinter::kernel
