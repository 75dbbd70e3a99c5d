// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/ModelConstants.h"
#include "dialects/kernel/StageEdits.h"
#include "passes/kernel/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

#define GEN_PASS_DEF_ASSIGNLAYOUTS
#include "passes/kernel/Passes.h.inc"

namespace {

/// New position -> old position.
using Order = SmallVector<unsigned>;

/// Elements by nominal sizes.
uint64_t sizeOf(Value value) {
  uint64_t product = 1;
  SmallVector<DimAttr> dims = *graph::dimsOf(value.getType());
  for (DimAttr dim : dims)
    product =
        llvm::SaturatingMultiply<uint64_t>(product, graph::nominalSize(dim));
  return product;
}

/// The one iterator of which a coordinate is a function.
std::optional<unsigned> onlyIterator(AffineExpr coordinate, unsigned count) {
  std::optional<unsigned> found;
  for (unsigned iterator = 0; iterator < count; ++iterator) {
    if (!coordinate.isFunctionOfDim(iterator))
      continue;
    if (found)
      return std::nullopt;
    found = iterator;
  }
  return found;
}

/// The one iterator from which a value of a body is computed.
std::optional<unsigned> onlyIterator(Value value) {
  llvm::SetVector<Value> todo;
  todo.insert(value);
  std::optional<unsigned> found;
  for (size_t next = 0; next < todo.size(); ++next) {
    Operation *op = todo[next].getDefiningOp();
    if (auto index = dyn_cast_or_null<IndexOp>(op)) {
      if (found && *found != index.getIterator())
        return std::nullopt;
      found = index.getIterator();
    } else if (!op || isa<LoadOp>(op) || op->getNumRegions() != 0) {
      return std::nullopt;
    } else {
      todo.insert(op->operand_begin(), op->operand_end());
    }
  }
  return found;
}

/// The parallel iterators along which operands are contiguous, each with the
/// elements of those operands.
llvm::MapVector<unsigned, uint64_t> contiguousIterators(StageOp stage) {
  llvm::MapVector<unsigned, uint64_t> sizes;
  auto vote = [&](std::optional<unsigned> iterator, Value operand) {
    if (iterator && *iterator < stage.getNumParallel())
      sizes[*iterator] = llvm::SaturatingAdd(sizes[*iterator], sizeOf(operand));
  };
  for (auto [index, input] : llvm::enumerate(stage.getInputs())) {
    AffineMap map = stage.getMap(index);
    if (map.getNumResults() != 0)
      vote(onlyIterator(map.getResults().back(), stage.getNumIterators()),
           input);
  }
  stage.walk([&](LoadOp load) {
    if (!load.getCoordinates().empty())
      vote(onlyIterator(load.getCoordinates().back()),
           stage.getTables()[load.getTable()]);
  });
  return sizes;
}

/// For a fold with constant weights: the iterator of the channels they make.
std::optional<unsigned> outputChannels(StageOp stage, int64_t minChannels) {
  if (stage.getNumReductions() == 0 || stage.getInputs().size() != 2)
    return std::nullopt;
  for (auto [index, input] : llvm::enumerate(stage.getInputs())) {
    if (!isModelConstant(input))
      continue;
    std::optional<unsigned> channels;
    for (AffineExpr coordinate : stage.getMap(index).getResults()) {
      auto dim = dyn_cast<AffineDimExpr>(coordinate);
      if (!dim || dim.getPosition() >= stage.getNumParallel())
        continue;
      if (channels)
        return std::nullopt;
      channels = dim.getPosition();
    }
    if (channels &&
        stage.getExtent(*channels).getConstant().value_or(0) >= minChannels)
      return channels;
  }
  return std::nullopt;
}

/// For a window that steps over the contiguous dim of its one input: the
/// iterator of another dim, along which vectors are contiguous at any step.
std::optional<unsigned> windowChannels(StageOp stage, int64_t minChannels) {
  unsigned last = stage.getNumParallel() - 1;
  if (stage.getNumReductions() == 0 || stage.getInputs().size() != 1 ||
      stage.getNumParallel() < 2)
    return std::nullopt;
  AffineMap map = stage.getMap(0);
  if (map.getNumResults() == 0)
    return std::nullopt;
  AffineExpr contiguous = map.getResults().back();
  AffineExpr rest = simplifyAffineExpr(
      contiguous - getAffineDimExpr(last, stage.getContext()), map.getNumDims(),
      0);
  if (!contiguous.isFunctionOfDim(last) || !rest.isFunctionOfDim(last))
    return std::nullopt;
  for (AffineExpr coordinate : llvm::reverse(map.getResults().drop_back())) {
    auto dim = dyn_cast<AffineDimExpr>(coordinate);
    if (dim && dim.getPosition() < last &&
        stage.getExtent(dim.getPosition()).getConstant().value_or(0) >=
            minChannels)
      return dim.getPosition();
  }
  return std::nullopt;
}

/// The reductions with that of the contiguous coordinate of the larger operand
/// last, after the parallel iterators of `order`.
void appendReductions(StageOp stage, Order &order) {
  Value larger;
  AffineMap map;
  for (auto [index, input] : llvm::enumerate(stage.getInputs())) {
    if (isModelConstant(input) || (larger && sizeOf(input) <= sizeOf(larger)))
      continue;
    larger = input;
    map = stage.getMap(index);
  }
  std::optional<unsigned> last;
  for (unsigned iterator = stage.getNumParallel();
       iterator < stage.getNumIterators(); ++iterator) {
    if (map && map.getNumResults() != 0 &&
        map.getResults().back().isFunctionOfDim(iterator))
      last = iterator;
    else
      order.push_back(iterator);
  }
  if (last)
    order.push_back(*last);
}

/// All iterators, with this parallel one as the last of its kind.
Order orderWithLast(StageOp stage, unsigned last, bool sortsReductions) {
  Order order;
  for (unsigned iterator = 0; iterator < stage.getNumParallel(); ++iterator)
    if (iterator != last)
      order.push_back(iterator);
  order.push_back(last);
  if (sortsReductions)
    appendReductions(stage, order);
  else
    llvm::append_range(
        order, llvm::seq(stage.getNumParallel(), stage.getNumIterators()));
  return order;
}

struct AssignLayouts : impl::AssignLayoutsBase<AssignLayouts> {
  using AssignLayoutsBase::AssignLayoutsBase;

  void runOnOperation() override {
    // Definitions come before uses: a stage sees the layouts of its inputs.
    SmallVector<StageOp> stages;
    getOperation().walk([&](StageOp stage) { stages.push_back(stage); });
    for (StageOp stage : stages) {
      Order order = chooseOrder(stage);
      if (!llvm::equal(order, llvm::seq<unsigned>(0, order.size())))
        permuteIterators(stage, order);
      if (!isCopy(stage))
        continue;
      stage.getOutput().replaceAllUsesWith(stage.getInputs()[0]);
      stage.erase();
    }
  }

private:
  Order chooseOrder(StageOp stage) const;
};

Order AssignLayouts::chooseOrder(StageOp stage) const {
  if (std::optional<unsigned> channels = outputChannels(stage, minChannels))
    return orderWithLast(stage, *channels, /*sortsReductions=*/true);
  if (std::optional<unsigned> channels = windowChannels(stage, minChannels))
    return orderWithLast(stage, *channels, /*sortsReductions=*/false);
  unsigned parallel = stage.getNumParallel();
  Order order =
      llvm::to_vector(llvm::seq<unsigned>(0, stage.getNumIterators()));
  llvm::MapVector<unsigned, uint64_t> sizes = contiguousIterators(stage);
  if (parallel < 2 || sizes.empty())
    return order;
  auto best = llvm::max_element(
      sizes, [](auto &one, auto &other) { return one.second < other.second; });
  if (sizes.lookup(parallel - 1) >= best->second)
    return order;
  Order moved = orderWithLast(stage, best->first, /*sortsReductions=*/false);
  SmallVector<DimAttr> dims = *graph::dimsOf(stage.getOutput().getType());
  bool isFree = llvm::all_of(stage->getUsers(), [&](Operation *user) {
    return readsAnyOrder(user, dims, ArrayRef(moved).take_front(parallel));
  });
  return isFree ? moved : order;
}

} // namespace
} // namespace sinter::kernel
