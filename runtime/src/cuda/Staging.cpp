// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Staging.h"

#include <algorithm>
#include <cstring>

#include "Status.h"
#include "ThreadPool.h"

using namespace sinter::runtime;
using namespace sinter::runtime::cuda;

namespace {

constexpr unsigned withoutTime = 2; // CU_EVENT_DISABLE_TIMING
/// Of a transfer in pieces, the least; one that is no longer than two is whole.
constexpr size_t leastPiece = 512 << 10;
/// What a thread copies at least.
constexpr size_t leastPart = 128 << 10;

struct HostCopy {
  char *to;
  const char *from;
  size_t size, step;

  static void work(void *data, uint32_t part) {
    const auto &self = *static_cast<HostCopy *>(data);
    size_t begin = self.step * part;
    std::memcpy(self.to + begin, self.from + begin,
                std::min(self.step, self.size - begin));
  }
};

} // namespace

Staging::~Staging() {
  CudaDevice::Current current(device);
  for (Slot &slot : slots)
    if (slot.event)
      driver.destroyEvent(slot.event);
  if (memory)
    driver.releaseLocked(memory);
}

sinter_status Staging::start(sinter_error *error) {
  void *allocated = nullptr;
  if (driver.allocateLocked(&allocated, slotCount * slotBytes, 0) != 0)
    return fail(error, SINTER_STATUS_NO_MEMORY,
                "no memory that is page-locked for the GPU");
  memory = static_cast<char *>(allocated);
  for (size_t i = 0; i < slotCount; ++i) {
    slots[i].data = memory + i * slotBytes;
    if (sinter_status status =
            device.check(driver.createEvent(&slots[i].event, withoutTime),
                         "making an event", error))
      return status;
  }
  return SINTER_STATUS_OK;
}

/// Of a transfer of `size` bytes.
size_t Staging::pieceOf(size_t size) {
  if (size <= 2 * leastPiece)
    return size;
  size_t eighth = (size / 8 + 63) / 64 * 64;
  return std::clamp(eighth, leastPiece, slotBytes);
}

void Staging::copy(char *to, const char *from, size_t size) {
  size_t parts = std::min<size_t>(pool ? pool->threads() : 1,
                                  std::max<size_t>(size / leastPart, 1));
  HostCopy work = {to, from, size, (size + parts - 1) / parts};
  if (parts == 1)
    HostCopy::work(&work, 0);
  else
    pool->run(uint32_t((size + work.step - 1) / work.step), HostCopy::work,
              &work);
}

/// Waits for what uses the slot; it is free afterwards.
sinter_status Staging::drain(Slot &slot, sinter_error *error) {
  if (slot.used != 0)
    if (sinter_status status = device.check(driver.finishEvent(slot.event),
                                            "running the model", error))
      return status;
  for (const Part &part : std::span(slot.parts, slot.partCount))
    copy(part.to, part.from, part.size);
  slot.used = slot.partCount = 0;
  return SINTER_STATUS_OK;
}

/// Room for `size` bytes, at most those of a slot.
sinter_status Staging::take(size_t size, Slot *&slot, char *&data,
                            sinter_error *error) {
  if (!memory || !slots[slotCount - 1].event)
    if (sinter_status status = start(error))
      return status;
  slot = &slots[current];
  if (size > slotBytes - slot->used || slot->partCount == mostParts) {
    current = (current + 1) % slotCount;
    slot = &slots[current];
    if (sinter_status status = drain(*slot, error))
      return status;
  }
  data = slot->data + slot->used;
  slot->used = std::min((slot->used + size + 63) / 64 * 64, slotBytes);
  return SINTER_STATUS_OK;
}

sinter_status Staging::upload(char *to, const char *from, size_t size,
                              Stream stream, sinter_error *error) {
  for (size_t piece = pieceOf(size), at = 0; at < size; at += piece) {
    size_t count = std::min(piece, size - at);
    Slot *slot = nullptr;
    char *data = nullptr;
    if (sinter_status status = take(count, slot, data, error))
      return status;
    copy(data, from + at, count);
    Result result = driver.upload(pointerOf(to + at), data, count, stream);
    if (result == 0)
      result = driver.recordEvent(slot->event, stream);
    if (sinter_status status =
            device.check(result, "copying to the GPU", error))
      return status;
  }
  return SINTER_STATUS_OK;
}

sinter_status Staging::download(char *to, const char *from, size_t size,
                                Stream stream, sinter_error *error) {
  for (size_t piece = pieceOf(size), at = 0; at < size; at += piece) {
    size_t count = std::min(piece, size - at);
    Slot *slot = nullptr;
    char *data = nullptr;
    if (sinter_status status = take(count, slot, data, error))
      return status;
    Result result = driver.download(data, pointerOf(from + at), count, stream);
    if (result == 0)
      result = driver.recordEvent(slot->event, stream);
    if (sinter_status status =
            device.check(result, "copying from the GPU", error))
      return status;
    slot->parts[slot->partCount++] = {to + at, data, count};
  }
  return SINTER_STATUS_OK;
}

/// From the slot that was taken first.
sinter_status Staging::receive(sinter_error *error) {
  for (size_t i = 1; i <= slotCount; ++i)
    if (Slot &slot = slots[(current + i) % slotCount]; slot.partCount != 0)
      if (sinter_status status = drain(slot, error))
        return status;
  return SINTER_STATUS_OK;
}

void Staging::forget() {
  for (Slot &slot : slots)
    slot.used = slot.partCount = 0;
}
