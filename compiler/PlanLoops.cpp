// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of PlanBuilder that makes loops.
#include "compiler/PlanBuilderImpl.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter {

namespace {

/// The type of one slice of a stacked result.
RankedTensorType sliceType(Value stacked) {
  auto type = cast<RankedTensorType>(stacked.getType());
  SmallVector<DimAttr> dims = *graph::dimsOf(type);
  return graph::tensorType(ArrayRef<DimAttr>(dims).drop_front(),
                           type.getElementType());
}

DimAttr counterOf(graph::LoopOp op) {
  return DimAttr::symbol(op.getContext(), op.getCounter());
}

} // namespace

bool isStackedInPlace(graph::LoopOp op, unsigned index) {
  return !op.getCondition() && op.getTrips() &&
         op.getSlices()[index].getType() == sliceType(op.getStacked()[index]);
}

/// Those that are written in place are there before the loop begins; the others
/// grow from nothing.
LogicalResult PlanBuilder::placeStacked(graph::LoopOp op) {
  SmallVector<uint32_t> placed;
  Binding empty{{op.getCounter(), DimAttr::constant(context, 0)}};
  for (auto [index, stacked] : llvm::enumerate(op.getStacked())) {
    if (isStackedInPlace(op, index)) {
      if (failed(addStorage(stacked)))
        return failure();
    } else {
      Memory memory = placement.of(stacked);
      FailureOr<uint32_t> buffer =
          addBuffer(stacked, SINTER_BUFFER_DYNAMIC, memory,
                    {arena.placeSlab(stacked, memory)});
      if (failed(buffer))
        return failure();
      buffers[stacked] = *buffer;
      for (auto [symbol, dim] : graph::widenedDims(
               op.getSlices()[index].getType(), sliceType(stacked)))
        empty.push_back({symbol, DimAttr::constant(context, 0)});
    }
    if (isDynamic(buffers[stacked]))
      placed.push_back(buffers[stacked]);
  }
  if (placed.empty())
    return success();
  if (failed(addBinding(op, empty)))
    return failure();
  sinter_op place = makeOp(SINTER_OP_PLACE, op);
  place.buffers = plan.table.addList(placed);
  place.buffer_count = placed.size();
  region.ops.push_back(place);
  return success();
}

/// Each slice is a part of its stacked result.
LogicalResult PlanBuilder::deliverSlices(graph::LoopOp op) {
  Block *block = &op.getBody().front();
  for (auto [index, slice] : llvm::enumerate(op.getSlices())) {
    if (!isStackedInPlace(op, index))
      continue;
    FailureOr<DimAttr> offset = bytesOf(slice.getType());
    if (succeeded(offset))
      offset = graph::multiply(*offset, counterOf(op));
    if (failed(offset))
      return failure();
    FailureOr<uint32_t> view =
        addView(slice, buffers[op.getStacked()[index]], *offset);
    if (failed(view))
      return failure();
    deliver({slice, *view, {}}, block);
  }
  return success();
}

/// The dims of a slice are those of the first run, or it is an error.
LogicalResult PlanBuilder::appendSlices(graph::LoopOp op) {
  for (auto [index, slice] : llvm::enumerate(op.getSlices())) {
    if (isStackedInPlace(op, index))
      continue;
    Value stacked = op.getStacked()[index];
    FailureOr<DimAttr> isLater = graph::apply(
        graph::DimFunction::Min, counterOf(op), DimAttr::constant(context, 1));
    Binding dims = graph::widenedDims(slice.getType(), sliceType(stacked));
    for (auto [symbol, dim] : dims) {
      FailureOr<DimAttr> excess =
          graph::subtract(DimAttr::symbol(context, symbol), dim);
      if (succeeded(excess) && succeeded(isLater))
        excess = graph::multiply(*isLater, *excess);
      if (failed(excess) ||
          failed(addGuard(op, *excess, DimAttr::constant(context, 0))))
        return failure();
    }
    FailureOr<DimAttr> offset = bytesOf(slice.getType());
    FailureOr<uint32_t> from = bufferIn(placement.of(stacked), slice);
    if (succeeded(offset))
      offset = graph::multiply(*offset, counterOf(op));
    if (failed(offset) || failed(from) || failed(addBinding(op, dims)))
      return failure();
    FailureOr<uint32_t> extent = plan.table.addExpr(*offset);
    if (failed(extent))
      return failure();
    sinter_op append = makeOp(SINTER_OP_APPEND, op);
    append.buffers = plan.table.addList({*from, buffers[stacked]});
    append.buffer_count = 2;
    append.extent = *extent;
    region.ops.push_back(append);
  }
  return success();
}

/// All at once, when everything that needs the old ones is done.
LogicalResult PlanBuilder::rebindCarried(graph::LoopOp op) {
  Binding binding;
  for (auto [next, carried] : llvm::zip_equal(op.getNexts(), op.getCarried()))
    binding.append(graph::widenedDims(next.getType(), carried.getType()));
  return addBinding(op, binding);
}

/// The buffers of the inits and the first condition, before the loop begins.
FailureOr<SmallVector<uint32_t>> PlanBuilder::addLoopInits(graph::LoopOp op) {
  SmallVector<uint32_t> firsts;
  auto add = [&](Memory memory, Value value) {
    FailureOr<uint32_t> buffer = bufferIn(memory, value);
    firsts.push_back(succeeded(buffer) ? *buffer : SINTER_NONE);
    return succeeded(buffer);
  };
  for (auto [init, carried] : llvm::zip_equal(op.getInits(), op.getCarried()))
    if (!add(placement.of(carried), init))
      return failure();
  if (op.getCondition() && !add(Memory::host, op.getCondition()))
    return failure();
  return firsts;
}

/// Fills in the loop's block, and the buffers that it writes for the next run.
LogicalResult PlanBuilder::addLoopBody(graph::LoopOp op, sinter_op &loop,
                                       ArrayRef<uint32_t> firsts) {
  Block *block = &op.getBody().front();
  loop.blocks[0] = region.number;
  SmallVector<uint32_t> operands;
  // A condition of its own storage: those of carried values change places.
  std::optional<uint32_t> condition;
  if (Value next = op.getNextCondition()) {
    FailureOr<uint32_t> offset =
        arena.placeUntil(op, DimAttr::constant(context, 1), Memory::host);
    if (failed(offset))
      return failure();
    FailureOr<uint32_t> buffer =
        addBuffer(next, SINTER_BUFFER_ARENA, Memory::host, {0, *offset});
    if (failed(buffer))
      return failure();
    deliver({next, *buffer, {}}, block);
    condition = *buffer;
  }
  if (failed(deliverSlices(op)))
    return failure();
  for (auto [index, next] : llvm::enumerate(op.getNexts())) {
    Value result = op.getCarried()[index];
    Memory memory = placement.of(result);
    FailureOr<uint32_t> carry = addBuffer(result, SINTER_BUFFER_CARRY, memory,
                                          {arena.placeSlab(result, memory)});
    FailureOr<uint32_t> buffer = addBuffer(next, SINTER_BUFFER_DYNAMIC, memory,
                                           {arena.placeSlab(result, memory)});
    if (failed(carry) || failed(buffer))
      return failure();
    buffers[result] = buffers[block->getArgument(index)] = *carry;
    deliver({next, *buffer, {}}, block);
    operands.append({firsts[index], *carry, *buffer});
  }
  if (condition)
    operands.append({firsts.back(), *condition});
  loop.results = op.getNumCarried();
  loop.buffers = plan.table.addList(operands);
  loop.buffer_count = operands.size();
  if (failed(addOps(*block)) || failed(addCopies()) || failed(appendSlices(op)))
    return failure();
  return rebindCarried(op);
}

LogicalResult PlanBuilder::addLoop(graph::LoopOp op) {
  arena.release(op);
  Binding binding;
  for (auto [init, carried] : llvm::zip_equal(op.getInits(), op.getCarried()))
    binding.append(graph::widenedDims(init.getType(), carried.getType()));
  if (failed(addBinding(op, binding)) || failed(placeStacked(op)))
    return op.emitOpError("has sizes that are too complex for the runtime");
  sinter_op loop = makeOp(SINTER_OP_LOOP, op);
  loop.symbols = plan.table.addList({addRunSymbol(op.getCounter())});
  loop.symbol_count = 1;
  if (op.getTrips()) {
    FailureOr<uint32_t> trips = plan.table.addExpr(*op.getTrips());
    if (failed(trips))
      return op.emitOpError("has sizes that are too complex for the runtime");
    loop.extent = *trips;
  }
  FailureOr<SmallVector<uint32_t>> firsts = addLoopInits(op);
  if (failed(firsts))
    return op.emitOpError("uses a value without a buffer");
  Region outer = beginRegion();
  if (failed(addLoopBody(op, loop, *firsts)))
    return op.emitOpError("has sizes that are too complex for the runtime");
  endRegion(std::move(outer));
  region.ops.push_back(loop);
  return success();
}

} // namespace sinter
