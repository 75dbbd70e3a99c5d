// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of Executor that records what the device does, and repeats it.
//
// What is recorded is for the sizes and the tensors of a run: where the caller
// has some of them on the device, kernels use them in their place. Tensors that
// are met for the second time are recorded; others are copied to and from the
// arena, whose recording does for all of them.
#include <algorithm>

#include "Executor.h"
#include "Status.h"

using namespace sinter::runtime;

namespace {

/// Recordings that are kept, the last used ones.
constexpr size_t mostRecorded = 32;

} // namespace

/// Is it where it is for all runs of the same sizes and tensors?
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
  Array<Repeated> found(main.count);
  size_t count = 0;
  for (uint32_t i = 0; i < main.count;) {
    uint32_t first = i;
    while (i < main.count && isRepeatable(plan.ops[main.first + i]))
      ++i;
    if (i - first > 1)
      found[count++] = {main.first + first, i - first};
    i += i == first;
  }
  repeated = Array<Repeated>(count);
  std::copy_n(found.begin(), count, repeated.begin());
  recorded = Array<Recorded>(count == 0 ? 0 : mostRecorded);
  aliases = Array<char *>(inputPassages.size() + outputPassages.size());
}

/// What is recorded has these addresses in it.
void Executor::checkRecordings() {
  if (recordedArena == deviceArena.data() &&
      recordedScratch == deviceScratch.data())
    return;
  recordedArena = deviceArena.data();
  recordedScratch = deviceScratch.data();
  for (Recorded &entry : recorded)
    for (std::unique_ptr<Recording> &range : entry.ranges)
      range.reset();
}

/// What there is for the sizes at hand and these tensors, or the place for it:
/// that of what was not used for longest.
Executor::Recorded &Executor::recordedFor(std::span<char *const> tensors) {
  Recorded *oldest = recorded.data();
  ++useCount;
  for (Recorded &entry : recorded) {
    if (entry.lastUse != 0 && std::ranges::equal(entry.symbols, symbols) &&
        std::ranges::equal(entry.aliases, tensors)) {
      entry.lastUse = useCount;
      return entry;
    }
    if (entry.lastUse < oldest->lastUse)
      oldest = &entry;
  }
  *oldest = Recorded();
  oldest->symbols = Array<int64_t>(symbols.size());
  std::copy(symbols.begin(), symbols.end(), oldest->symbols.begin());
  oldest->aliases = Array<char *>(tensors.size());
  std::copy(tensors.begin(), tensors.end(), oldest->aliases.begin());
  oldest->ranges = Array<std::unique_ptr<Recording>>(repeated.size());
  oldest->lastUse = useCount;
  return *oldest;
}

/// Decides where twins are in this run, and what of it is recorded.
void Executor::chooseRecording() {
  recording = met = nullptr;
  size_t count = 0;
  bool hasAliases = false;
  forEachTwin([&](const Passage &passage) {
    aliases[count] = passage.device ? aliasOf(passage) : nullptr;
    hasAliases |= aliases[count++] != nullptr;
  });
  std::span tensors(aliases.data(), count);
  // The first run of a shape allocates.
  bool hasRun = std::ranges::any_of(recorded, [&](const Recorded &entry) {
    return entry.runs != 0 && std::ranges::equal(entry.symbols, symbols);
  });
  if (recorded.size() != 0) {
    met = &recordedFor(tensors);
    if (hasRun && met->runs == 0 && hasAliases) {
      std::ranges::fill(tensors, nullptr);
      recording = &recordedFor(tensors);
    } else if (hasRun) {
      recording = met;
    }
  }
  count = 0;
  forEachTwin([&](const Passage &passage) {
    char *alias = tensors[count++];
    pointers[passage.twin] = alias ? alias : home(passage.twin);
  });
}

/// Where a buffer of the device's arena is, unless a tensor is in its place.
char *Executor::home(uint32_t number) const {
  SizeValue offset = sizeOf(plan.buffers[number].offset_expr);
  return deviceArena.data() ? deviceArena.data() + offset.value : nullptr;
}

sinter_status Executor::record(const Repeated &range,
                               std::unique_ptr<Recording> &result,
                               sinter_error *error) {
  if (sinter_status status = queue->beginRecording(error))
    return status;
  sinter_status failed = SINTER_STATUS_OK;
  for (uint32_t i = 0; i < range.count && !failed; ++i)
    failed = runOp(plan.ops[range.first + i], SINTER_BLOCK_MAIN, error);
  // Ends in any case; the first error counts.
  sinter_status ended = queue->endRecording(result, failed ? nullptr : error);
  return failed ? failed : ended;
}

sinter_status Executor::repeat(uint32_t op, uint32_t &count,
                               sinter_error *error) {
  // A profile is of single ops, and so is what a profiler sees.
  if (!recording || profile.function || queue->isTraced())
    return SINTER_STATUS_OK;
  for (size_t i = 0; i < repeated.size(); ++i) {
    const Repeated &range = repeated[i];
    if (range.first != op)
      continue;
    checkRecordings();
    std::unique_ptr<Recording> &result = recording->ranges[i];
    if (!result)
      if (sinter_status status = record(range, result, error))
        return status;
    count = range.count;
    return queue->repeat(*result, error);
  }
  return SINTER_STATUS_OK;
}
