// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/ModelConstants.h"
#include "dialects/kernel/StageEdits.h"
#include "passes/kernel/Passes.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

#define GEN_PASS_DEF_FUSEROWS
#include "passes/kernel/Passes.h.inc"

namespace {

/// Calls `visit` with each input and finish input, its map, and whether it has
/// a fill.
void forEachInput(StageOp stage,
                  llvm::function_ref<void(Value, AffineMap, bool)> visit) {
  for (auto [index, input] : llvm::enumerate(stage.getInputs()))
    visit(input, stage.getMap(index), bool(stage.getFill(index)));
  for (auto [index, input] : llvm::enumerate(stage.getFinishInputs()))
    visit(input, stage.getFinishMap(index), false);
}

/// How many of the first coordinates are the first iterators themselves, over
/// the whole dims.
unsigned commonDepth(StageOp user, StageOp producer, AffineMap map) {
  unsigned most = std::min(
      {map.getNumResults(), producer.getNumParallel(), user.getNumParallel()});
  unsigned depth = 0;
  while (depth < most &&
         map.getResult(depth) == getAffineDimExpr(depth, map.getContext()) &&
         producer.getExtent(depth) == user.getExtent(depth))
    ++depth;
  return depth;
}

/// A fold of several operands, each of which many results share.
bool isProduct(StageOp stage) {
  return stage.getNumReductions() != 0 && stage.getInputs().size() > 1;
}

/// Stages that end in one and can run together.
class Group {
public:
  Group(StageOp last, bool fusesProducts)
      : last(last), fusesProducts(fusesProducts), depth(last.getNumParallel()),
        rank(depth) {
    members.insert(last);
  }

  /// Adds producers as long as there are any that fit.
  void grow();
  bool isWorthwhile() const;
  /// The members in order.
  SmallVector<StageOp> getStages() const;
  unsigned getDepth() const { return depth; }

  const llvm::SetVector<Operation *> &getMembers() const { return members; }

private:
  bool add(StageOp producer);
  unsigned depthWith(StageOp producer) const;
  bool holdsRowsOnly(StageOp stage, unsigned depth) const;
  bool readsLittle(StageOp stage, unsigned depth,
                   const llvm::SetVector<Operation *> &inside) const;

  StageOp last;
  bool fusesProducts;
  llvm::SetVector<Operation *> members;
  /// Common iterators, and the most parallel iterators of a member.
  unsigned depth, rank;
};

/// The common iterators if all users of the producer are members that read it
/// in rows; 0 if not.
unsigned Group::depthWith(StageOp producer) const {
  unsigned result = depth;
  for (OpOperand &use : producer.getOutput().getUses()) {
    auto user = dyn_cast<StageOp>(use.getOwner());
    if (!user || !members.contains(user))
      return 0;
    bool isTable = llvm::is_contained(user.getTables(), producer.getOutput());
    if (isTable)
      return 0;
    forEachInput(user, [&](Value value, AffineMap map, bool hasFill) {
      if (value == producer.getOutput())
        result =
            hasFill ? 0 : std::min(result, commonDepth(user, producer, map));
    });
  }
  // One dim at least is left to run over.
  return std::min(result, std::max(rank, producer.getNumParallel()) - 1);
}

/// Beyond the common iterators, is the output at most a row?
bool Group::holdsRowsOnly(StageOp stage, unsigned depth) const {
  SmallVector<DimAttr> dims = *graph::dimsOf(stage.getOutput().getType());
  return llvm::count_if(llvm::ArrayRef(dims).drop_front(
                            std::min<size_t>(depth, dims.size())),
                        [](DimAttr dim) { return dim.getConstant() != 1; }) <=
         1;
}

/// A matrix that serves all rows would be read again for every few of them: it
/// must belong to outer iterators, as the keys of an attention do.
bool Group::readsLittle(StageOp stage, unsigned depth,
                        const llvm::SetVector<Operation *> &inside) const {
  bool result = stage.getTables().empty() || stage.getNumReductions() == 0;
  forEachInput(stage, [&](Value value, AffineMap map, bool) {
    if (inside.contains(value.getDefiningOp()) ||
        map.isFunctionOfDim(depth - 1))
      return;
    unsigned inner = 0;
    bool hasOuter = false;
    for (unsigned iterator = 0; iterator < map.getNumDims(); ++iterator) {
      bool moves = map.isFunctionOfDim(iterator);
      hasOuter |= moves && iterator + 1 < depth;
      inner += moves && iterator >= depth;
    }
    result &= inner < 2 || (hasOuter && !isModelConstant(value));
  });
  return result;
}

bool Group::add(StageOp producer) {
  if (!fusesProducts && (isProduct(producer) || isProduct(last)))
    return false;
  unsigned common = depthWith(producer);
  if (common == 0)
    return false;
  llvm::SetVector<Operation *> inside(members);
  inside.insert(producer);
  for (Operation *op : inside) {
    auto stage = cast<StageOp>(op);
    if ((stage != last && !holdsRowsOnly(stage, common)) ||
        !readsLittle(stage, common, inside))
      return false;
  }
  members.insert(producer);
  depth = common;
  rank = std::max(rank, producer.getNumParallel());
  return true;
}

void Group::grow() {
  bool changed = true;
  while (changed) {
    changed = false;
    for (size_t index = 0; index < members.size(); ++index) {
      SmallVector<StageOp> producers;
      forEachInput(cast<StageOp>(members[index]),
                   [&](Value value, AffineMap, bool) {
                     if (auto stage = value.getDefiningOp<StageOp>())
                       producers.push_back(stage);
                   });
      for (StageOp producer : producers)
        changed |= producer->getBlock() == last->getBlock() &&
                   !members.contains(producer) && add(producer);
    }
  }
}

bool Group::isWorthwhile() const {
  return members.size() > 1 && llvm::any_of(members, [](Operation *op) {
           return cast<StageOp>(op).getNumReductions() != 0;
         });
}

SmallVector<StageOp> Group::getStages() const {
  SmallVector<StageOp> stages;
  for (Operation *member : members)
    stages.push_back(cast<StageOp>(member));
  llvm::sort(stages, [](StageOp one, StageOp other) {
    return one->isBeforeInBlock(other);
  });
  return stages;
}

struct FuseRows : impl::FuseRowsBase<FuseRows> {
  using FuseRowsBase::FuseRowsBase;

  void runOnOperation() override {
    SmallVector<StageOp> stages;
    getOperation().walk([&](StageOp stage) {
      if (!isa<FusedOp>(stage->getParentOp()))
        stages.push_back(stage);
    });
    // From the last to the first: a group ends where its result is needed.
    llvm::DenseSet<Operation *> done;
    for (StageOp stage : llvm::reverse(stages)) {
      if (done.contains(stage) || isModelConstant(stage.getOutput()))
        continue;
      Group group(stage, products);
      group.grow();
      if (!group.isWorthwhile())
        continue;
      done.insert(group.getMembers().begin(), group.getMembers().end());
      fuseStages(group.getStages(), group.getDepth());
    }
  }
};

} // namespace
} // namespace sinter::kernel
