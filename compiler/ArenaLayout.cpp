// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/ArenaLayout.h"

#include "dialects/graph/ops/Loop.h"
#include "dialects/graph/ops/Reshape.h"
#include "dialects/graph/ops/Slice.h"
#include "dialects/kernel/Kernel.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter {
namespace {

constexpr int64_t alignment = 64;
/// Of one expression of the plan.
constexpr size_t maxTerms = 16;

FailureOr<DimAttr> roundUp(DimAttr bytes) {
  DimAttr unit = DimAttr::constant(bytes.getContext(), alignment);
  FailureOr<DimAttr> lines = graph::apply(DimFunction::CeilDiv, bytes, unit);
  return failed(lines) ? lines : graph::multiply(*lines, unit);
}

} // namespace

ArenaLayout::ArenaLayout(func::FuncOp function, PlanTable &table)
    : table(table) {
  for (End &end : arenaEnds)
    end.rest = DimAttr::constant(function.getContext(), 0);
  addNumbers(function.getBody().front());
}

void ArenaLayout::addNumbers(Block &block) {
  for (Operation &op : block) {
    numbers[&op] = count++;
    if (!isa<kernel::StageOp>(op))
      for (Region &region : op.getRegions())
        addNumbers(region.front());
    ends[&op] = op.getNumRegions() == 0 ? numbers[&op] : count++;
  }
}

/// When this user is done with a value: in a loop that the value is not part
/// of, at the end of the loop.
unsigned ArenaLayout::useBy(Operation *user, Value value) const {
  unsigned last = numbers.lookup(user);
  Region *home = value.getParentRegion();
  for (Operation *op = user; op && op->getParentRegion() != home;) {
    op = op->getParentOp();
    if (isa_and_present<graph::LoopOp>(op))
      last = std::max(last, ends.lookup(op));
  }
  return last;
}

/// A loop's result is its init, if it does not run.
unsigned ArenaLayout::lastUseOf(Value value) const {
  unsigned last = 0;
  SmallVector<Value> views{value};
  while (!views.empty()) {
    Value view = views.pop_back_val();
    for (OpOperand &use : view.getUses()) {
      Operation *user = use.getOwner();
      last = std::max(last, useBy(user, value));
      if (isa<graph::ReshapeOp, graph::SliceOp>(user))
        views.push_back(user->getResult(0));
      auto loop = dyn_cast<graph::LoopOp>(user);
      if (!loop)
        continue;
      last = std::max(last, ends.lookup(loop));
      unsigned first = loop.getInits().getBeginOperandIndex();
      if (use.getOperandNumber() >= first)
        views.push_back(loop.getResult(use.getOperandNumber() - first));
    }
  }
  return last;
}

void ArenaLayout::release(Operation *op) {
  unsigned now = numbers.lookup(op);
  for (Slot &slot : slots)
    slot.isFree |= slot.lastUse < now;
  for (Slab &slab : slabs)
    slab.isFree |= slab.lastUse < now;
}

FailureOr<uint32_t> ArenaLayout::getBytes(Memory memory) {
  const End &end = arenaEnds[static_cast<size_t>(memory)];
  return end.base ? table.addSum(*end.base, end.rest) : table.addExpr(end.rest);
}

/// Of the last op that has to do with the value.
unsigned ArenaLayout::endOf(Value value) const {
  Operation *op = value.getDefiningOp();
  return std::max(lastUseOf(value), op ? ends.lookup(op) : 0);
}

FailureOr<uint32_t> ArenaLayout::place(Value value, DimAttr bytes,
                                       Memory memory) {
  return place(bytes, endOf(value), memory);
}

FailureOr<uint32_t> ArenaLayout::placeUntil(Operation *op, DimAttr bytes,
                                            Memory memory) {
  return place(bytes, ends.lookup(op), memory);
}

unsigned ArenaLayout::placeSlab(Value value, Memory memory) {
  Slab used{memory, endOf(value), false};
  for (auto [number, slab] : llvm::enumerate(slabs))
    if (slab.isFree && slab.memory == memory) {
      slab = used;
      return number;
    }
  slabs.push_back(used);
  return slabs.size() - 1;
}

FailureOr<uint32_t> ArenaLayout::place(DimAttr bytes, unsigned lastUse,
                                       Memory memory) {
  Slot *best = nullptr;
  for (Slot &slot : slots) {
    std::optional<int64_t> has = slot.bytes.getConstant();
    std::optional<int64_t> needs = bytes.getConstant();
    bool fits = slot.bytes == bytes || (has && needs && *needs <= *has);
    if (!slot.isFree || !fits || slot.memory != memory)
      continue;
    std::optional<int64_t> bestHas =
        best ? best->bytes.getConstant() : std::nullopt;
    if (!best || (has && bestHas && *has < *bestHas))
      best = &slot;
  }
  if (best) {
    best->isFree = false;
    best->lastUse = lastUse;
    return best->offset;
  }
  FailureOr<DimAttr> rounded = roundUp(bytes);
  FailureOr<uint32_t> offset = getBytes(memory);
  if (failed(rounded) || failed(offset))
    return failure();
  End &end = arenaEnds[static_cast<size_t>(memory)];
  if (end.rest.getTerms().size() >= maxTerms)
    end = {*offset, DimAttr::constant(bytes.getContext(), 0)};
  slots.push_back({*offset, bytes, memory, lastUse, false});
  FailureOr<DimAttr> next = graph::add(end.rest, *rounded);
  if (failed(next))
    return failure();
  end.rest = *next;
  return *offset;
}

} // namespace sinter
