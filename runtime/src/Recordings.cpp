// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of Executor that records what the device does, and repeats it.
#include "Executor.h"
#include "Status.h"

using namespace sinter::runtime;

/// Is it where it is for all runs of a shape?
bool Executor::isFixed(uint32_t number) const {
  const sinter_buffer &buffer = plan.buffers[number];
  switch (buffer.kind) {
  case SINTER_BUFFER_WEIGHT:
  case SINTER_BUFFER_MODEL:
  case SINTER_BUFFER_ARENA:
    return true;
  case SINTER_BUFFER_VIEW:
    return !plan.changes[buffer.offset_expr] &&
           !plan.changes[buffer.size_expr] && isFixed(uint32_t(buffer.offset));
  default:
    return false;
  }
}

bool Executor::isRepeatable(const sinter_op &op) const {
  if (op.kind == SINTER_OP_GUARD)
    return op.size_count == 2 && !plan.changes[plan.indices[op.sizes]] &&
           !plan.changes[plan.indices[op.sizes + 1]];
  if (op.kind != SINTER_OP_DEVICE_LAUNCH && op.kind != SINTER_OP_COPY)
    return false;
  bool result = !plan.changes[op.extent] &&
                (op.scratch == SINTER_NONE || !plan.changes[op.scratch]);
  for (uint32_t i = 0; i < op.size_count; ++i)
    result &= !plan.changes[plan.indices[op.sizes + i]];
  for (uint32_t i = 0; i < op.buffer_count; ++i) {
    uint32_t buffer = plan.indices[op.buffers + i];
    result &= isFixed(buffer) && isOnDevice(plan.buffers[buffer]);
  }
  return result;
}

void Executor::findRepeated() {
  const sinter_block &main = plan.blocks[SINTER_BLOCK_MAIN];
  repeated = Array<Repeated>(main.count);
  size_t count = 0;
  for (uint32_t i = 0; i < main.count;) {
    uint32_t first = i;
    while (i < main.count && isRepeatable(plan.ops[main.first + i]))
      ++i;
    if (i - first > 1)
      repeated[count++] = {main.first + first, i - first, nullptr};
    i += i == first;
  }
}

void Executor::forgetRecordings() {
  runsOfShape = 0;
  for (Repeated &range : repeated)
    range.recording.reset();
}

sinter_status Executor::record(Repeated &range, sinter_error *error) {
  if (sinter_status status = queue->beginRecording(error))
    return status;
  sinter_status result = SINTER_STATUS_OK;
  for (uint32_t i = 0; i < range.count && !result; ++i)
    result = runOp(plan.ops[range.first + i], SINTER_BLOCK_MAIN, error);
  // Ends in any case; the first error counts.
  sinter_status ended =
      queue->endRecording(range.recording, result ? nullptr : error);
  return result ? result : ended;
}

sinter_status Executor::repeat(uint32_t op, uint32_t &count,
                               sinter_error *error) {
  // The first run of a shape allocates; a profile is of single ops.
  if (!queue || runsOfShape == 0 || profile.function)
    return SINTER_STATUS_OK;
  for (Repeated &range : repeated) {
    if (range.first != op || range.count == 0)
      continue;
    if (!range.recording)
      if (sinter_status status = record(range, error))
        return status;
    count = range.count;
    return queue->repeat(*range.recording, error);
  }
  return SINTER_STATUS_OK;
}
