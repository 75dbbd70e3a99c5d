// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of PlanBuilder that makes launches and guards.
#include "codegen/cpu/CpuBackend.h"
#include "compiler/PlanBuilderImpl.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter {

llvm::StringRef PlanBuilder::labelOf(Operation *op) {
  auto name = op->getLoc()->findInstanceOf<NameLoc>();
  return name ? name.getName().getValue() : op->getName().getStringRef();
}

sinter_op PlanBuilder::makeOp(uint32_t kind, Operation *op) {
  sinter_op entry{};
  entry.kind = kind;
  entry.extent = SINTER_NONE;
  entry.scratch = SINTER_NONE;
  entry.text = op ? plan.table.addText(labelOf(op)) : SINTER_NONE;
  entry.grain = 1;
  entry.blocks[0] = entry.blocks[1] = SINTER_NONE;
  return entry;
}

/// The launch of a stage, or of fused ones.
LogicalResult PlanBuilder::addKernel(Operation *op) {
  arena.release(op);
  WalkResult guards = op->walk(
      [&](kernel::StageOp stage) { return WalkResult(addInputGuards(stage)); });
  if (guards.wasInterrupted())
    return failure();
  bool isModels = isOfModel(op);
  if (!isModels)
    for (Value result : op->getResults())
      if (failed(addStorage(result)))
        return op->emitOpError("has sizes beyond 64 bits");
  Launch launch{placement.of(op)};
  bool isHost = launch.memory == Memory::host;
  const codegen::Backend &backend = isHost ? backends.host : *backends.device;
  std::string code;
  FailureOr<codegen::Kernel> kernel = backend.lower(op, isAligned(op), code);
  if (failed(kernel))
    return failure();
  launch.kernel = std::move(*kernel);
  launch.number = (isHost ? hostKernels : deviceKernels)
                      .add(std::move(code), labelOf(op), launch.kernel.block);
  return isModels && launch.kernel.sizes.empty()
             ? addModelLaunch(op, std::move(launch))
             : addLaunch(op, std::move(launch));
}

/// Parts of values, and what loops pass on, may begin anywhere.
bool PlanBuilder::isAligned(Operation *op) {
  return llvm::all_of(llvm::concat<Value>(SmallVector<Value>(op->getOperands()),
                                          SmallVector<Value>(op->getResults())),
                      [&](Value value) {
                        FailureOr<uint32_t> buffer = bufferOf(value);
                        uint32_t kind = failed(buffer)
                                            ? SINTER_BUFFER_MODEL
                                            : plan.table.buffers[*buffer].kind;
                        return kind != SINTER_BUFFER_VIEW &&
                               kind != SINTER_BUFFER_CARRY;
                      });
}

/// Are its operands and its result the same in all runs: weights, and what is
/// made of them?
bool PlanBuilder::isOfModel(Operation *op) {
  Memory memory = placement.of(op);
  auto isStored = [&](Value value) {
    FailureOr<uint32_t> buffer = bufferOf(value);
    if (failed(buffer))
      return false;
    uint32_t kind = plan.table.buffers[*buffer].kind;
    return kind == SINTER_BUFFER_WEIGHT ||
           (kind == SINTER_BUFFER_MODEL && isInMemory(*buffer, memory));
  };
  Value result = op->getResult(0);
  return cast<RankedTensorType>(result.getType()).hasStaticShape() &&
         !buffers.contains(result) && llvm::all_of(op->getOperands(), isStored);
}

/// A launch of the block that runs once for each loaded model.
LogicalResult PlanBuilder::addModelLaunch(Operation *op, Launch launch) {
  Value result = op->getResult(0);
  FailureOr<DimAttr> bytes = bytesOf(result.getType());
  int64_t offset = plan.table.modelBytes, end = 0;
  if (failed(bytes) || llvm::AddOverflow(offset, *bytes->getConstant(), end) ||
      end > INT64_MAX - SINTER_ALIGNMENT)
    return op->emitOpError("has sizes beyond 64 bits");
  FailureOr<uint32_t> buffer =
      addBuffer(result, SINTER_BUFFER_MODEL, launch.memory, {offset});
  if (failed(buffer))
    return op->emitOpError("has sizes beyond 64 bits");
  buffers[result] = *buffer;
  plan.table.modelBytes = llvm::alignTo(end, SINTER_ALIGNMENT);
  std::swap(region.ops, blocks[SINTER_BLOCK_INIT]);
  LogicalResult added = addLaunch(op, std::move(launch));
  std::swap(region.ops, blocks[SINTER_BLOCK_INIT]);
  return added;
}

LogicalResult PlanBuilder::addRoutine(graph::RoutineInterface op) {
  arena.release(op);
  graph::Routine routine = op.getRoutine();
  FailureOr<std::string> code = cpu::lowerRoutine(op, routine.name);
  if (failed(code))
    return failure();
  uint32_t number = hostKernels.add(std::move(*code), labelOf(op));
  return addLaunch(op, {Memory::host,
                        number,
                        {routine.sizes, routine.extent, 1, routine.scratch}});
}

/// The launch of a kernel that reads the operands and writes the results.
LogicalResult PlanBuilder::addLaunch(Operation *op, Launch use) {
  const codegen::Kernel &kernel = use.kernel;
  for (Value result : op->getResults())
    if (failed(addStorage(result)))
      return op->emitOpError("has sizes beyond 64 bits");
  SmallVector<uint32_t> operands;
  for (Value value :
       llvm::concat<Value>(SmallVector<Value>(op->getOperands()),
                           SmallVector<Value>(op->getResults()))) {
    FailureOr<uint32_t> buffer = bufferIn(use.memory, value);
    if (failed(buffer))
      return op->emitOpError("uses a value without a buffer");
    operands.push_back(*buffer);
  }
  auto sizes = addDims(kernel.sizes);
  FailureOr<uint32_t> extent = plan.table.addExpr(kernel.extent);
  FailureOr<uint32_t> bytes = kernel.scratch
                                  ? plan.table.addExpr(kernel.scratch)
                                  : FailureOr<uint32_t>(SINTER_NONE);
  if (failed(sizes) || failed(extent) || failed(bytes))
    return op->emitOpError("has sizes that are too complex for the runtime");
  if (failed(addBinding(op, bindings.lookup(op))))
    return op->emitOpError("has sizes that are too complex for the runtime");
  sinter_op launch = makeOp(
      use.memory == Memory::host ? SINTER_OP_LAUNCH : SINTER_OP_DEVICE_LAUNCH,
      op);
  launch.kernel = use.number;
  launch.buffers = plan.table.addList(operands);
  launch.buffer_count = operands.size();
  launch.results = op->getNumResults();
  launch.sizes = sizes->first;
  launch.size_count = sizes->second;
  launch.extent = *extent;
  launch.scratch = *bytes;
  launch.grain = kernel.grain;
  region.ops.push_back(launch);
  return success();
}

LogicalResult PlanBuilder::addGuard(Operation *op, DimAttr lhs, DimAttr rhs) {
  auto sizes = addDims({lhs, rhs});
  if (failed(sizes))
    return op->emitOpError("has sizes that are too complex for the runtime");
  sinter_op guard = makeOp(SINTER_OP_GUARD, op);
  guard.sizes = sizes->first;
  guard.size_count = sizes->second;
  region.ops.push_back(guard);
  return success();
}

/// A reshape whose element counts are not known to be equal checks them.
LogicalResult PlanBuilder::addReshape(graph::ReshapeOp op) {
  FailureOr<DimAttr> from =
      graph::product(context, *graph::dimsOf(op.getInput().getType()));
  FailureOr<DimAttr> to = graph::product(context, *graph::dimsOf(op.getType()));
  if (failed(from) || failed(to))
    return op.emitOpError("has sizes beyond 64 bits");
  return *from == *to ? success() : addGuard(op, *from, *to);
}

/// Where an iterator runs over a dim that is not known to be its extent, the
/// dim must be that or 1: (dim - 1) * (dim - extent) = 0.
LogicalResult PlanBuilder::addBroadcastGuard(kernel::StageOp op, DimAttr dim,
                                             AffineExpr coordinate) {
  auto iterator = dyn_cast<AffineDimExpr>(coordinate);
  DimAttr one = DimAttr::constant(context, 1);
  if (!iterator || dim == one || dim == op.getExtent(iterator.getPosition()))
    return success();
  // Constants have been checked; a stage may read the first part of a dim.
  if (dim.getConstant() && op.getExtent(iterator.getPosition()).getConstant())
    return success();
  FailureOr<DimAttr> first = graph::subtract(dim, one);
  FailureOr<DimAttr> second =
      graph::subtract(dim, op.getExtent(iterator.getPosition()));
  if (failed(first) || failed(second))
    return op.emitOpError("has sizes beyond 64 bits");
  FailureOr<DimAttr> both = graph::multiply(*first, *second);
  if (failed(both))
    return op.emitOpError("has sizes beyond 64 bits");
  return addGuard(op, *both, DimAttr::constant(context, 0));
}

LogicalResult PlanBuilder::addInputGuards(kernel::StageOp op) {
  auto addGuards = [&](Value input, AffineMap map) {
    FailureOr<SmallVector<DimAttr>> dims = graph::dimsOf(input.getType());
    for (auto [dim, coordinate] : llvm::zip_equal(*dims, map.getResults()))
      if (failed(addBroadcastGuard(op, dim, coordinate)))
        return failure();
    return success();
  };
  for (auto [index, input] : llvm::enumerate(op.getInputs()))
    if (!op.getFill(index) && failed(addGuards(input, op.getMap(index))))
      return failure();
  for (auto [index, input] : llvm::enumerate(op.getFinishInputs()))
    if (failed(addGuards(input, op.getFinishMap(index))))
      return failure();
  return success();
}

} // namespace sinter
