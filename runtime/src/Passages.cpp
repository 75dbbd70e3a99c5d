// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of Executor that meets the caller's tensors where they are on the
// device, while the plan has them on the host.
#include "Executor.h"
#include "Status.h"
#include "Types.h"

using namespace sinter::runtime;

/// The buffer that a view is part of, or the buffer itself.
uint32_t Executor::storageOf(uint32_t number) const {
  const sinter_buffer &buffer = plan.buffers[number];
  return buffer.kind == SINTER_BUFFER_VIEW ? uint32_t(buffer.offset) : number;
}

void Executor::findPassages() {
  for (Passage &passage : outputPassages)
    passage.memory.takeFrom(model->device());
  Array<uint32_t> writes(plan.buffers.size());
  for (const sinter_op &op : plan.ops)
    for (uint32_t i = 0; i < op.buffer_count; ++i) {
      uint32_t number = storageOf(plan.indices[op.buffers + i]);
      const sinter_buffer &buffer = plan.buffers[number];
      writes[number] += i >= op.buffer_count - writtenBy(op);
      if (op.kind == SINTER_OP_COPY)
        continue;
      if (buffer.kind == SINTER_BUFFER_INPUT)
        inputPassages[size_t(buffer.offset)].isOnHost = true;
      if (buffer.kind == SINTER_BUFFER_OUTPUT)
        outputPassages[size_t(buffer.offset)].isOnHost = true;
    }
  for (uint32_t op = 0; op < plan.ops.size(); ++op)
    if (plan.ops[op].kind == SINTER_OP_COPY)
      findTwins(op, writes);
  for (size_t i = 0; i < inputPassages.size(); ++i)
    if (!inputPassages[i].isOnHost)
      keptInputs[i].takeFrom(model->device());
}

/// A buffer of the arena that is nothing but a copy of an input, or that
/// nothing but a copy makes an output of, at the end.
void Executor::findTwins(uint32_t number, const Array<uint32_t> &writes) {
  const sinter_op &copy = plan.ops[number];
  uint32_t from = plan.indices[copy.buffers];
  uint32_t to = plan.indices[copy.buffers + 1];
  const sinter_buffer &source = plan.buffers[from], &target = plan.buffers[to];
  auto isInArena = [](const sinter_buffer &buffer) {
    return buffer.kind == SINTER_BUFFER_ARENA && isOnDevice(buffer);
  };
  auto isTaken = [&](uint32_t buffer) {
    bool result = false;
    forEachTwin(
        [&](const Passage &passage) { result |= passage.twin == buffer; });
    return result;
  };
  if (source.kind == SINTER_BUFFER_INPUT && isInArena(target) &&
      writes[to] == 1 && !isTaken(to)) {
    Passage &passage = inputPassages[size_t(source.offset)];
    passage.twin = to;
    passage.copied = copy.extent;
  }
  const sinter_block &main = plan.blocks[SINTER_BLOCK_MAIN];
  if (target.kind != SINTER_BUFFER_OUTPUT || !isInArena(source) ||
      writes[to] != 1 || isTaken(from) || number - main.first >= main.count)
    return;
  for (uint32_t later = number + 1; later < main.first + main.count; ++later)
    if (plan.ops[later].kind != SINTER_OP_COPY ||
        storageOf(plan.indices[plan.ops[later].buffers + 1]) == from)
      return;
  Passage &passage = outputPassages[size_t(target.offset)];
  passage.twin = from;
  passage.copied = copy.extent;
}

/// Where the twin can be in the caller's tensor, or null.
char *Executor::aliasOf(const Passage &passage) const {
  SizeValue copied = sizeOf(passage.copied);
  bool isWhole = copied.error == SizeError::None &&
                 copied.value == bytes[passage.twin] &&
                 copied.value == bytes[passage.buffer];
  bool isAligned =
      reinterpret_cast<uintptr_t>(passage.device) % SINTER_ALIGNMENT == 0;
  return isWhole && isAligned ? passage.device : nullptr;
}

sinter_status Executor::checkMemory(const sinter_tensor &tensor,
                                    const char *kind, const char *name,
                                    sinter_error *error) const {
  if (tensor.memory > SINTER_MEMORY_DEVICE || tensor.reserved != 0)
    return fail(error, SINTER_STATUS_BAD_ARGUMENT,
                "%s '%s': there is no memory %u", kind, name, tensor.memory);
  if (tensor.memory == SINTER_MEMORY_HOST)
    return SINTER_STATUS_OK;
  if (!queue)
    return fail(error, SINTER_STATUS_BAD_ARGUMENT,
                "%s '%s' is in the memory of a GPU, and the model is not for "
                "one",
                kind, name);
  if (tensor.data && tensor.bytes != 0 && !model->device()->owns(tensor.data))
    return fail(error, SINTER_STATUS_BAD_ARGUMENT,
                "%s '%s': data is not in the memory of the model's GPU", kind,
                name);
  return SINTER_STATUS_OK;
}

/// Of a copy: an input or output may be on the device although the plan has it
/// on the host.
sinter_status Executor::locateEnd(uint32_t number, Place &result,
                                  bool &isOnDevice, sinter_error *error) const {
  const sinter_buffer &storage = plan.buffers[storageOf(number)];
  char *device = nullptr;
  if (storage.kind == SINTER_BUFFER_INPUT)
    device = inputPassages[size_t(storage.offset)].device;
  if (storage.kind == SINTER_BUFFER_OUTPUT)
    if (const Passage &passage = outputPassages[size_t(storage.offset)];
        !passage.isOnHost)
      device = passage.device;
  isOnDevice = device || runtime::isOnDevice(storage);
  return device ? locateIn(device, number, result, error)
                : locate(number, result, error);
}

/// What the host reads of inputs on the device.
sinter_status Executor::fetchInputs(sinter_error *error) {
  for (size_t i = 0; i < inputPassages.size(); ++i) {
    Passage &passage = inputPassages[i];
    auto size = size_t(bytes[passage.buffer]);
    if (!passage.device || !passage.isOnHost || size == 0)
      continue;
    if (!passage.shadow.reserve(size))
      return fail(error, SINTER_STATUS_NO_MEMORY,
                  "input '%s': no memory for %zu bytes",
                  plan.string(plan.inputs[i].name), size);
    pointers[passage.buffer] = passage.shadow.data();
    if (sinter_status status =
            queue->download(passage.shadow.data(), passage.device, size, error))
      return status;
  }
  return SINTER_STATUS_OK;
}

/// What the host wrote of outputs on the device.
sinter_status Executor::deliverOutputs(sinter_error *error) {
  for (const Passage &passage : outputPassages)
    if (auto size = size_t(bytes[passage.buffer]);
        passage.device && passage.isOnHost && size != 0)
      if (sinter_status status =
              queue->upload(passage.device, passage.shadow.data(), size, error))
        return status;
  return SINTER_STATUS_OK;
}

/// Ends a run that went as `status` says.
sinter_status Executor::endOnDevice(sinter_status status, sinter_error *error) {
  if (!status)
    status = deliverOutputs(error);
  if (!status)
    status = queue->endRun(error);
  if (status)
    queue->abandon();
  else if (met)
    ++met->runs;
  return status;
}

sinter_status Executor::keepInput(size_t index, const sinter_tensor &tensor,
                                  sinter_error *error) {
  if (sinter_status status = setInput(index, tensor, error))
    return status;
  sinter_tensor &stored = storedInputs[index];
  const sinter_tensor given = std::exchange(stored, {});
  int64_t size = 0;
  (void)tensorBytes(uint32_t(given.type), {given.dims, size_t(given.rank)},
                    size); // checked
  Memory &kept = keptInputs[index];
  if (!kept.reserve(size_t(size)))
    return fail(error, SINTER_STATUS_NO_MEMORY,
                "input '%s': no memory for %lld bytes",
                plan.string(plan.inputs[index].name), (long long)size);
  bool isToDevice = queue && !inputPassages[index].isOnHost;
  sinter_status status = SINTER_STATUS_OK;
  if (size != 0)
    status = copyBytes(
        kept.data(), isToDevice, static_cast<const char *>(given.data),
        given.memory == SINTER_MEMORY_DEVICE, size_t(size), error);
  if (!status && queue)
    status = queue->finish(error);
  if (status)
    return status;
  stored = given;
  stored.data = kept.data();
  stored.bytes = size_t(size);
  stored.memory = isToDevice ? SINTER_MEMORY_DEVICE : SINTER_MEMORY_HOST;
  return SINTER_STATUS_OK;
}

sinter_status Executor::setStream(void *stream, sinter_error *error) {
  return queue ? queue->setStream(stream, error)
               : fail(error, SINTER_STATUS_BAD_ARGUMENT,
                      "the model is not for a GPU: it has no stream");
}
