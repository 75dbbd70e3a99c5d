// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/PlanBuilder.h"

#include "compiler/ArenaLayout.h"
#include "compiler/onnx/ElementTypes.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Reshape.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter {
namespace {

/// Reshapes are other dims of the same bytes.
Value rootOf(Value value) {
  while (auto reshape = value.getDefiningOp<graph::ReshapeOp>())
    value = reshape.getInput();
  return value;
}

class PlanBuilder {
public:
  PlanBuilder(func::FuncOp main, const onnx::BlobStore &blobs,
              const cpu::Target &target, ModuleOp kernels)
      : main(main), blobs(blobs), kernels(target, kernels),
        context(main.getContext()), arena(main, plan.table) {}

  FailureOr<Plan> run();

private:
  LogicalResult addInputs();
  LogicalResult addOutputs();
  LogicalResult addConstant(graph::ConstantOp op);
  LogicalResult addStage(kernel::StageOp op);
  LogicalResult addReshape(graph::ReshapeOp op);
  LogicalResult addInputGuards(kernel::StageOp op);
  LogicalResult addBroadcastGuard(kernel::StageOp op, DimAttr dim,
                                  AffineExpr coordinate);
  LogicalResult addGuard(Operation *op, DimAttr lhs, DimAttr rhs);
  LogicalResult addArenaBuffer(Value value);
  FailureOr<uint32_t> addBuffer(Value value, uint32_t kind, int64_t offset,
                                uint32_t position = SINTER_NONE);
  FailureOr<uint32_t> bufferOf(Value value);
  FailureOr<sinter_value_info> describe(Value value, StringAttr name,
                                        uint32_t buffer);
  FailureOr<DimAttr> bytesOf(Value value);
  FailureOr<std::pair<uint32_t, uint32_t>> addDims(ArrayRef<DimAttr> dims);
  LogicalResult addCopies();
  llvm::StringRef labelOf(Operation *op);

  func::FuncOp main;
  const onnx::BlobStore &blobs;
  KernelSet kernels;
  MLIRContext *context;
  Plan plan;
  ArenaLayout arena;
  /// By root.
  llvm::DenseMap<Value, uint32_t> buffers;
  llvm::DenseMap<uint64_t, uint64_t> weightOffsets;
  SmallVector<std::pair<Value, uint32_t>> copies;
};

FailureOr<DimAttr> PlanBuilder::bytesOf(Value value) {
  FailureOr<SmallVector<DimAttr>> dims = graph::dimsOf(value.getType());
  Type element = cpu::memoryType(getElementTypeOrSelf(value));
  SmallVector<DimAttr> factors(*dims);
  factors.push_back(
      DimAttr::constant(context, element.getIntOrFloatBitWidth() / 8));
  return graph::product(context, factors);
}

FailureOr<std::pair<uint32_t, uint32_t>>
PlanBuilder::addDims(ArrayRef<DimAttr> dims) {
  SmallVector<uint32_t> entries;
  for (DimAttr dim : dims) {
    FailureOr<uint32_t> expr = plan.table.addExpr(dim);
    if (failed(expr))
      return failure();
    entries.push_back(*expr);
  }
  return std::pair<uint32_t, uint32_t>(plan.table.addList(entries),
                                       entries.size());
}

FailureOr<uint32_t> PlanBuilder::addBuffer(Value value, uint32_t kind,
                                           int64_t offset, uint32_t position) {
  FailureOr<DimAttr> bytes = bytesOf(value);
  auto dims = addDims(*graph::dimsOf(value.getType()));
  if (failed(bytes) || failed(dims))
    return failure();
  FailureOr<uint32_t> size = plan.table.addExpr(*bytes);
  if (failed(size))
    return failure();
  uint32_t type = onnx::dataTypeOf(getElementTypeOrSelf(value));
  plan.table.buffers.push_back(
      {kind, type, *size, position, dims->second, dims->first, offset});
  return plan.table.buffers.size() - 1;
}

FailureOr<sinter_value_info> PlanBuilder::describe(Value value, StringAttr name,
                                                   uint32_t buffer) {
  auto dims = addDims(*graph::dimsOf(value.getType()));
  if (failed(dims))
    return failure();
  return sinter_value_info{
      plan.table.addText(name ? name.getValue() : ""),
      static_cast<uint32_t>(onnx::dataTypeOf(getElementTypeOrSelf(value))),
      dims->second,
      dims->first,
      buffer,
      0};
}

LogicalResult PlanBuilder::addInputs() {
  for (auto [index, argument] : llvm::enumerate(main.getArguments())) {
    FailureOr<uint32_t> buffer =
        addBuffer(argument, SINTER_BUFFER_INPUT, index);
    if (failed(buffer))
      return failure();
    buffers[argument] = *buffer;
    FailureOr<sinter_value_info> info = describe(
        argument, main.getArgAttrOfType<StringAttr>(index, "graph.name"),
        *buffer);
    if (failed(info))
      return failure();
    plan.table.inputs.push_back(*info);
  }
  return success();
}

/// A kernel writes an output where it belongs; a value that is an input, a
/// constant or another output too is copied at the end.
LogicalResult PlanBuilder::addOutputs() {
  Operation *end = main.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(end->getOperands())) {
    FailureOr<uint32_t> buffer = addBuffer(value, SINTER_BUFFER_OUTPUT, index);
    if (failed(buffer))
      return failure();
    FailureOr<sinter_value_info> info = describe(
        value, main.getResultAttrOfType<StringAttr>(index, "graph.name"),
        *buffer);
    if (failed(info))
      return failure();
    plan.table.outputs.push_back(*info);
    Value root = rootOf(value);
    bool isMade = root.getDefiningOp<kernel::StageOp>() != nullptr;
    if (isMade && buffers.try_emplace(root, *buffer).second)
      continue;
    copies.push_back({root, *buffer});
  }
  return success();
}

LogicalResult PlanBuilder::addConstant(graph::ConstantOp op) {
  uint64_t key = 0;
  if (op.getValue().getKey().getAsInteger(10, key))
    return op.emitOpError("has a key that is no blob");
  auto [entry, isNew] = weightOffsets.try_emplace(key, plan.weightBytes);
  if (isNew) {
    std::span<const std::byte> bytes =
        blobs.bytes(static_cast<onnx::BlobKey>(key));
    plan.weights.push_back({bytes, plan.weightBytes});
    plan.weightBytes = (plan.weightBytes + bytes.size() + 63) / 64 * 64;
  }
  FailureOr<uint32_t> buffer =
      addBuffer(op.getResult(), SINTER_BUFFER_WEIGHT, entry->second);
  if (failed(buffer))
    return failure();
  buffers[op.getResult()] = *buffer;
  return success();
}

FailureOr<uint32_t> PlanBuilder::bufferOf(Value value) {
  auto entry = buffers.find(rootOf(value));
  if (entry == buffers.end())
    return failure();
  return entry->second;
}

LogicalResult PlanBuilder::addArenaBuffer(Value value) {
  if (buffers.contains(value))
    return success();
  FailureOr<DimAttr> bytes = bytesOf(value);
  if (failed(bytes))
    return failure();
  FailureOr<uint32_t> offset = arena.place(value, *bytes);
  if (failed(offset))
    return failure();
  FailureOr<uint32_t> buffer =
      addBuffer(value, SINTER_BUFFER_ARENA, 0, *offset);
  if (failed(buffer))
    return failure();
  buffers[value] = *buffer;
  return success();
}

llvm::StringRef PlanBuilder::labelOf(Operation *op) {
  auto name = op->getLoc()->findInstanceOf<NameLoc>();
  return name ? name.getName().getValue() : op->getName().getStringRef();
}

LogicalResult PlanBuilder::addStage(kernel::StageOp op) {
  arena.release(op);
  if (failed(addInputGuards(op)))
    return failure();
  if (failed(addArenaBuffer(op.getOutput())))
    return op.emitOpError("has sizes beyond 64 bits");
  FailureOr<KernelSet::Use> use = kernels.add(op, labelOf(op));
  if (failed(use))
    return failure();
  const cpu::Kernel &kernel = use->launch;
  SmallVector<uint32_t> operands;
  for (Value value :
       llvm::concat<Value>(SmallVector<Value>(op->getOperands()),
                           SmallVector<Value>(op->getResults()))) {
    FailureOr<uint32_t> buffer = bufferOf(value);
    if (failed(buffer))
      return op.emitOpError("uses a value without a buffer");
    operands.push_back(*buffer);
  }
  auto sizes = addDims(kernel.sizes);
  FailureOr<uint32_t> extent = plan.table.addExpr(kernel.extent);
  if (failed(sizes) || failed(extent))
    return op.emitOpError("has sizes that are too complex for the runtime");
  sinter_op launch{};
  launch.kind = SINTER_OP_LAUNCH;
  launch.kernel = use->number;
  launch.buffers = plan.table.addList(operands);
  launch.buffer_count = operands.size();
  launch.sizes = sizes->first;
  launch.size_count = sizes->second;
  launch.extent = *extent;
  launch.scratch = SINTER_NONE;
  launch.text = plan.table.addText(labelOf(op));
  launch.grain = kernel.grain;
  plan.table.ops.push_back(launch);
  return success();
}

LogicalResult PlanBuilder::addGuard(Operation *op, DimAttr lhs, DimAttr rhs) {
  auto sizes = addDims({lhs, rhs});
  if (failed(sizes))
    return op->emitOpError("has sizes that are too complex for the runtime");
  sinter_op guard{};
  guard.kind = SINTER_OP_GUARD;
  guard.sizes = sizes->first;
  guard.size_count = sizes->second;
  guard.scratch = SINTER_NONE;
  guard.extent = SINTER_NONE;
  guard.text = plan.table.addText(labelOf(op));
  guard.grain = 1;
  plan.table.ops.push_back(guard);
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

LogicalResult PlanBuilder::addCopies() {
  for (auto [value, target] : copies) {
    FailureOr<uint32_t> from = bufferOf(value);
    FailureOr<DimAttr> bytes = bytesOf(value);
    if (failed(from) || failed(bytes))
      return failure();
    FailureOr<uint32_t> extent = plan.table.addExpr(*bytes);
    if (failed(extent))
      return failure();
    sinter_op copy{};
    copy.kind = SINTER_OP_COPY;
    copy.buffers = plan.table.addList({*from, target});
    copy.buffer_count = 2;
    copy.extent = *extent;
    copy.scratch = SINTER_NONE;
    copy.text = SINTER_NONE;
    copy.grain = 1;
    plan.table.ops.push_back(copy);
  }
  return success();
}

FailureOr<Plan> PlanBuilder::run() {
  if (failed(addInputs()) || failed(addOutputs()))
    return main.emitError("inputs or outputs have sizes beyond 64 bits");
  for (Operation &op : main.getBody().front().without_terminator()) {
    LogicalResult done =
        llvm::TypeSwitch<Operation *, LogicalResult>(&op)
            .Case([&](graph::ConstantOp op) { return addConstant(op); })
            .Case([&](graph::ReshapeOp op) { return addReshape(op); })
            .Case([&](kernel::StageOp op) { return addStage(op); })
            .Default([](Operation *op) {
              return op->emitOpError("is not supported by code generation");
            });
    if (failed(done))
      return failure();
  }
  FailureOr<uint32_t> arenaBytes = arena.getBytes();
  if (failed(addCopies()) || failed(arenaBytes))
    return main.emitError("the arena has sizes beyond 64 bits");
  plan.table.blocks.push_back({0, 0, SINTER_NONE, 0});
  plan.table.blocks.push_back(
      {0, static_cast<uint32_t>(plan.table.ops.size()), *arenaBytes, 0});
  plan.kernels = kernels.take();
  return std::move(plan);
}

} // namespace

FailureOr<Plan> buildPlan(func::FuncOp main, const onnx::BlobStore &blobs,
                          const cpu::Target &target, ModuleOp kernels) {
  return PlanBuilder(main, blobs, target, kernels).run();
}

} // namespace sinter
