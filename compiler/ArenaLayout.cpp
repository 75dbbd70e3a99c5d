// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/ArenaLayout.h"

#include "dialects/graph/ops/Reshape.h"

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
    : table(table), end(DimAttr::constant(function.getContext(), 0)) {
  for (auto [number, op] : llvm::enumerate(function.getBody().front()))
    numbers[&op] = number;
}

unsigned ArenaLayout::lastUseOf(Value value) const {
  unsigned last = 0;
  SmallVector<Value> views{value};
  while (!views.empty()) {
    for (Operation *user : views.pop_back_val().getUsers()) {
      last = std::max(last, numbers.lookup(user));
      if (auto reshape = dyn_cast<graph::ReshapeOp>(user))
        views.push_back(reshape.getResult());
    }
  }
  return last;
}

void ArenaLayout::release(Operation *op) {
  for (Slot &slot : slots)
    slot.isFree |= slot.lastUse < numbers.lookup(op);
}

FailureOr<uint32_t> ArenaLayout::getBytes() {
  return base ? table.addSum(*base, end) : table.addExpr(end);
}

FailureOr<uint32_t> ArenaLayout::place(Value value, DimAttr bytes) {
  unsigned lastUse =
      std::max(lastUseOf(value), numbers.lookup(value.getDefiningOp()));
  Slot *best = nullptr;
  for (Slot &slot : slots) {
    std::optional<int64_t> has = slot.bytes.getConstant();
    std::optional<int64_t> needs = bytes.getConstant();
    bool fits = slot.bytes == bytes || (has && needs && *needs <= *has);
    if (!slot.isFree || !fits)
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
  FailureOr<uint32_t> offset = getBytes();
  if (failed(rounded) || failed(offset))
    return failure();
  if (end.getTerms().size() >= maxTerms) {
    base = *offset;
    end = DimAttr::constant(end.getContext(), 0);
  }
  slots.push_back({*offset, bytes, lastUse, false});
  FailureOr<DimAttr> next = graph::add(end, *rounded);
  if (failed(next))
    return failure();
  end = *next;
  return *offset;
}

} // namespace sinter
