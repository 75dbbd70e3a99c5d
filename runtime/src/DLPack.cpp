// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DLPack.h"

#include "Array.h"
#include "Executor.h"
#include "Status.h"
#include "Types.h"

using namespace sinter::runtime;

namespace {

/// Types of whole bytes that both have, by the number in ONNX.
struct TypeRow {
  int32_t onnx;
  dlpack::Code code;
  uint8_t bits;
};

constexpr TypeRow Types[] = {
    {1, dlpack::Float, 32},
    {2, dlpack::UInt, 8},
    {3, dlpack::Int, 8},
    {4, dlpack::UInt, 16},
    {5, dlpack::Int, 16},
    {6, dlpack::Int, 32},
    {7, dlpack::Int, 64},
    {9, dlpack::Bool, 8},
    {10, dlpack::Float, 16},
    {11, dlpack::Float, 64},
    {12, dlpack::UInt, 32},
    {13, dlpack::UInt, 64},
    {14, dlpack::Complex, 64},
    {15, dlpack::Complex, 128},
    {16, dlpack::Bfloat, 16},
    {17, dlpack::Float8E4M3fn, 8},
    {18, dlpack::Float8E4M3fnuz, 8},
    {19, dlpack::Float8E5M2, 8},
    {20, dlpack::Float8E5M2fnuz, 8},
    {24, dlpack::Float8E8M0fnu, 8},
};

bool isDense(const dlpack::Tensor &tensor) {
  if (!tensor.strides)
    return true;
  int64_t stride = 1;
  for (int32_t i = 0; i < tensor.rank; ++i)
    if (tensor.shape[i] == 0)
      return true;
  for (int32_t i = tensor.rank; i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != stride)
      return false;
    if (__builtin_mul_overflow(stride, tensor.shape[i], &stride))
      return false;
  }
  return true;
}

/// A tensor that owns its memory, which may be that of the model's device.
struct Given {
  dlpack::Managed managed = {};
  std::shared_ptr<const Model> model;
  Memory memory;
  Array<int64_t> dims;
};

void destroy(DLManagedTensor *tensor) {
  delete static_cast<Given *>(
      reinterpret_cast<dlpack::Managed *>(tensor)->owner);
}

} // namespace

sinter_status sinter_tensor_from_dlpack(const void *from, sinter_tensor *tensor,
                                        sinter_error *error) {
  if (!from || !tensor)
    return fail(error, SINTER_STATUS_BAD_ARGUMENT, "an argument is NULL");
  const auto &source = *static_cast<const dlpack::Tensor *>(from);
  bool isOnHost = source.device.type == dlpack::Cpu ||
                  source.device.type == dlpack::CudaHost;
  if (!isOnHost && source.device.type != dlpack::Cuda &&
      source.device.type != dlpack::CudaManaged)
    return fail(error, SINTER_STATUS_UNSUPPORTED,
                "a DLPack tensor on a device of kind %d, neither in host "
                "memory nor in that of a GPU",
                source.device.type);
  if (source.rank < 0 || (source.rank != 0 && !source.shape))
    return fail(error, SINTER_STATUS_BAD_ARGUMENT,
                "a DLPack tensor without a shape");
  if (!isDense(source))
    return fail(error, SINTER_STATUS_SHAPE,
                "a DLPack tensor with gaps, or not in row-major order");
  for (const TypeRow &row : Types) {
    if (row.code != source.type.code || row.bits != source.type.bits ||
        source.type.lanes != 1)
      continue;
    int64_t bytes = 0;
    if (!tensorBytes(uint32_t(row.onnx), {source.shape, size_t(source.rank)},
                     bytes))
      return fail(error, SINTER_STATUS_SHAPE,
                  "a dim of a DLPack tensor is negative or its size exceeds 64 "
                  "bits");
    char *data = static_cast<char *>(source.data);
    *tensor = {data ? data + source.byteOffset : nullptr,
               row.onnx,
               source.rank,
               source.shape,
               size_t(bytes),
               uint32_t(isOnHost ? SINTER_MEMORY_HOST : SINTER_MEMORY_DEVICE),
               0};
    return SINTER_STATUS_OK;
  }
  return fail(error, SINTER_STATUS_TYPE,
              "a DLPack tensor of code %u with %u bits and %u lanes",
              unsigned(source.type.code), unsigned(source.type.bits),
              unsigned(source.type.lanes));
}

sinter_status Executor::giveOutput(size_t index, DLManagedTensor *&result,
                                   sinter_error *error) {
  if (index >= plan.outputs.size())
    return fail(error, SINTER_STATUS_BAD_ARGUMENT,
                "there is no output %zu; the model has %zu", index,
                plan.outputs.size());
  const sinter_value_info &output = plan.outputs[index];
  const char *name = plan.string(output.name);
  if (!isDone || !ownsOutput[index])
    return fail(error, SINTER_STATUS_BAD_ARGUMENT,
                "output '%s' is not in memory of the context", name);
  for (const TypeRow &row : Types) {
    if (row.onnx != int32_t(output.type))
      continue;
    auto given = std::make_unique<Given>();
    given->dims = Array<int64_t>(output.rank);
    for (uint32_t d = 0; d < output.rank; ++d)
      given->dims[d] = outputDims[index][d];
    Passage &passage = outputPassages[index];
    bool isOnDevice = passage.device != nullptr;
    given->model = model;
    given->memory.swap(isOnDevice ? passage.memory : outputMemory[index]);
    // What is next in its place comes from the same memory.
    passage.memory.takeFrom(model->device());
    ownsOutput[index] = false;
    dlpack::Device device = {dlpack::Cpu, 0};
    if (isOnDevice)
      device = {dlpack::Cuda, model->device()->number()};
    given->managed.tensor = {given->memory.data(),
                             device,
                             int32_t(output.rank),
                             {row.code, row.bits, 1},
                             given->dims.data(),
                             nullptr,
                             0};
    given->managed.owner = given.get();
    given->managed.deleter = destroy;
    result = reinterpret_cast<DLManagedTensor *>(&given.release()->managed);
    return SINTER_STATUS_OK;
  }
  return fail(error, SINTER_STATUS_TYPE,
              "output '%s': DLPack has no element type %u", name, output.type);
}
