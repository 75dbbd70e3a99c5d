// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of Executor that runs regions, and places what depends on them.
#include <cstring>

#include "Executor.h"
#include "Status.h"

using namespace sinter::runtime;

sinter_status Executor::locate(uint32_t number, Place &result,
                               sinter_error *error) const {
  return locateIn(pointers[storageOf(number)], number, result, error);
}

/// Where a buffer is if its storage is at `data`.
sinter_status Executor::locateIn(char *data, uint32_t number, Place &result,
                                 sinter_error *error) const {
  const sinter_buffer &buffer = plan.buffers[number];
  if (buffer.kind != SINTER_BUFFER_VIEW) {
    result = {data, bytes[number]};
    return SINTER_STATUS_OK;
  }
  int64_t offset = 0, size = 0;
  if (sinter_status status =
          value(buffer.offset_expr, offset, "an offset", error))
    return status;
  if (sinter_status status = value(buffer.size_expr, size, "a part", error))
    return status;
  Place base{data, bytes[buffer.offset]};
  if (offset > base.bytes || size > base.bytes - offset)
    return fail(error, SINTER_STATUS_SHAPE,
                "a part of %lld bytes at byte %lld exceeds the %lld bytes of "
                "its tensor",
                (long long)size, (long long)offset, (long long)base.bytes);
  result = {base.data ? base.data + offset : nullptr, size};
  return SINTER_STATUS_OK;
}

sinter_status Executor::place(uint32_t number, sinter_error *error) {
  const sinter_buffer &buffer = plan.buffers[number];
  bool isOutput = buffer.kind == SINTER_BUFFER_OUTPUT;
  if (buffer.kind != SINTER_BUFFER_DYNAMIC &&
      !(isOutput && plan.changes[buffer.size_expr]))
    return SINTER_STATUS_OK;
  int64_t size = 0;
  if (sinter_status status = bytesOf(number, size, error))
    return status;
  bytes[number] = size;
  if (!isOnDevice(buffer)) // what it had may still be written to
    if (sinter_status status = receive(error))
      return status;
  if (isOutput)
    return placeOutput(size_t(buffer.offset), error);
  Memory &slab = slabs[size_t(buffer.offset)];
  if (!slab.reserve(size_t(size)))
    return fail(error, SINTER_STATUS_NO_MEMORY,
                "no memory for a buffer of %lld bytes", (long long)size);
  pointers[number] = slab.data();
  return SINTER_STATUS_OK;
}

sinter_status Executor::placeAll(const sinter_op &op, sinter_error *error) {
  for (uint32_t i = 0; i < op.buffer_count; ++i)
    if (sinter_status status = place(plan.indices[op.buffers + i], error))
      return status;
  return SINTER_STATUS_OK;
}

sinter_status Executor::append(const sinter_op &op, sinter_error *error) {
  uint32_t from = plan.indices[op.buffers], to = plan.indices[op.buffers + 1];
  int64_t used = 0, size = 0;
  Place part;
  sinter_status status = value(op.extent, used, "an offset", error);
  if (!status)
    status = locate(from, part, error);
  if (!status)
    status = receive(error);
  if (status)
    return status;
  if (used > bytes[to] || (!part.data && part.bytes != 0))
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "%lld bytes are appended at byte %lld of %lld",
                (long long)part.bytes, (long long)used, (long long)bytes[to]);
  Memory &slab = slabs[size_t(plan.buffers[to].offset)];
  if (__builtin_add_overflow(used, part.bytes, &size) ||
      !slab.grow(size_t(size), size_t(used)))
    return fail(error, SINTER_STATUS_NO_MEMORY,
                "no memory for what a loop collects");
  bool isOnDevice = runtime::isOnDevice(plan.buffers[to]);
  if (part.bytes != 0)
    status = copyBytes(slab.data() + used, isOnDevice, part.data, isOnDevice,
                       size_t(part.bytes), error);
  if (status)
    return status;
  pointers[to] = slab.data();
  bytes[to] = size;
  return SINTER_STATUS_OK;
}

sinter_status Executor::element(uint32_t number, size_t size, const char *&data,
                                sinter_error *error) const {
  Place where;
  if (sinter_status status = locate(number, where, error))
    return status;
  if (sinter_status status = receive(error))
    return status;
  if (!where.data || where.bytes < int64_t(size))
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "buffer %u has no element to read", number);
  data = where.data;
  return SINTER_STATUS_OK;
}

sinter_status Executor::truth(uint32_t number, bool &result,
                              sinter_error *error) const {
  const char *data = nullptr;
  if (sinter_status status = element(number, 1, data, error))
    return status;
  result = *data != 0;
  return SINTER_STATUS_OK;
}

sinter_status Executor::bindOne(uint32_t symbol, int64_t value,
                                const char *what, sinter_error *error) {
  const sinter_symbol &range = plan.symbols[symbol];
  if (value < range.low || value > range.high)
    return fail(error, SINTER_STATUS_SHAPE,
                "%s: expected a size in %lld..%lld, found %lld", what,
                (long long)range.low, (long long)range.high, (long long)value);
  bound[symbol] = value;
  return SINTER_STATUS_OK;
}

sinter_status Executor::bind(const sinter_op &op, sinter_error *error) {
  const char *what = plan.string(op.text);
  for (uint32_t i = 0; i < op.symbol_count; ++i) {
    int64_t size = 0;
    sinter_status status = SINTER_STATUS_OK;
    if (i < op.size_count) {
      status = value(plan.indices[op.sizes + i], size, what, error);
    } else {
      const char *data = nullptr;
      status = element(plan.indices[op.buffers + i - op.size_count],
                       sizeof(size), data, error);
      if (!status)
        std::memcpy(&size, data, sizeof(size));
    }
    if (!status)
      status = bindOne(plan.indices[op.symbols + i], size, what, error);
    if (status)
      return status;
  }
  for (uint32_t i = 0; i < op.symbol_count; ++i) {
    uint32_t symbol = plan.indices[op.symbols + i];
    symbols[symbol] = bound[symbol];
  }
  return SINTER_STATUS_OK;
}

sinter_status Executor::branch(const sinter_op &op, sinter_error *error) {
  bool condition = false;
  if (sinter_status status = truth(plan.indices[op.buffers], condition, error))
    return status;
  return runBlock(op.blocks[condition ? 0 : 1], error);
}

sinter_status Executor::loop(const sinter_op &op, sinter_error *error) {
  int64_t trips = INT64_MAX;
  if (op.extent != SINTER_NONE)
    if (sinter_status status = value(op.extent, trips, "a loop", error))
      return status;
  for (uint32_t i = 0; i < op.results; ++i) {
    const uint32_t *triple = plan.indices.data() + op.buffers + 3 * i;
    Place first;
    if (sinter_status status = locate(triple[0], first, error))
      return status;
    pointers[triple[1]] = first.data;
    bytes[triple[1]] = first.bytes;
  }
  bool hasCondition = op.buffer_count > 3 * op.results;
  const uint32_t *condition = plan.indices.data() + op.buffers + 3 * op.results;
  int64_t &count = symbols[plan.indices[op.symbols]];
  for (count = 0; count < trips; ++count) {
    if (sinter_status status = checkCancelled(error))
      return status;
    bool goesOn = true;
    if (hasCondition)
      if (sinter_status status = truth(condition[count != 0], goesOn, error))
        return status;
    if (!goesOn)
      break;
    if (sinter_status status = runBlock(op.blocks[0], error))
      return status;
    if (sinter_status status = carry(op, error))
      return status;
  }
  return SINTER_STATUS_OK;
}

sinter_status Executor::carry(const sinter_op &op, sinter_error *error) {
  for (uint32_t i = 0; i < op.results; ++i) {
    const uint32_t *triple = plan.indices.data() + op.buffers + 3 * i;
    uint32_t to = triple[1], from = triple[2];
    if (!pointers[from])
      return fail(error, SINTER_STATUS_BAD_MODEL,
                  "a loop does not write buffer %u", from);
    Memory &slab = slabs[size_t(plan.buffers[to].offset)];
    slab.swap(slabs[size_t(plan.buffers[from].offset)]);
    pointers[to] = pointers[from];
    bytes[to] = bytes[from];
    pointers[from] = nullptr;
  }
  return SINTER_STATUS_OK;
}
