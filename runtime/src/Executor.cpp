// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Executor.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "Status.h"

using namespace sinter::runtime;

Executor::Executor(std::shared_ptr<const Model> theModel)
    : model(std::move(theModel)), plan(model->plan()),
      symbols(plan.symbols.size()), boundSymbols(plan.symbols.size()),
      values(plan.exprs.size()), pointers(plan.buffers.size()),
      bytes(plan.buffers.size()), outputDims(plan.outputs.size()),
      outputMemory(plan.outputs.size()), storedInputs(plan.inputs.size()),
      storedDims(plan.inputs.size()) {
  size_t mostBuffers = 0, mostSizes = 0;
  for (const sinter_op &op : plan.ops) {
    mostBuffers = std::max<size_t>(mostBuffers, op.buffer_count);
    mostSizes = std::max<size_t>(mostSizes, op.size_count);
  }
  arguments = Array<void *>(mostBuffers);
  sizes = Array<int64_t>(mostSizes);
  for (size_t i = 0; i < plan.outputs.size(); ++i)
    outputDims[i] = Array<int64_t>(plan.outputs[i].rank);
  for (size_t i = 0; i < plan.inputs.size(); ++i)
    storedDims[i] = Array<int64_t>(plan.inputs[i].rank);
}

sinter_status Executor::start(uint32_t threads, sinter_error *error) {
  if (!pool.start(threads))
    return fail(error, SINTER_STATUS_NO_MEMORY, "cannot start %u threads",
                threads);
  return SINTER_STATUS_OK;
}

sinter_status Executor::runInit(std::shared_ptr<const Model> model,
                                sinter_error *error) {
  Executor executor(std::move(model));
  if (sinter_status status = executor.start(defaultThreads(), error))
    return status;
  // Expressions over symbols are not used by this block; let none be valid.
  for (size_t i = 0; i < executor.plan.exprs.size(); ++i)
    executor.values[i] = evaluate(executor.plan.code(uint32_t(i)), {},
                                  std::span(executor.values.data(), i));
  if (sinter_status status = executor.placeBuffers(SINTER_BLOCK_INIT, error))
    return status;
  return executor.runBlock(SINTER_BLOCK_INIT, error);
}

sinter_status Executor::value(uint32_t expr, int64_t &result, const char *what,
                              sinter_error *error) const {
  const SizeValue &size = values[expr];
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
  int64_t offset = buffer.offset, limit = 0;
  char *base = nullptr;
  switch (buffer.kind) {
  case SINTER_BUFFER_WEIGHT:
    // Kernels do not write to weights.
    base = const_cast<char *>(model->weights());
    limit = int64_t(model->weightsLength());
    break;
  case SINTER_BUFFER_MODEL:
    base = model->memory();
    limit = plan.modelBytes;
    break;
  case SINTER_BUFFER_ARENA:
    if (isInit && values[buffer.offset_expr].error != SizeError::None)
      return SINTER_STATUS_OK;
    if (sinter_status status =
            value(buffer.offset_expr, offset, "an offset", error))
      return status;
    base = arena.data();
    limit = arenaBytes;
    break;
  default: // placed by each run
    return SINTER_STATUS_OK;
  }
  if (offset <= limit && bytes[number] <= limit - offset) {
    pointers[number] = base ? base + offset : nullptr;
    return SINTER_STATUS_OK;
  }
  if (isInit && buffer.kind == SINTER_BUFFER_ARENA)
    return SINTER_STATUS_OK; // a buffer of `main`
  return fail(error, SINTER_STATUS_BAD_MODEL,
              "buffer %zu exceeds its storage: %lld + %lld of %lld bytes",
              number, (long long)offset, (long long)bytes[number],
              (long long)limit);
}

sinter_status Executor::placeBuffers(uint32_t block, sinter_error *error) {
  bool isInit = block == SINTER_BLOCK_INIT;
  int64_t arenaBytes = 0;
  if (uint32_t expr = plan.blocks[block].arena_expr; expr != SINTER_NONE)
    if (sinter_status status = value(expr, arenaBytes, "the arena", error))
      return status;
  if (!arena.reserve(size_t(arenaBytes)))
    return fail(error, SINTER_STATUS_NO_MEMORY,
                "no memory for an arena of %lld bytes", (long long)arenaBytes);
  for (size_t i = 0; i < plan.buffers.size(); ++i) {
    const sinter_buffer &buffer = plan.buffers[i];
    pointers[i] = nullptr;
    // What this block does not reach may depend on symbols it does not have.
    if (isInit && values[buffer.size_expr].error != SizeError::None)
      continue;
    if (sinter_status status =
            value(buffer.size_expr, bytes[i], "a buffer", error))
      return status;
    if (sinter_status status = placeBuffer(i, arenaBytes, isInit, error))
      return status;
  }
  return SINTER_STATUS_OK;
}

sinter_status Executor::runBlock(uint32_t block, sinter_error *error) {
  FlushDenormals flush;
  const sinter_block &range = plan.blocks[block];
  for (uint32_t i = 0; i < range.count; ++i) {
    Profile::Scope timed(profile, range.first + i);
    const sinter_op &op = plan.ops[range.first + i];
    sinter_status status = SINTER_STATUS_OK;
    switch (op.kind) {
    case SINTER_OP_LAUNCH:
      status = launch(op, error);
      break;
    case SINTER_OP_GUARD:
      status = guard(op, error);
      break;
    case SINTER_OP_COPY:
      status = copy(op, error);
      break;
    default:
      status = fail(error, SINTER_STATUS_UNSUPPORTED,
                    "op %u has kind %u, which this runtime does not know",
                    range.first + i, op.kind);
    }
    if (status)
      return status;
  }
  return SINTER_STATUS_OK;
}

namespace {

struct Launch {
  sinter_kernel kernel;
  void *const *buffers;
  const int64_t *sizes;
  char *scratch = nullptr;
  int64_t scratchStride = 0, extent = 0, step = 0;
  std::atomic<int32_t> failure = 0;

  static void work(void *data, uint32_t part) {
    auto *self = static_cast<Launch *>(data);
    int64_t begin = self->step * part;
    int64_t end =
        self->extent - begin > self->step ? begin + self->step : self->extent;
    char *scratch =
        self->scratch ? self->scratch + self->scratchStride * part : nullptr;
    if (int32_t code =
            self->kernel(self->buffers, self->sizes, scratch, begin, end))
      self->failure.store(code, std::memory_order_relaxed);
  }
};

int64_t divideUp(int64_t a, int64_t b) { return a / b + (a % b != 0); }

} // namespace

sinter_status Executor::gather(const sinter_op &op, sinter_error *error) {
  const char *name = plan.string(op.text);
  for (uint32_t i = 0; i < op.buffer_count; ++i) {
    uint32_t buffer = plan.indices[op.buffers + i];
    arguments[i] = pointers[buffer];
    if (!pointers[buffer] && bytes[buffer] != 0)
      return fail(error, SINTER_STATUS_BAD_MODEL,
                  "kernel '%s' uses buffer %u, which has no storage here", name,
                  buffer);
  }
  for (uint32_t i = 0; i < op.size_count; ++i) {
    const SizeValue &size = values[plan.indices[op.sizes + i]];
    if (size.error != SizeError::None)
      return fail(error, SINTER_STATUS_SHAPE, "kernel '%s': %s", name,
                  text(size.error));
    sizes[i] = size.value;
  }
  return SINTER_STATUS_OK;
}

sinter_status Executor::launch(const sinter_op &op, sinter_error *error) {
  const char *name = plan.string(op.text);
  Launch work;
  work.kernel = model->kernel(op.kernel);
  work.buffers = arguments.data();
  work.sizes = sizes.data();
  if (sinter_status status = value(op.extent, work.extent, name, error))
    return status;
  if (work.extent == 0)
    return SINTER_STATUS_OK;
  if (sinter_status status = gather(op, error))
    return status;
  int64_t grains = divideUp(work.extent, op.grain);
  int64_t parts = std::min<int64_t>(pool.threads(), grains);
  int64_t perPart = divideUp(grains, parts);
  parts = divideUp(grains, perPart);
  // A single part may round up past 64 bits.
  work.step = parts == 1 ? work.extent : perPart * op.grain;
  int64_t scratchBytes = 0;
  if (op.scratch != SINTER_NONE)
    if (sinter_status status = value(op.scratch, scratchBytes, name, error))
      return status;
  if (scratchBytes != 0) {
    int64_t total = 0;
    if (scratchBytes > INT64_MAX - 63 ||
        __builtin_mul_overflow((scratchBytes + 63) / 64 * 64,
                               int64_t(pool.threads()), &total) ||
        !scratch.reserve(size_t(total)))
      return fail(error, SINTER_STATUS_NO_MEMORY,
                  "no memory for the scratch of kernel '%s'", name);
    work.scratchStride = (scratchBytes + 63) / 64 * 64;
    work.scratch = scratch.data();
  }
  pool.run(uint32_t(parts), Launch::work, &work);
  if (int32_t code = work.failure.load(std::memory_order_relaxed))
    return fail(error, SINTER_STATUS_KERNEL, "kernel '%s' failed with code %d",
                name, code);
  return SINTER_STATUS_OK;
}

sinter_status Executor::guard(const sinter_op &op, sinter_error *error) const {
  const SizeValue &a = values[plan.indices[op.sizes]];
  const SizeValue &b = values[plan.indices[op.sizes + 1]];
  SizeError broken = a.error != SizeError::None ? a.error : b.error;
  if (broken != SizeError::None)
    return fail(error, SINTER_STATUS_SHAPE, "%s: %s", plan.string(op.text),
                text(broken));
  if (a.value != b.value)
    return fail(error, SINTER_STATUS_GUARD, "%s (%lld and %lld)",
                plan.string(op.text), (long long)a.value, (long long)b.value);
  return SINTER_STATUS_OK;
}

sinter_status Executor::copy(const sinter_op &op, sinter_error *error) {
  int64_t count = 0;
  if (sinter_status status = value(op.extent, count, "a copy", error))
    return status;
  uint32_t from = plan.indices[op.buffers], to = plan.indices[op.buffers + 1];
  if (count == 0)
    return SINTER_STATUS_OK;
  if (count > bytes[from] || count > bytes[to] || !pointers[from] ||
      !pointers[to] || plan.buffers[to].kind == SINTER_BUFFER_WEIGHT)
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "a copy of %lld bytes exceeds its buffers", (long long)count);
  std::memmove(pointers[to], pointers[from], size_t(count));
  return SINTER_STATUS_OK;
}
