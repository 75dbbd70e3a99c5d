// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Placement.h"

#include "dialects/graph/Interfaces.h"
#include "dialects/graph/ops/Bind.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/If.h"
#include "dialects/graph/ops/Loop.h"
#include "dialects/graph/ops/Reshape.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/IR/Iterators.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using sinter::graph::DimAttr;

namespace sinter {
namespace {

/// Elements that are not worth a launch and a copy.
constexpr int64_t fewElements = 1024;

bool isSmall(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.hasStaticShape() && type.getNumElements() <= fewElements;
}

bool isConstant(Value value) {
  return isa_and_present<graph::ConstantOp>(rootOf(value).getDefiningOp());
}

/// Is the stage so little work that the host does it at once?
bool isLittle(kernel::StageOp stage) {
  int64_t points = 1;
  for (unsigned iterator = 0; iterator < stage.getNumIterators(); ++iterator) {
    std::optional<int64_t> extent = stage.getExtent(iterator).getConstant();
    points = extent ? llvm::SaturatingMultiply<uint64_t>(points, *extent)
                    : fewElements + 1;
    if (points > fewElements)
      return false;
  }
  return llvm::all_of(stage->getOperands(), [](Value operand) {
    return isConstant(operand) || isSmall(operand);
  });
}

} // namespace

Value rootOf(Value value) {
  while (auto reshape = value.getDefiningOp<graph::ReshapeOp>())
    value = reshape.getInput();
  return value;
}

Placement::Placement(func::FuncOp main, bool hasDevice) : hasDevice(hasDevice) {
  bool changed = hasDevice;
  while (changed) {
    changed = false;
    main->walk<WalkOrder::PostOrder, ReverseIterator>(
        [&](Operation *op) { changed |= grow(op); });
  }
  // Without a kernel for the GPU nothing is worth a copy to it.
  if (this->hasDevice)
    this->hasDevice = main->walk([&](Operation *op) {
                            return isa<kernel::StageOp, kernel::FusedOp>(op) &&
                                           of(op) == Memory::device
                                       ? WalkResult::interrupt()
                                       : WalkResult::advance();
                          })
                          .wasInterrupted();
}

bool Placement::want(Value value) {
  return wanted.insert(rootOf(value)).second;
}

bool Placement::isWanted(Value value) const {
  return wanted.contains(rootOf(value));
}

/// What the host needs for this op, given what it needs of its results.
bool Placement::grow(Operation *op) {
  auto wantAll = [&](auto &&values) {
    bool changed = false;
    for (Value value : values)
      changed |= want(value);
    return changed;
  };
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<graph::RoutineInterface, graph::BindOp, graph::CheckOp>(
          [&](auto op) { return wantAll(op->getOperands()); })
      .Case([&](kernel::StageOp stage) {
        return of(stage.getOperation()) == Memory::host &&
               wantAll(stage->getOperands());
      })
      .Case([&](graph::IfOp branch) {
        bool changed = want(branch.getCondition());
        for (OpResult result : branch->getResults())
          for (Region *body : branch.getRegions())
            if (of(result) == Memory::host)
              changed |= want(body->front().getTerminator()->getOperand(
                  result.getResultNumber()));
        return changed;
      })
      .Case([&](graph::LoopOp loop) {
        bool changed = false;
        if (loop.getCondition())
          changed |= wantAll(std::array<Value, 2>{loop.getCondition(),
                                                  loop.getNextCondition()});
        for (auto [index, carried] : llvm::enumerate(loop.getCarried())) {
          BlockArgument argument = loop.getBody().getArgument(index);
          if (of(carried) == Memory::device && of(argument) == Memory::device)
            continue;
          changed |= wantAll(std::array<Value, 4>{carried, argument,
                                                  loop.getInits()[index],
                                                  loop.getNexts()[index]});
        }
        for (auto [slice, stacked] :
             llvm::zip_equal(loop.getSlices(), loop.getStacked()))
          changed |= of(stacked) == Memory::host && want(slice);
        return changed;
      })
      .Default(false);
}

Memory Placement::of(Operation *op) const {
  if (!hasDevice || isa<graph::RoutineInterface>(op))
    return Memory::host;
  auto stage = dyn_cast<kernel::StageOp>(op);
  return stage && isWanted(stage.getOutput()) && isLittle(stage)
             ? Memory::host
             : Memory::device;
}

Memory Placement::of(Value value) const {
  Value root = rootOf(value);
  Operation *op = root.getDefiningOp();
  if (!hasDevice)
    return Memory::host;
  if (isa_and_present<graph::IfOp, graph::LoopOp>(op) ||
      (!op && isa<graph::LoopOp>(root.getParentBlock()->getParentOp())))
    return isWanted(root) && isSmall(root) ? Memory::host : Memory::device;
  return op ? of(op) : Memory::host;
}

} // namespace sinter
