// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Executor.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "Status.h"

using namespace sinter::runtime;

Executor::Executor(std::shared_ptr<const Model> theModel)
    : log(theModel->log), model(std::move(theModel)), plan(model->plan()),
      symbols(plan.symbols.size()), boundSymbols(plan.symbols.size()),
      bound(plan.symbols.size()), values(plan.exprs.size()),
      pointers(plan.buffers.size()), bytes(plan.buffers.size()),
      outputDims(plan.outputs.size()), outputMemory(plan.outputs.size()),
      ownsOutput(plan.outputs.size()), pieces(plan.ops.size()),
      storedInputs(plan.inputs.size()), storedDims(plan.inputs.size()),
      keptInputs(plan.inputs.size()), inputPassages(plan.inputs.size()),
      outputPassages(plan.outputs.size()), slabs(plan.slabs) {
  size_t mostBuffers = 0, mostSizes = 0;
  for (const sinter_op &op : plan.ops) {
    mostBuffers = std::max<size_t>(mostBuffers, op.buffer_count);
    mostSizes = std::max<size_t>(mostSizes, op.size_count);
  }
  arguments = Array<void *>(mostBuffers);
  sizes = Array<int64_t>(mostSizes);
  for (size_t i = 0; i < plan.outputs.size(); ++i) {
    outputDims[i] = Array<int64_t>(plan.outputs[i].rank);
    outputPassages[i].buffer = plan.outputs[i].buffer;
  }
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    storedDims[i] = Array<int64_t>(plan.inputs[i].rank);
    inputPassages[i].buffer = plan.inputs[i].buffer;
  }
}

sinter_status Executor::start(uint32_t threads, sinter_error *error) {
  if (!pool.start(threads))
    return fail(error, SINTER_STATUS_NO_MEMORY, "cannot start %u threads",
                threads);
  if (uint32_t cpus = availableCpus(); threads > cpus)
    log(SINTER_LOG_WARNING,
        "%u threads for %u CPUs that this process may use: runs will be slower",
        threads, cpus);
  if (!model->device())
    return SINTER_STATUS_OK;
  if (sinter_status status = model->device()->makeQueue(&pool, queue, error))
    return status;
  deviceArena.takeFrom(queue.get());
  deviceScratch.takeFrom(queue.get());
  for (size_t slab = 0; slab < slabs.size(); ++slab)
    if (plan.slabsOnDevice[slab])
      slabs[slab].takeFrom(queue.get());
  findPassages();
  findRepeated();
  return SINTER_STATUS_OK;
}

sinter_status Executor::cancelled(sinter_error *error) {
  isCancelled.store(false, std::memory_order_relaxed);
  return fail(error, SINTER_STATUS_CANCELLED, "the run was cancelled");
}

sinter_status Executor::checkCancelled(sinter_error *error) {
  return isCancelled.load(std::memory_order_relaxed) ? cancelled(error)
                                                     : SINTER_STATUS_OK;
}

sinter_status Executor::runInit(std::shared_ptr<const Model> model,
                                uint32_t threads, sinter_error *error) {
  Executor executor(std::move(model));
  if (sinter_status status = executor.start(threads, error))
    return status;
  // Expressions over symbols are not used by this block; let none be valid.
  for (size_t i = 0; i < executor.plan.exprs.size(); ++i)
    executor.values[i] = evaluate(executor.plan.code(uint32_t(i)), {},
                                  std::span(executor.values.data(), i));
  FlushDenormals flush;
  ThreadPool::Activity activity(executor.pool);
  if (sinter_status status = executor.placeBuffers(SINTER_BLOCK_INIT, error))
    return status;
  if (sinter_status status = executor.runBlock(SINTER_BLOCK_INIT, error))
    return status;
  return executor.queue ? executor.queue->finish(error) : SINTER_STATUS_OK;
}

SizeValue Executor::sizeOf(uint32_t expr) const {
  if (!plan.changes[expr])
    return values[expr];
  // It refers to expressions only that do not change.
  return evaluate(plan.code(expr), std::span(symbols),
                  std::span(values.data(), expr));
}

sinter_status Executor::value(uint32_t expr, int64_t &result, const char *what,
                              sinter_error *error) const {
  SizeValue size = sizeOf(expr);
  if (size.error != SizeError::None)
    return fail(error, SINTER_STATUS_SHAPE, "%s: %s", what, text(size.error));
  if (size.value < 0)
    return fail(error, SINTER_STATUS_SHAPE, "%s is negative: %lld", what,
                (long long)size.value);
  result = size.value;
  return SINTER_STATUS_OK;
}

sinter_status Executor::placeBuffer(size_t number, int64_t arenaBytes,
                                    bool isInit, sinter_error *error) {
  const sinter_buffer &buffer = plan.buffers[number];
  bool isOnDevice = runtime::isOnDevice(buffer);
  int64_t offset = buffer.offset, limit = 0;
  char *base = nullptr;
  switch (buffer.kind) {
  case SINTER_BUFFER_WEIGHT:
    // Kernels do not write to weights.
    base = isOnDevice ? model->deviceWeights()
                      : const_cast<char *>(model->weights());
    limit = int64_t(model->weightsLength());
    break;
  case SINTER_BUFFER_MODEL:
    base = isOnDevice ? model->deviceMemory() : model->memory();
    limit = plan.modelBytes;
#ifdef SINTER_DEBUG_ARENA
    pointers[number] = model->memoryApart(number);
    return SINTER_STATUS_OK;
#endif
    break;
  case SINTER_BUFFER_ARENA:
    if (isInit && values[buffer.offset_expr].error != SizeError::None)
      return SINTER_STATUS_OK;
    if (sinter_status status =
            value(buffer.offset_expr, offset, "an offset", error))
      return status;
    base = isOnDevice ? deviceArena.data() : arena.data();
    limit = arenaBytes;
    break;
  default: // placed by each run
    return SINTER_STATUS_OK;
  }
  if (offset <= limit && bytes[number] <= limit - offset) {
    pointers[number] = base ? base + offset : nullptr;
#ifdef SINTER_DEBUG_ARENA
    if (buffer.kind == SINTER_BUFFER_ARENA && !isOnDevice)
      return placeApart(number, error);
#endif
    return SINTER_STATUS_OK;
  }
  if (isInit && buffer.kind == SINTER_BUFFER_ARENA)
    return SINTER_STATUS_OK; // a buffer of `main`
  return fail(error, SINTER_STATUS_BAD_MODEL,
              "buffer %zu exceeds its storage: %lld + %lld of %lld bytes",
              number, (long long)offset, (long long)bytes[number],
              (long long)limit);
}

#ifdef SINTER_DEBUG_ARENA
/// Buffers of the arena in memory of their own, so that their ends are seen.
sinter_status Executor::placeApart(size_t number, sinter_error *error) {
  if (apart.size() == 0)
    apart = Array<Memory>(plan.buffers.size());
  if (!apart[number].reserve(size_t(bytes[number])))
    return fail(error, SINTER_STATUS_NO_MEMORY, "no memory for a buffer");
  pointers[number] = apart[number].data();
  return SINTER_STATUS_OK;
}
#endif

sinter_status Executor::reserveArena(Memory &memory, uint32_t expr,
                                     int64_t &size, sinter_error *error) {
  size = 0;
  if (expr != SINTER_NONE)
    if (sinter_status status = value(expr, size, "the arena", error))
      return status;
  if (!memory.reserve(size_t(size)))
    return fail(error, SINTER_STATUS_NO_MEMORY,
                "no memory for an arena of %lld bytes", (long long)size);
  return SINTER_STATUS_OK;
}

sinter_status Executor::bytesOf(uint32_t number, int64_t &result,
                                sinter_error *error) const {
  uint32_t expr = plan.buffers[number].size_expr;
  if (value(expr, result, "", nullptr) == SINTER_STATUS_OK)
    return SINTER_STATUS_OK;
  char what[200] = "the size of a buffer";
  for (const sinter_op &op : plan.ops)
    for (uint32_t i = op.buffer_count - writtenBy(op); i < op.buffer_count; ++i)
      if (const char *name = plan.string(op.text);
          plan.indices[op.buffers + i] == number && *name) {
        std::snprintf(what, sizeof(what), "the size of the result of '%s'",
                      name);
        return value(expr, result, what, error);
      }
  return value(expr, result, what, error);
}

/// Before the block runs: its size does not change, and if this is `init`,
/// which has no symbols, it depends on none.
bool Executor::hasSize(size_t number, bool isInit) const {
  const sinter_buffer &buffer = plan.buffers[number];
  return !plan.changes[buffer.size_expr] &&
         buffer.kind <= SINTER_BUFFER_MODEL &&
         !(isInit && values[buffer.size_expr].error != SizeError::None);
}

sinter_status Executor::sizeBuffers(bool isInit, sinter_error *error) {
  for (uint32_t i = 0; i < plan.buffers.size(); ++i) {
    pointers[i] = nullptr;
    bytes[i] = 0;
    if (hasSize(i, isInit))
      if (sinter_status status = bytesOf(i, bytes[i], error))
        return status;
  }
  return SINTER_STATUS_OK;
}

sinter_status Executor::placeBuffers(uint32_t block, sinter_error *error) {
  bool isInit = block == SINTER_BLOCK_INIT;
  if (sinter_status status = sizeBuffers(isInit, error))
    return status;
  const sinter_block &range = plan.blocks[block];
  int64_t arenaBytes = 0, deviceBytes = 0;
  sinter_status reserved =
      reserveArena(arena, range.arena_expr, arenaBytes, error);
  if (!reserved && queue)
    reserved =
        reserveArena(deviceArena, range.device_arena_expr, deviceBytes, error);
  if (reserved)
    return reserved;
  for (size_t i = 0; i < plan.buffers.size(); ++i) {
    if (!hasSize(i, isInit))
      continue;
    int64_t limit = isOnDevice(plan.buffers[i]) ? deviceBytes : arenaBytes;
    if (sinter_status status = placeBuffer(i, limit, isInit, error))
      return status;
  }
  return SINTER_STATUS_OK;
}

sinter_status Executor::runOp(const sinter_op &op, uint32_t block,
                              sinter_error *error) {
  switch (op.kind) {
  case SINTER_OP_LAUNCH:
    return launch(op, error);
  case SINTER_OP_DEVICE_LAUNCH:
    return launchOnDevice(op, error);
  case SINTER_OP_GUARD:
    return guard(op, error);
  case SINTER_OP_COPY:
    return copy(op, error);
  case SINTER_OP_BIND:
    return bind(op, error);
  case SINTER_OP_IF:
    return branch(op, error);
  case SINTER_OP_LOOP:
    return loop(op, error);
  case SINTER_OP_PLACE:
    return placeAll(op, error);
  case SINTER_OP_APPEND:
    return append(op, error);
  default:
    return fail(error, SINTER_STATUS_UNSUPPORTED,
                "an op of block %u has kind %u, which this runtime does not "
                "know",
                block, op.kind);
  }
}

sinter_status Executor::runBlock(uint32_t block, sinter_error *error) {
  const sinter_block &range = plan.blocks[block];
  for (uint32_t i = 0; i < range.count; ++i) {
    uint32_t op = range.first + i, count = 0;
    if (sinter_status status = checkCancelled(error))
      return status;
    if (sinter_status status = repeat(op, count, error))
      return status;
    if (count != 0) {
      i += count - 1;
      continue;
    }
    Profile::Scope timed(profile, op);
    uint32_t kind = plan.ops[op].kind;
    const char *node = plan.string(plan.ops[op].text);
    bool isNode = *node && kind != SINTER_OP_GUARD && kind != SINTER_OP_BIND;
    bool isTraced = isNode && queue && queue->isTraced();
    if (isTraced)
      queue->enter(node);
    sinter_status status = runOp(plan.ops[op], block, error);
    if (isTraced)
      queue->leave();
    if (status)
      return status;
    if (queue && profile.function) // what it takes, not what its launch does
      if (sinter_status status = queue->finish(error))
        return status;
  }
  return SINTER_STATUS_OK;
}

sinter_status Executor::guard(const sinter_op &op, sinter_error *error) {
  const char *message = plan.string(op.text);
  if (op.buffer_count == 1) {
    bool holds = false;
    if (sinter_status status = truth(plan.indices[op.buffers], holds, error))
      return status;
    return holds ? SINTER_STATUS_OK
                 : fail(error, SINTER_STATUS_GUARD, "%s", message);
  }
  SizeValue a = sizeOf(plan.indices[op.sizes]);
  SizeValue b = sizeOf(plan.indices[op.sizes + 1]);
  SizeError broken = a.error != SizeError::None ? a.error : b.error;
  if (broken != SizeError::None)
    return fail(error, SINTER_STATUS_SHAPE, "%s: %s", message, text(broken));
  if (a.value != b.value)
    return fail(error, SINTER_STATUS_GUARD, "%s (%lld and %lld)", message,
                (long long)a.value, (long long)b.value);
  return SINTER_STATUS_OK;
}

sinter_status Executor::copy(const sinter_op &op, sinter_error *error) {
  int64_t count = 0;
  if (sinter_status status = value(op.extent, count, "a copy", error))
    return status;
  uint32_t from = plan.indices[op.buffers], to = plan.indices[op.buffers + 1];
  if (sinter_status status = place(to, error))
    return status;
  if (count == 0)
    return SINTER_STATUS_OK;
  Place source, target;
  bool isFromDevice = false, isToDevice = false;
  sinter_status status = locateEnd(from, source, isFromDevice, error);
  if (!status)
    status = locateEnd(to, target, isToDevice, error);
  if (status)
    return status;
  if (count > source.bytes || count > target.bytes || !source.data ||
      !target.data || plan.buffers[to].kind == SINTER_BUFFER_WEIGHT)
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "a copy of %lld bytes exceeds its buffers", (long long)count);
  if (source.data == target.data)
    return SINTER_STATUS_OK; // a twin in its tensor
  bool isInput = plan.buffers[storageOf(from)].kind == SINTER_BUFFER_INPUT;
  if (isInput && !isFromDevice && isToDevice)
    return queue->uploadLasting(target.data, source.data, size_t(count), error);
  return copyBytes(target.data, isToDevice, source.data, isFromDevice,
                   size_t(count), error);
}

sinter_status Executor::copyBytes(char *to, bool isToDevice, const char *from,
                                  bool isFromDevice, size_t size,
                                  sinter_error *error) {
  if (isFromDevice)
    return isToDevice ? queue->move(to, from, size, error)
                      : queue->download(to, from, size, error);
  if (sinter_status status = receive(error))
    return status;
  if (isToDevice)
    return queue->upload(to, from, size, error);
  std::memmove(to, from, size);
  return SINTER_STATUS_OK;
}
