// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Reshape.h"
#include "dialects/kernel/ModelConstants.h"
#include "dialects/kernel/StageBuilder.h"
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

bool isIdentity(ArrayRef<unsigned> order) {
  return llvm::equal(order, llvm::seq<unsigned>(0, order.size()));
}

template <typename Range>
auto reordered(Range &&range, ArrayRef<unsigned> order) {
  SmallVector<std::decay_t<decltype(range[0])>> result;
  for (unsigned from : order)
    result.push_back(range[from]);
  return result;
}

AffineMap withResults(AffineMap map, ArrayRef<unsigned> axes) {
  return AffineMap::get(map.getNumDims(), 0, reordered(map.getResults(), axes),
                        map.getContext());
}

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

/// Reshapes see the order of elements only: dims of 1 may move.
bool keepsElementOrder(ArrayRef<DimAttr> dims, ArrayRef<unsigned> axes) {
  Order moving;
  for (unsigned axis : axes)
    if (dims[axis].getConstant() != 1)
      moving.push_back(axis);
  return llvm::is_sorted(moving);
}

/// Can the user read a value of these dims in another order of axes?
bool readsAnyOrder(Operation *user, ArrayRef<DimAttr> dims,
                   ArrayRef<unsigned> axes) {
  return isa<StageOp>(user) ||
         (isa<graph::ReshapeOp>(user) && keepsElementOrder(dims, axes));
}

void permuteTableUse(StageOp user, unsigned table, ArrayRef<unsigned> axes) {
  user.walk([&](LoadOp load) {
    if (load.getTable() == table)
      load.getCoordinatesMutable().assign(
          reordered(SmallVector<Value>(load.getCoordinates()), axes));
  });
}

void permuteUse(OpOperand &use, ArrayRef<unsigned> axes) {
  auto user = cast<StageOp>(use.getOwner());
  unsigned operand = use.getOperandNumber();
  unsigned inputs = user.getInputs().size(), tables = user.getTables().size();
  if (operand >= inputs && operand < inputs + tables)
    return permuteTableUse(user, operand - inputs, axes);
  bool isInput = operand < inputs;
  unsigned index = isInput ? operand : operand - inputs - tables;
  SmallVector<Attribute> maps(isInput ? user.getMapsAttr().getValue()
                                      : user.getFinishMapsAttr().getValue());
  AffineMap map = cast<AffineMapAttr>(maps[index]).getValue();
  maps[index] = AffineMapAttr::get(withResults(map, axes));
  ArrayAttr changed = ArrayAttr::get(user.getContext(), maps);
  if (isInput)
    user.setMapsAttr(changed);
  else
    user.setFinishMapsAttr(changed);
}

/// A copy of the stage's result with its dims in the order they had.
Value restored(StageOp stage, RankedTensorType type, ArrayRef<unsigned> axes) {
  OpBuilder builder(stage->getContext());
  builder.setInsertionPointAfter(stage);
  StageBuilder copy(builder, stage.getLoc(), type);
  SmallVector<AffineExpr> coordinates;
  for (unsigned axis : axes)
    coordinates.push_back(copy.iterator(axis));
  copy.input(stage.getOutput(), coordinates);
  return copy.build(
      [](Scalars &, ValueRange elements, Value) { return elements[0]; });
}

void permuteUses(StageOp stage, RankedTensorType type,
                 ArrayRef<unsigned> axes) {
  SmallVector<DimAttr> dims = *graph::dimsOf(type);
  SmallVector<OpOperand *> stages, others;
  for (OpOperand &use : stage.getOutput().getUses()) {
    if (isa<StageOp>(use.getOwner()))
      stages.push_back(&use);
    else if (!readsAnyOrder(use.getOwner(), dims, axes))
      others.push_back(&use);
  }
  for (OpOperand *use : stages)
    permuteUse(*use, axes);
  if (others.empty())
    return;
  Value copy = restored(stage, type, axes);
  for (OpOperand *use : others)
    use->set(copy);
}

/// Renumbers the iterators of a stage; the dims of its result follow.
void permute(StageOp stage, ArrayRef<unsigned> order) {
  MLIRContext *context = stage.getContext();
  RankedTensorType type = stage.getOutput().getType();
  unsigned parallel = stage.getNumParallel();
  ArrayRef<unsigned> axes = order.take_front(parallel);
  SmallVector<unsigned> positions(order.size());
  SmallVector<AffineExpr> renamed(order.size());
  for (auto [to, from] : llvm::enumerate(order)) {
    positions[from] = to;
    renamed[from] = getAffineDimExpr(to, context);
  }
  auto rename = [&](ArrayAttr maps, unsigned count) {
    SmallVector<Attribute> result;
    for (AffineMap map : maps.getAsValueRange<AffineMapAttr>())
      result.push_back(AffineMapAttr::get(map.replaceDimsAndSymbols(
          ArrayRef(renamed).take_front(count), {}, count, 0)));
    return ArrayAttr::get(context, result);
  };
  stage.setMapsAttr(rename(stage.getMapsAttr(), order.size()));
  stage.setFinishMapsAttr(rename(stage.getFinishMapsAttr(), parallel));
  stage.setExtentsAttr(ArrayAttr::get(
      context, reordered(stage.getExtentsAttr().getValue(), order)));
  stage.walk([&](IndexOp index) {
    index.setIterator(positions[index.getIterator()]);
  });
  if (isIdentity(axes))
    return;
  stage.getOutput().setType(graph::tensorType(
      reordered(*graph::dimsOf(type), axes), type.getElementType()));
  permuteUses(stage, type, axes);
}

/// A stage that yields its one input as it is.
bool isCopy(StageOp stage) {
  auto yield = cast<YieldOp>(stage.getBody().front().getTerminator());
  return stage.getNumReductions() == 0 && stage.getInputs().size() == 1 &&
         stage.getMap(0).isIdentity() && !stage.getFill(0) &&
         stage.getInputs()[0].getType() == stage.getOutput().getType() &&
         yield.getValue() == stage.getBody().front().getArgument(0);
}

struct AssignLayouts : impl::AssignLayoutsBase<AssignLayouts> {
  using AssignLayoutsBase::AssignLayoutsBase;

  void runOnOperation() override {
    // Definitions come before uses: a stage sees the layouts of its inputs.
    SmallVector<StageOp> stages;
    getOperation().walk([&](StageOp stage) { stages.push_back(stage); });
    for (StageOp stage : stages) {
      Order order = chooseOrder(stage);
      if (!isIdentity(order))
        permute(stage, order);
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
