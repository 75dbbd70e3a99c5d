// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of Executor that meets the caller's tensors.
#include <algorithm>
#include <cstdio>

#include "Executor.h"
#include "Status.h"
#include "Types.h"

using namespace sinter::runtime;

namespace {

std::span<const int64_t> dimsOf(const sinter_tensor &tensor) {
  return {tensor.dims, size_t(tensor.rank)};
}

} // namespace

sinter_status Executor::checkTensor(size_t index, const sinter_tensor &tensor,
                                    sinter_error *error) const {
  const sinter_value_info &input = plan.inputs[index];
  const char *name = plan.string(input.name);
  if (tensor.type != int32_t(input.type))
    return fail(error, SINTER_STATUS_TYPE,
                "input '%s': expected element type %u, found %d", name,
                input.type, tensor.type);
  if (tensor.rank != int32_t(input.rank))
    return fail(error, SINTER_STATUS_SHAPE,
                "input '%s': expected rank %u, found %d", name, input.rank,
                tensor.rank);
  if (tensor.rank != 0 && !tensor.dims)
    return fail(error, SINTER_STATUS_BAD_ARGUMENT, "input '%s': dims are NULL",
                name);
  int64_t needed = 0;
  if (!tensorBytes(input.type, dimsOf(tensor), needed))
    return fail(error, SINTER_STATUS_SHAPE,
                "input '%s': a dim is negative or the size exceeds 64 bits",
                name);
  if (uint64_t(needed) > tensor.bytes)
    return fail(error, SINTER_STATUS_SHAPE,
                "input '%s': its dims need %lld bytes, the buffer has %zu",
                name, (long long)needed, tensor.bytes);
  if (needed != 0 && !tensor.data)
    return fail(error, SINTER_STATUS_BAD_ARGUMENT, "input '%s': data is NULL",
                name);
  return checkMemory(tensor, "input", name, error);
}

sinter_status Executor::setInput(size_t index, const sinter_tensor &tensor,
                                 sinter_error *error) {
  if (index >= plan.inputs.size())
    return fail(error, SINTER_STATUS_BAD_ARGUMENT,
                "there is no input %zu; the model has %zu", index,
                plan.inputs.size());
  if (sinter_status status = checkTensor(index, tensor, error))
    return status;
  std::copy(tensor.dims, tensor.dims + tensor.rank, storedDims[index].data());
  storedInputs[index] = tensor;
  storedInputs[index].dims = storedDims[index].data();
  return SINTER_STATUS_OK;
}

sinter_status Executor::runStored(std::span<sinter_tensor> outputs,
                                  sinter_error *error) {
  return run(std::span<const sinter_tensor>(storedInputs), outputs, error);
}

sinter_status Executor::bindSymbols(std::span<const sinter_tensor> inputs,
                                    sinter_error *error) {
  std::fill(symbols.begin(), symbols.end(), unboundSymbol);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const sinter_value_info &input = plan.inputs[i];
    for (uint32_t d = 0; d < input.rank; ++d) {
      auto code = plan.code(plan.indices[input.dims + d]);
      if (code.size() != 1 || code[0].code != SINTER_SIZE_SYMBOL)
        continue;
      auto number = size_t(code[0].value);
      const sinter_symbol &symbol = plan.symbols[number];
      if (symbols[number] >= 0)
        continue;
      int64_t dim = inputs[i].dims[d];
      if (dim < symbol.low || dim > symbol.high)
        return fail(error, SINTER_STATUS_SHAPE,
                    "input '%s', dim %u ('%s'): expected %lld..%lld, found "
                    "%lld",
                    plan.string(input.name), d, plan.string(symbol.name),
                    (long long)symbol.low, (long long)symbol.high,
                    (long long)dim);
      symbols[number] = dim;
    }
  }
  return SINTER_STATUS_OK;
}

void Executor::evaluateAll() {
  for (size_t i = 0; i < plan.exprs.size(); ++i)
    if (!plan.changes[i])
      values[i] = evaluate(plan.code(uint32_t(i)), std::span(symbols),
                           std::span(values.data(), i));
}

sinter_status Executor::checkDims(std::span<const sinter_tensor> inputs,
                                  sinter_error *error) const {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const sinter_value_info &input = plan.inputs[i];
    const char *name = plan.string(input.name);
    for (uint32_t d = 0; d < input.rank; ++d) {
      const SizeValue &expected = values[plan.indices[input.dims + d]];
      if (expected.error != SizeError::None)
        return fail(error, SINTER_STATUS_SHAPE, "input '%s', dim %u: %s", name,
                    d, text(expected.error));
      if (expected.value != inputs[i].dims[d])
        return fail(error, SINTER_STATUS_SHAPE,
                    "input '%s', dim %u: expected %lld, found %lld", name, d,
                    (long long)expected.value, (long long)inputs[i].dims[d]);
    }
  }
  return SINTER_STATUS_OK;
}

sinter_status Executor::placeInputs(std::span<const sinter_tensor> inputs,
                                    sinter_error *error) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    uint32_t buffer = plan.inputs[i].buffer;
    auto *data = static_cast<char *>(inputs[i].data);
    bool isOnDevice = inputs[i].memory == SINTER_MEMORY_DEVICE;
    pointers[buffer] = isOnDevice ? nullptr : data;
    inputPassages[i].device = isOnDevice ? data : nullptr;
    if (uint64_t(bytes[buffer]) > inputs[i].bytes)
      return fail(error, SINTER_STATUS_BAD_MODEL,
                  "input '%s': the plan reads past its dims",
                  plan.string(plan.inputs[i].name));
  }
  return SINTER_STATUS_OK;
}

/// The caller's memory if it is there and large enough, else the context's.
sinter_status Executor::placeOutput(size_t index, sinter_error *error) {
  const sinter_tensor &tensor = callerOutputs[index];
  Passage &passage = outputPassages[index];
  auto needed = size_t(bytes[passage.buffer]);
  bool isOnDevice = tensor.memory == SINTER_MEMORY_DEVICE;
  ownsOutput[index] = !tensor.data;
  auto *data = static_cast<char *>(tensor.data);
  bool isPlaced = true;
  if (!data || tensor.bytes < needed) {
    Memory &memory = isOnDevice ? passage.memory : outputMemory[index];
    isPlaced = memory.reserve(needed);
    data = memory.data();
  }
  passage.device = isOnDevice ? data : nullptr;
  if (isOnDevice && passage.isOnHost)
    isPlaced &= passage.shadow.reserve(needed);
  pointers[passage.buffer] = isOnDevice ? passage.shadow.data() : data;
  return isPlaced ? SINTER_STATUS_OK
                  : fail(error, SINTER_STATUS_NO_MEMORY,
                         "output '%s': no memory for %zu bytes",
                         plan.string(plan.outputs[index].name), needed);
}

/// Outputs of a size that does not change; the others are placed when they are
/// written.
sinter_status Executor::placeOutputs(std::span<sinter_tensor> outputs,
                                     sinter_error *error) {
  callerOutputs = outputs;
  bool allFit = true, allFixed = true;
  for (size_t i = 0; i < outputs.size(); ++i) {
    uint32_t buffer = plan.outputs[i].buffer;
    if (plan.changes[plan.buffers[buffer].size_expr]) {
      allFixed = false;
      continue;
    }
    allFit &= !outputs[i].data || outputs[i].bytes >= size_t(bytes[buffer]);
    if (sinter_status status = placeOutput(i, error))
      return status;
  }
  return allFit || !allFixed ? SINTER_STATUS_OK : describeOutputs(error);
}

/// Fills in the caller's tensors; TOO_SMALL if one is.
sinter_status Executor::describeOutputs(sinter_error *error) {
  sinter_status result = SINTER_STATUS_OK;
  for (size_t i = 0; i < callerOutputs.size(); ++i) {
    const sinter_value_info &output = plan.outputs[i];
    const char *name = plan.string(output.name);
    Array<int64_t> &dims = outputDims[i];
    for (uint32_t d = 0; d < output.rank; ++d)
      if (sinter_status status =
              value(plan.indices[output.dims + d], dims[d], name, error))
        return status;
    int64_t needed = 0;
    if (!tensorBytes(output.type, std::span(dims), needed))
      return fail(error, SINTER_STATUS_SHAPE,
                  "output '%s': its size exceeds 64 bits", name);
    if (needed != bytes[output.buffer])
      return fail(error, SINTER_STATUS_BAD_MODEL,
                  "output '%s': dims and bytes differ in the plan", name);
    sinter_tensor &tensor = callerOutputs[i];
    if (tensor.data && tensor.bytes < uint64_t(needed) &&
        result == SINTER_STATUS_OK)
      result = fail(error, SINTER_STATUS_TOO_SMALL,
                    "output '%s': needs %lld bytes, the buffer has %zu", name,
                    (long long)needed, tensor.bytes);
    char *device = outputPassages[i].device;
    if (!tensor.data && result == SINTER_STATUS_OK)
      tensor.data = device ? device : pointers[output.buffer];
    tensor.type = int32_t(output.type);
    tensor.rank = int32_t(output.rank);
    tensor.dims = dims.data();
    tensor.bytes = size_t(needed);
  }
  return result;
}

/// Forgets what the run before has placed.
void Executor::unplace() {
  for (size_t i = 0; i < plan.buffers.size(); ++i)
    if (plan.buffers[i].kind > SINTER_BUFFER_MODEL ||
        plan.changes[plan.buffers[i].size_expr]) {
      pointers[i] = nullptr;
      bytes[i] = 0;
    }
}

sinter_status Executor::run(std::span<const sinter_tensor> inputs,
                            std::span<sinter_tensor> outputs,
                            sinter_error *error) {
  if (inputs.size() != plan.inputs.size() ||
      outputs.size() != plan.outputs.size())
    return fail(error, SINTER_STATUS_BAD_ARGUMENT,
                "expected %zu inputs and %zu outputs, found %zu and %zu",
                plan.inputs.size(), plan.outputs.size(), inputs.size(),
                outputs.size());
  for (size_t i = 0; i < inputs.size(); ++i)
    if (sinter_status status = checkTensor(i, inputs[i], error))
      return status;
  for (size_t i = 0; i < outputs.size(); ++i)
    if (sinter_status status = checkMemory(
            outputs[i], "output", plan.string(plan.outputs[i].name), error))
      return status;
  if (sinter_status status = bindSymbols(inputs, error))
    return status;
  isDone = false;
  bool isNewShape = !evaluated || !std::equal(symbols.begin(), symbols.end(),
                                              boundSymbols.begin());
  if (isNewShape) {
    evaluated = false;
    evaluateAll();
  }
  if (sinter_status status = checkDims(inputs, error))
    return status;
  if (isNewShape) {
    if (sinter_status status = placeBuffers(SINTER_BLOCK_MAIN, error))
      return status;
    std::copy(symbols.begin(), symbols.end(), boundSymbols.begin());
    evaluated = true;
    logSizes();
  }
  if (sinter_status status = placeInputs(inputs, error))
    return status;
  unplace();
  if (sinter_status status = placeOutputs(outputs, error))
    return status;
  chooseRecording();
  FlushDenormals flush;
  ThreadPool::Activity activity(pool);
  sinter_status status = fetchInputs(error);
  if (!status)
    status = runBlock(SINTER_BLOCK_MAIN, error);
  if (queue)
    status = endOnDevice(status, error);
  if (!status)
    status = describeOutputs(error);
  isDone = status == SINTER_STATUS_OK;
  return status;
}

/// Says which sizes the arena is for now.
void Executor::logSizes() const {
  if (!log.function)
    return;
  char text[400] = "";
  size_t used = 0;
  for (size_t i = 0; i < symbols.size() && used < sizeof(text); ++i)
    if (symbols[i] >= 0)
      used += size_t(std::snprintf(
          text + used, sizeof(text) - used, "%s%s = %lld", used ? ", " : "",
          plan.string(plan.symbols[i].name), (long long)symbols[i]));
  log(SINTER_LOG_INFO, "sizes: %s; an arena of %zu bytes",
      used ? text : "fixed", arena.size());
}
