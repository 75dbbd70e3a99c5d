// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/PlanBuilder.h"

#include "codegen/OperandMap.h"
#include "compiler/PlanBuilderImpl.h"
#include "compiler/onnx/ElementTypes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter {

PlanBuilder::PlanBuilder(func::FuncOp main, const onnx::BlobStore &blobs,
                         Backends backends)
    : main(main), blobs(blobs), backends(backends),
      placement(main, backends.device != nullptr), context(main.getContext()),
      arena(main, plan.table) {}

//===- Buffers ------------------------------------------------------------===//

FailureOr<DimAttr> PlanBuilder::bytesOf(Type type) {
  FailureOr<SmallVector<DimAttr>> dims = graph::dimsOf(type);
  Type element = codegen::memoryType(getElementTypeOrSelf(type));
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

FailureOr<uint32_t> PlanBuilder::addBuffer(Value value, uint16_t kind,
                                           Memory memory, Position position) {
  FailureOr<DimAttr> bytes = bytesOf(value.getType());
  auto dims = addDims(*graph::dimsOf(value.getType()));
  if (failed(bytes) || failed(dims))
    return failure();
  FailureOr<uint32_t> size = plan.table.addExpr(*bytes);
  if (failed(size))
    return failure();
  uint32_t type = onnx::dataTypeOf(getElementTypeOrSelf(value));
  plan.table.buffers.push_back({kind, static_cast<uint16_t>(memory), type,
                                *size, position.expr, dims->second, dims->first,
                                position.offset});
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
        addBuffer(argument, SINTER_BUFFER_INPUT, Memory::host,
                  {static_cast<int64_t>(index)});
    if (failed(buffer))
      return failure();
    buffers[argument] = *buffer;
    SmallVector<DimAttr> dims = *graph::dimsOf(argument.getType());
    for (DimAttr dim : dims)
      if (llvm::StringRef symbol = graph::symbolOf(dim); !symbol.empty())
        inputSymbols.insert(symbol);
    FailureOr<sinter_value_info> info = describe(
        argument, main.getArgAttrOfType<StringAttr>(index, "graph.name"),
        *buffer);
    if (failed(info))
      return failure();
    plan.table.inputs.push_back(*info);
  }
  return addInputCopies();
}

/// Before everything else: what the device does then needs no part of the host
/// in between.
LogicalResult PlanBuilder::addInputCopies() {
  std::function<bool(Value)> isReadOnDevice = [&](Value value) {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      if (auto reshape = dyn_cast<graph::ReshapeOp>(user))
        return isReadOnDevice(reshape.getResult());
      return isa<kernel::StageOp, kernel::FusedOp>(user) &&
             placement.of(user) == Memory::device;
    });
  };
  for (Value argument : main.getArguments())
    if (isReadOnDevice(argument) && failed(bufferIn(Memory::device, argument)))
      return failure();
  return success();
}

/// A kernel writes an output where it belongs; a value that is an input, a
/// constant or another output too is copied at the end.
LogicalResult PlanBuilder::addOutputs() {
  Block *block = &main.getBody().front();
  for (auto [index, value] :
       llvm::enumerate(block->getTerminator()->getOperands())) {
    FailureOr<uint32_t> buffer =
        addBuffer(value, SINTER_BUFFER_OUTPUT, Memory::host,
                  {static_cast<int64_t>(index)});
    if (failed(buffer))
      return failure();
    FailureOr<sinter_value_info> info = describe(
        value, main.getResultAttrOfType<StringAttr>(index, "graph.name"),
        *buffer);
    if (failed(info))
      return failure();
    plan.table.outputs.push_back(*info);
    deliver({value, *buffer, {}}, block);
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
      addBuffer(op.getResult(), SINTER_BUFFER_WEIGHT, Memory::host,
                {static_cast<int64_t>(entry->second)});
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

/// Constants are in both memories; anything else is copied where it is needed.
FailureOr<uint32_t> PlanBuilder::bufferIn(Memory memory, Value value) {
  FailureOr<uint32_t> home = bufferOf(value);
  if (failed(home) || isInMemory(*home, memory))
    return home;
  Value root = rootOf(value);
  if (auto other = otherBuffers.find(root); other != otherBuffers.end())
    return other->second;
  FailureOr<uint32_t> copy = failure();
  const sinter_buffer entry = plan.table.buffers[*home];
  if (entry.kind == SINTER_BUFFER_WEIGHT) {
    copy = addBuffer(root, SINTER_BUFFER_WEIGHT, memory, {entry.offset});
  } else {
    FailureOr<DimAttr> bytes = bytesOf(root.getType());
    if (failed(bytes))
      return failure();
    copy = addStorage(root, *bytes, memory);
    if (failed(copy) || failed(addCopy(root, *home, *copy)))
      return failure();
    region.others.push_back(root);
  }
  if (succeeded(copy))
    otherBuffers[root] = *copy;
  return copy;
}

bool PlanBuilder::changes(DimAttr dim) {
  bool found = false;
  graph::forEachSymbol(dim, [&](llvm::StringRef symbol) {
    found |= !inputSymbols.contains(symbol);
  });
  return found;
}

bool PlanBuilder::isDynamic(uint32_t buffer) {
  const sinter_buffer &entry = plan.table.buffers[buffer];
  return entry.kind == SINTER_BUFFER_DYNAMIC ||
         entry.kind == SINTER_BUFFER_OUTPUT;
}

/// A buffer for what an op makes, unless it has one: in the arena if its size
/// follows from the inputs.
LogicalResult PlanBuilder::addStorage(Value value) {
  if (buffers.contains(value))
    return success();
  FailureOr<DimAttr> bytes = bytesOf(value.getType());
  if (failed(bytes))
    return failure();
  FailureOr<uint32_t> buffer = addStorage(value, *bytes, placement.of(value));
  if (failed(buffer))
    return failure();
  buffers[value] = *buffer;
  return success();
}

FailureOr<uint32_t> PlanBuilder::addStorage(Value value, DimAttr bytes,
                                            Memory memory) {
  if (changes(bytes))
    return addBuffer(value, SINTER_BUFFER_DYNAMIC, memory,
                     {arena.placeSlab(value, memory)});
  FailureOr<uint32_t> offset = arena.place(value, bytes, memory);
  if (failed(offset))
    return failure();
  return addBuffer(value, SINTER_BUFFER_ARENA, memory, {0, *offset});
}

/// Views of views are views of what is below.
FailureOr<uint32_t> PlanBuilder::addView(Value value, uint32_t base,
                                         DimAttr byteOffset) {
  FailureOr<DimAttr> offset = byteOffset;
  if (auto outer = viewOffsets.find(base); outer != viewOffsets.end()) {
    offset = graph::add(outer->second, byteOffset);
    base = plan.table.buffers[base].offset;
  }
  if (failed(offset))
    return failure();
  FailureOr<uint32_t> position = plan.table.addExpr(*offset);
  if (failed(position))
    return failure();
  auto memory = static_cast<Memory>(plan.table.buffers[base].memory);
  FailureOr<uint32_t> view =
      addBuffer(value, SINTER_BUFFER_VIEW, memory, {base, *position});
  if (succeeded(view))
    viewOffsets[*view] = *offset;
  return view;
}

LogicalResult PlanBuilder::addSlice(graph::SliceOp op) {
  std::optional<DimAttr> start = op.getContiguousStart();
  FailureOr<uint32_t> base = bufferOf(op.getInput());
  Type element = codegen::memoryType(getElementTypeOrSelf(op.getType()));
  if (!start || failed(base))
    return op.emitOpError("is not supported by code generation");
  FailureOr<DimAttr> offset = graph::multiply(
      *start, DimAttr::constant(context, element.getIntOrFloatBitWidth() / 8));
  if (failed(offset))
    return op.emitOpError("has sizes beyond 64 bits");
  FailureOr<uint32_t> view = addView(op.getResult(), *base, *offset);
  if (failed(view))
    return op.emitOpError("has sizes that are too complex for the runtime");
  buffers[op.getResult()] = *view;
  return success();
}

//===- Ops ----------------------------------------------------------------===//

LogicalResult PlanBuilder::addCopy(Value value, uint32_t from, uint32_t to) {
  FailureOr<DimAttr> bytes = bytesOf(value.getType());
  if (failed(bytes))
    return failure();
  FailureOr<uint32_t> extent = plan.table.addExpr(*bytes);
  if (failed(extent))
    return failure();
  sinter_op copy = makeOp(SINTER_OP_COPY, nullptr);
  copy.buffers = plan.table.addList({from, to});
  copy.buffer_count = 2;
  copy.extent = *extent;
  region.ops.push_back(copy);
  return success();
}

LogicalResult PlanBuilder::addCopies() {
  for (const Delivery &copy : region.copies) {
    FailureOr<uint32_t> from = bufferOf(copy.value);
    if (failed(from) || failed(addBinding(nullptr, copy.binding)) ||
        failed(addCopy(copy.value, *from, copy.buffer)))
      return failure();
  }
  return success();
}

LogicalResult PlanBuilder::addOp(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](graph::ConstantOp op) { return addConstant(op); })
      .Case([&](graph::ReshapeOp op) { return addReshape(op); })
      .Case([&](graph::SliceOp op) { return addSlice(op); })
      .Case<kernel::StageOp, kernel::FusedOp>(
          [&](Operation *op) { return addKernel(op); })
      .Case([&](graph::RoutineInterface op) { return addRoutine(op); })
      .Case([&](graph::BindOp op) { return addBind(op); })
      .Case([&](graph::CheckOp op) { return addCheck(op); })
      .Case([&](graph::IfOp op) { return addIf(op); })
      .Case([&](graph::LoopOp op) { return addLoop(op); })
      .Default([](Operation *op) {
        return op->emitOpError("is not supported by code generation");
      });
}

LogicalResult PlanBuilder::addOps(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(addOp(&op)))
      return failure();
  return success();
}

FailureOr<Plan> PlanBuilder::run() {
  blocks.resize(SINTER_BLOCK_MAIN + 1);
  region.number = SINTER_BLOCK_MAIN;
  if (failed(addInputs()) || failed(addOutputs()))
    return main.emitError("inputs or outputs have sizes beyond 64 bits");
  if (failed(addOps(main.getBody().front())))
    return failure();
  FailureOr<uint32_t> arenaBytes = arena.getBytes(Memory::host);
  FailureOr<uint32_t> deviceBytes = arena.getBytes(Memory::device);
  if (failed(addCopies()) || failed(arenaBytes) || failed(deviceBytes))
    return main.emitError("the arena has sizes beyond 64 bits");
  blocks[SINTER_BLOCK_MAIN] = std::move(region.ops);
  for (auto [number, ops] : llvm::enumerate(blocks)) {
    bool isMain = number == SINTER_BLOCK_MAIN;
    plan.table.blocks.push_back({static_cast<uint32_t>(plan.table.ops.size()),
                                 static_cast<uint32_t>(ops.size()),
                                 isMain ? *arenaBytes : SINTER_NONE,
                                 isMain ? *deviceBytes : SINTER_NONE});
    plan.table.ops.insert(plan.table.ops.end(), ops.begin(), ops.end());
  }
  plan.kernels = hostKernels.take();
  plan.deviceKernels = deviceKernels.take();
  return std::move(plan);
}

FailureOr<Plan> buildPlan(func::FuncOp main, const onnx::BlobStore &blobs,
                          Backends backends) {
  return PlanBuilder(main, blobs, backends).run();
}

} // namespace sinter
