// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of PlanBuilder that makes regions, and binds symbols.
#include "compiler/PlanBuilderImpl.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter {

uint32_t PlanBuilder::addRunSymbol(llvm::StringRef name) {
  return plan.table.addRunSymbol(name);
}

/// A delivery without text for its bind has no op.
LogicalResult PlanBuilder::addBinding(Operation *op, const Binding &binding) {
  if (binding.empty())
    return success();
  SmallVector<uint32_t> symbols;
  SmallVector<DimAttr> dims;
  for (auto [symbol, dim] : binding) {
    symbols.push_back(addRunSymbol(symbol));
    dims.push_back(dim);
  }
  auto sizes = addDims(dims);
  if (failed(sizes))
    return failure();
  sinter_op bind = makeOp(SINTER_OP_BIND, op);
  bind.sizes = sizes->first;
  bind.size_count = sizes->second;
  bind.symbols = plan.table.addList(symbols);
  bind.symbol_count = symbols.size();
  region.ops.push_back(bind);
  return success();
}

LogicalResult PlanBuilder::addBind(graph::BindOp op) {
  FailureOr<uint32_t> buffer = bufferIn(Memory::host, op.getValue());
  if (failed(buffer))
    return op.emitOpError("uses a value without a buffer");
  sinter_op bind = makeOp(SINTER_OP_BIND, op);
  bind.buffers = plan.table.addList({*buffer});
  bind.buffer_count = 1;
  bind.symbols = plan.table.addList({addRunSymbol(op.getSymbol())});
  bind.symbol_count = 1;
  region.ops.push_back(bind);
  return success();
}

LogicalResult PlanBuilder::addCheck(graph::CheckOp op) {
  FailureOr<uint32_t> buffer = bufferIn(Memory::host, op.getCondition());
  if (failed(buffer))
    return op.emitOpError("uses a value without a buffer");
  sinter_op guard = makeOp(SINTER_OP_GUARD, op);
  guard.text = plan.table.addText(op.getMessage());
  guard.buffers = plan.table.addList({*buffer});
  guard.buffer_count = 1;
  region.ops.push_back(guard);
  return success();
}

PlanBuilder::Region PlanBuilder::beginRegion() {
  Region outer = std::move(region);
  region = {static_cast<uint32_t>(blocks.size()), {}, {}, {}};
  blocks.emplace_back();
  return outer;
}

void PlanBuilder::endRegion(Region outer) {
  blocks[region.number] = std::move(region.ops);
  for (Value value : region.others)
    otherBuffers.erase(value);
  region = std::move(outer);
}

/// Whether an op of the block writes the value to any buffer that it is given.
bool PlanBuilder::isMadeIn(Value root, Block *block) {
  Operation *op = root.getDefiningOp();
  if (!op || op->getBlock() != block || buffers.contains(root))
    return false;
  if (auto loop = dyn_cast<graph::LoopOp>(op)) {
    unsigned index = cast<OpResult>(root).getResultNumber();
    return index >= loop.getNumCarried() &&
           isStackedInPlace(loop, index - loop.getNumCarried());
  }
  return isa<kernel::StageOp, kernel::FusedOp, graph::RoutineInterface,
             graph::IfOp>(op);
}

/// The op that makes the value writes it to the buffer, if it can.
void PlanBuilder::deliver(Delivery delivery, Block *block) {
  Value root = rootOf(delivery.value);
  bool canBind =
      delivery.binding.empty() ||
      (root == delivery.value &&
       isa_and_present<kernel::StageOp, kernel::FusedOp,
                       graph::RoutineInterface>(root.getDefiningOp()));
  // A reshape's dims may be bound only after its input is made.
  bool isSized = root == delivery.value ||
                 llvm::none_of(*graph::dimsOf(delivery.value.getType()),
                               [&](DimAttr dim) { return changes(dim); });
  if (!canBind || !isSized || !isMadeIn(root, block) ||
      !isInMemory(delivery.buffer, placement.of(root))) {
    region.copies.push_back(std::move(delivery));
    return;
  }
  buffers[root] = delivery.buffer;
  if (!delivery.binding.empty())
    bindings[root.getDefiningOp()].append(delivery.binding);
}

LogicalResult PlanBuilder::addIf(graph::IfOp op) {
  arena.release(op);
  FailureOr<uint32_t> condition = bufferIn(Memory::host, op.getCondition());
  if (failed(condition))
    return op.emitOpError("uses a value without a buffer");
  for (Value result : op.getResults())
    if (failed(addStorage(result)))
      return op.emitOpError("has sizes beyond 64 bits");
  sinter_op branch = makeOp(SINTER_OP_IF, op);
  branch.buffers = plan.table.addList({*condition});
  branch.buffer_count = 1;
  for (auto [index, body] : llvm::enumerate(op.getRegions())) {
    Block *block = &body->front();
    Region outer = beginRegion();
    branch.blocks[index] = region.number;
    for (auto [value, result] : llvm::zip_equal(
             block->getTerminator()->getOperands(), op.getResults()))
      deliver({value, buffers[result],
               graph::widenedDims(value.getType(), result.getType())},
              block);
    if (failed(addOps(*block)))
      return failure();
    if (failed(addCopies()))
      return op.emitOpError("has sizes that are too complex for the runtime");
    endRegion(std::move(outer));
  }
  region.ops.push_back(branch);
  return success();
}

} // namespace sinter
