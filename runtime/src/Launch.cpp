// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of Executor that calls kernels.
#include <algorithm>
#include <atomic>
#include <chrono>

#include "Executor.h"
#include "Status.h"

using namespace sinter::runtime;

namespace {

struct Launch {
  sinter_kernel kernel;
  void *const *buffers;
  const int64_t *sizes;
  char *scratch = nullptr;
  int64_t scratchStride = 0, extent = 0, step = 0;
  int64_t piece = 0; // iterations between two looks at `isCancelled`
  const std::atomic<bool> *isCancelled = nullptr;
  std::atomic<int32_t> failure = 0;
  std::atomic<bool> isStopped = false;

  static void work(void *data, uint32_t part) {
    auto *self = static_cast<Launch *>(data);
    int64_t begin = self->step * part;
    int64_t end =
        self->extent - begin > self->step ? begin + self->step : self->extent;
    char *scratch =
        self->scratch ? self->scratch + self->scratchStride * part : nullptr;
    self->doPieces(scratch, begin, end);
  }

  void doPieces(char *scratch, int64_t begin, int64_t end) {
    for (;;) {
      int64_t stop = end - begin > piece ? begin + piece : end;
      if (int32_t code = kernel(buffers, sizes, scratch, begin, stop))
        return failure.store(code, std::memory_order_relaxed);
      if (stop == end)
        return;
      if (isCancelled->load(std::memory_order_relaxed))
        return isStopped.store(true, std::memory_order_relaxed);
      begin = stop;
    }
  }
};

int64_t divideUp(int64_t a, int64_t b) { return a / b + (a % b != 0); }

/// A launch that took longer than a piece is done in pieces the next time:
/// kernels lose least by that where they are long.
constexpr std::chrono::milliseconds PieceTime(20);
constexpr int64_t MostPieces = 256;

} // namespace

sinter_status Executor::gather(const sinter_op &op, sinter_error *error) {
  const char *name = plan.string(op.text);
  for (uint32_t i = op.buffer_count - op.results; i < op.buffer_count; ++i)
    if (sinter_status status = place(plan.indices[op.buffers + i], error))
      return status;
  for (uint32_t i = 0; i < op.buffer_count; ++i) {
    uint32_t buffer = plan.indices[op.buffers + i];
    Place where{pointers[buffer], bytes[buffer]};
    if (plan.buffers[buffer].kind == SINTER_BUFFER_VIEW)
      if (sinter_status status = locate(buffer, where, error))
        return status;
    arguments[i] = where.data;
    if (!where.data && where.bytes != 0)
      return fail(error, SINTER_STATUS_BAD_MODEL,
                  "kernel '%s' uses buffer %u, which has no storage here", name,
                  buffer);
  }
  for (uint32_t i = 0; i < op.size_count; ++i) {
    SizeValue size = sizeOf(plan.indices[op.sizes + i]);
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
  if (sinter_status status = gather(op, error))
    return status;
  if (work.extent == 0)
    return SINTER_STATUS_OK;
  if (sinter_status status = receive(error))
    return status;
  int64_t grains = divideUp(work.extent, op.grain);
  int64_t parts = std::min<int64_t>(pool.threads(), grains);
  int64_t perPart = divideUp(grains, parts);
  parts = divideUp(grains, perPart);
  // A single part may round up past 64 bits.
  work.step = parts == 1 ? work.extent : perPart * op.grain;
  if (sinter_status status = reserveScratch(op, scratch, pool.threads(),
                                            work.scratchStride, error))
    return status;
  work.scratch = work.scratchStride ? scratch.data() : nullptr;
  uint32_t &count = pieces[size_t(&op - plan.ops.data())];
  int64_t grainsOfPiece = divideUp(perPart, std::max<int64_t>(count, 1));
  work.piece = grainsOfPiece == perPart ? work.step : grainsOfPiece * op.grain;
  work.isCancelled = &isCancelled;
  auto start = std::chrono::steady_clock::now();
  pool.run(uint32_t(parts), Launch::work, &work);
  count = uint32_t(std::min<int64_t>(
      (std::chrono::steady_clock::now() - start) / PieceTime, MostPieces));
  if (work.isStopped.load(std::memory_order_relaxed))
    return cancelled(error);
  if (int32_t code = work.failure.load(std::memory_order_relaxed))
    return fail(error, SINTER_STATUS_KERNEL, "kernel '%s' failed with code %d",
                name, code);
  return SINTER_STATUS_OK;
}

/// Makes the scratch of `parts`; `stride` is that of one, 0 for none.
sinter_status Executor::reserveScratch(const sinter_op &op, Memory &memory,
                                       int64_t parts, int64_t &stride,
                                       sinter_error *error) {
  const char *name = plan.string(op.text);
  stride = 0;
  if (op.scratch != SINTER_NONE)
    if (sinter_status status = value(op.scratch, stride, name, error))
      return status;
  int64_t total = 0;
  if (stride > INT64_MAX - 63 ||
      __builtin_mul_overflow((stride + 63) / 64 * 64, parts, &total) ||
      (total != 0 && !memory.reserve(size_t(total))))
    return fail(error, SINTER_STATUS_NO_MEMORY,
                "no memory for the scratch of kernel '%s'", name);
  stride = (stride + 63) / 64 * 64;
  return SINTER_STATUS_OK;
}

/// Kernels whose offsets have 32 bits refuse larger buffers.
sinter_status Executor::checkNarrow(const sinter_op &op,
                                    sinter_error *error) const {
  int64_t most = model->head().device_kernels[op.kernel].most_bytes;
  for (uint32_t i = 0; i < op.buffer_count && most != 0; ++i) {
    Place where;
    if (sinter_status status =
            locate(plan.indices[op.buffers + i], where, error))
      return status;
    if (where.bytes > most)
      return fail(error, SINTER_STATUS_SHAPE,
                  "kernel '%s': a tensor of %lld bytes is larger than the %lld "
                  "that it was compiled for",
                  plan.string(op.text), (long long)where.bytes,
                  (long long)most);
  }
  return SINTER_STATUS_OK;
}

sinter_status Executor::launchOnDevice(const sinter_op &op,
                                       sinter_error *error) {
  constexpr int64_t mostBlocks = 1 << 30; // whole clusters
  DeviceLaunch work;
  work.kernel = op.kernel;
  work.name = plan.string(op.text);
  if (sinter_status status = value(op.extent, work.extent, work.name, error))
    return status;
  if (sinter_status status = gather(op, error))
    return status;
  if (work.extent == 0)
    return SINTER_STATUS_OK;
  if (sinter_status status = checkNarrow(op, error))
    return status;
  work.buffers = {arguments.data(), op.buffer_count};
  work.sizes = {sizes.data(), op.size_count};
  uint32_t most = model->head().device_kernels[op.kernel].most_blocks;
  work.blocks = uint32_t(std::min(work.extent, most ? most : mostBlocks));
  int64_t stride = 0;
  if (sinter_status status =
          reserveScratch(op, deviceScratch, work.blocks, stride, error))
    return status;
  work.hasScratch = op.scratch != SINTER_NONE;
  work.scratch = work.hasScratch ? deviceScratch.data() : nullptr;
  return queue->launch(work, error);
}
