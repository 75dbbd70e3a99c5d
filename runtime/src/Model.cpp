// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Model.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "Cpu.h"
#include "DeviceKernels.h"
#include "Executor.h"
#include "SizeProgram.h"
#include "Status.h"

using namespace sinter::runtime;

namespace {

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0)
      close(number);
  }
};

/// A path by which dlopen opens the very file that was checked. The dynamic
/// linker gives back what it has under the same path, so each file has a path
/// of its own: its device and inode are spelled in "/" (0) and "./" (1).
struct LoadName {
  char text[320] = "/proc/self/fd/";

  bool make(int file) {
    struct stat info;
    if (fstat(file, &info) != 0)
      return false;
    char *to = text + std::strlen(text);
    for (uint64_t word : {uint64_t(info.st_dev), uint64_t(info.st_ino)})
      for (int bit = 0; bit < 64; ++bit) {
        if (word >> bit & 1)
          *to++ = '.';
        *to++ = '/';
      }
    std::snprintf(to, size_t(text + sizeof(text) - to), "%d", file);
    return true;
  }
};

} // namespace

Model::~Model() {
  if (library)
    dlclose(library);
}

sinter_status Model::open(const char *path, const sinter_open_options &options,
                          std::shared_ptr<Model> &result, sinter_error *error) {
  Descriptor file{::open(path, O_RDONLY | O_CLOEXEC)};
  if (file.number < 0)
    return fail(error, SINTER_STATUS_IO, "%s: %s", path, std::strerror(errno));
  sinter_trailer trailer;
  if (sinter_status status = checkFile(file.number, path, trailer, error))
    return status;
  auto model = std::make_shared<Model>();
  model->log = {options.log, options.log_user};
  if (sinter_status status = model->load(file.number, path, trailer, error))
    return status;
  if (sinter_status status =
          model->mapWeights(file.number, path, trailer, error))
    return status;
  bool isForDevice = model->head().device_kernel_count != 0;
  if (model->tables.hasHostModel &&
      !model->modelMemory.reserve(size_t(model->tables.modelBytes)))
    return fail(error, SINTER_STATUS_NO_MEMORY,
                "%s: no %lld bytes of model memory", path,
                (long long)model->tables.modelBytes);
#ifdef SINTER_DEBUG_ARENA
  if (!model->reserveApart())
    return fail(error, SINTER_STATUS_NO_MEMORY, "no memory for a buffer");
#endif
  model->describeValues();
  const char *external = model->descriptor->weights_file;
  model->log(SINTER_LOG_INFO, "%s: opened, %llu bytes of weights%s%s", path,
             (unsigned long long)model->weightsLength(), external ? " in " : "",
             external ? external : "");
  if (!isForDevice && model->tables.blocks[SINTER_BLOCK_INIT].count != 0) {
    uint32_t threads = options.threads ? options.threads : defaultThreads();
    auto start = std::chrono::steady_clock::now();
    if (sinter_status status = Executor::runInit(model, threads, error))
      return status;
    std::chrono::duration<double, std::milli> time =
        std::chrono::steady_clock::now() - start;
    model->log(SINTER_LOG_INFO, "%s: made %lld bytes of them in %.1f ms", path,
               (long long)model->tables.modelBytes, time.count());
  }
  result = std::move(model);
  return SINTER_STATUS_OK;
}

/// From the model's file, or from that beside it.
sinter_status Model::mapWeights(int file, const char *path,
                                const sinter_trailer &trailer,
                                sinter_error *error) {
  Descriptor external{-1};
  uint64_t offset = trailer.weights_offset;
  if (const char *name = descriptor->weights_file) {
    const char *slash = std::strrchr(path, '/');
    size_t folder = slash ? size_t(slash - path) + 1 : 0;
    size_t length = folder + std::strlen(name) + 1;
    Array<char> full(length);
    std::memcpy(full.data(), path, folder);
    std::memcpy(full.data() + folder, name, length - folder);
    external.number = ::open(full.data(), O_RDONLY | O_CLOEXEC);
    if (external.number < 0)
      return fail(error, SINTER_STATUS_IO,
                  "%s: the weights of %s, which must lie beside it: %s",
                  full.data(), path, std::strerror(errno));
    if (sinter_status status =
            checkWeights(external.number, full.data(), trailer,
                         descriptor->weights_length, error))
      return status;
    file = external.number;
    offset = 0;
  }
  if (!weightBytes.map(file, offset, descriptor->weights_length))
    return fail(error, SINTER_STATUS_NO_MEMORY, "%s: cannot map the weights",
                path);
  return SINTER_STATUS_OK;
}

sinter_status Model::openDevice(const std::shared_ptr<const Model> &model,
                                sinter_error *error) {
  if (model->head().device_kernel_count == 0)
    return SINTER_STATUS_OK;
  Lock lock(model->mutex);
  if (model->isOnDevice)
    return SINTER_STATUS_OK;
  if (sinter_status status = model->loadDevice(error))
    return status;
  if (model->tables.blocks[SINTER_BLOCK_INIT].count != 0)
    if (sinter_status status =
            Executor::runInit(model, defaultThreads(), error))
      return status;
  model->isOnDevice = true;
  return SINTER_STATUS_OK;
}

sinter_status Model::loadDevice(sinter_error *error) const {
  if (!gpu)
    if (sinter_status status = Device::open(*descriptor, log, gpu, error))
      return status;
  deviceWeightBytes.takeFrom(gpu.get());
  deviceModelMemory.takeFrom(gpu.get());
  auto length = size_t(weightsLength());
  if ((tables.hasDeviceWeights && !deviceWeightBytes.reserve(length)) ||
      (tables.hasDeviceModel &&
       !deviceModelMemory.reserve(size_t(tables.modelBytes))))
    return fail(error, SINTER_STATUS_NO_MEMORY,
                "no memory on the GPU for %llu bytes of weights and %lld made "
                "from them",
                (unsigned long long)length, (long long)tables.modelBytes);
  if (!tables.hasDeviceWeights || length == 0)
    return SINTER_STATUS_OK;
  std::unique_ptr<DeviceQueue> queue;
  if (sinter_status status = gpu->makeQueue(nullptr, queue, error))
    return status;
  if (sinter_status status =
          queue->upload(deviceWeightBytes.data(), weights(), length, error))
    return status;
  return queue->finish(error);
}

sinter_status Model::load(int file, const char *path,
                          const sinter_trailer &trailer, sinter_error *error) {
  LoadName name;
  if (!name.make(file))
    return fail(error, SINTER_STATUS_IO, "%s: %s", path, std::strerror(errno));
  library = dlopen(name.text, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return fail(error, SINTER_STATUS_BAD_MODEL, "%s: cannot be loaded: %s",
                path, dlerror());
  auto query = reinterpret_cast<decltype(&sinter_model_query)>(
      dlsym(library, "sinter_model_query"));
  if (!query)
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "%s: not a compiled model (no sinter_model_query)", path);
  descriptor = query(SINTER_ABI_VERSION);
  if (sinter_status status = checkDescriptor(path, trailer, error))
    return status;
  std::span bytes(static_cast<const char *>(descriptor->plan),
                  size_t(descriptor->plan_length));
  if (checksum(bytes) != descriptor->plan_checksum)
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "%s: the plan's checksum is wrong", path);
  return readPlan(bytes, *descriptor, tables, error);
}

sinter_status Model::checkDescriptor(const char *path,
                                     const sinter_trailer &trailer,
                                     sinter_error *error) const {
  if (!descriptor)
    return fail(error, SINTER_STATUS_VERSION,
                "%s: needs a runtime with an ABI newer than %u", path,
                SINTER_ABI_VERSION);
  if (descriptor->magic != SINTER_MODEL_MAGIC ||
      descriptor->struct_size < sizeof(*descriptor) || !descriptor->plan ||
      !descriptor->compiler_version ||
      (descriptor->kernel_count != 0 && !descriptor->kernels) ||
      (descriptor->device_kernel_count != 0 &&
       (!descriptor->device_kernels || !descriptor->device)))
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "%s: the descriptor is malformed", path);
  if (descriptor->abi_version != SINTER_ABI_VERSION)
    return fail(error, SINTER_STATUS_VERSION,
                "%s: has ABI version %u, this runtime knows %u", path,
                descriptor->abi_version, SINTER_ABI_VERSION);
  const char *external = descriptor->weights_file;
  if (external && (!*external || std::strchr(external, '/') ||
                   !std::strcmp(external, ".") || !std::strcmp(external, "..")))
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "%s: its weights are not in its folder", path);
  if (trailer.weights_length != (external ? 0 : descriptor->weights_length) ||
      (descriptor->weights_offset != 0 &&
       descriptor->weights_offset != trailer.weights_offset))
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "%s: descriptor and trailer differ on the weights", path);
  for (const char *const *feature = descriptor->cpu_features;
       feature && *feature; ++feature)
    if (!hasCpuFeature(*feature))
      return fail(error, SINTER_STATUS_CPU,
                  "%s: needs the CPU feature '%s', which this machine or this "
                  "runtime lacks",
                  path, *feature);
  return checkDeviceKernels(*descriptor, path, error);
}

#ifdef SINTER_DEBUG_ARENA
bool Model::reserveApart() {
  apart = Array<Memory>(tables.buffers.size());
  Array<SizeValue> values(tables.exprs.size());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] =
        evaluate(tables.code(uint32_t(i)), {}, std::span(values.data(), i));
  for (size_t i = 0; i < apart.size(); ++i)
    if (tables.buffers[i].kind == SINTER_BUFFER_MODEL)
      if (const SizeValue &size = values[tables.buffers[i].size_expr];
          size.error != SizeError::None || size.value < 0 ||
          !apart[i].reserve(size_t(size.value)))
        return false;
  return true;
}
#endif

void Model::describeValues() {
  size_t dims = 0, used = 0;
  for (auto values : {tables.inputs, tables.outputs})
    for (const sinter_value_info &value : values)
      dims += value.rank;
  infoDims = Array<int64_t>(dims);
  infoLabels = Array<const char *>(dims);
  inputInfos = Array<sinter_info>(tables.inputs.size());
  outputInfos = Array<sinter_info>(tables.outputs.size());
  for (size_t i = 0; i < inputInfos.size(); ++i)
    inputInfos[i] = describe(tables.inputs[i], used);
  for (size_t i = 0; i < outputInfos.size(); ++i)
    outputInfos[i] = describe(tables.outputs[i], used);
}

sinter_info Model::describe(const sinter_value_info &value, size_t &used) {
  int64_t *dims = infoDims.data() + used;
  const char **labels = infoLabels.data() + used;
  used += value.rank;
  for (uint32_t i = 0; i < value.rank; ++i) {
    auto code = tables.code(tables.indices[value.dims + i]);
    bool isConstant = true;
    for (const sinter_size_step &step : code)
      isConstant &=
          step.code != SINTER_SIZE_SYMBOL && step.code != SINTER_SIZE_EXPR;
    SizeValue size;
    if (isConstant)
      size = evaluate(code, {});
    dims[i] = isConstant && size.error == SizeError::None ? size.value : -1;
    if (!isConstant)
      labels[i] =
          code.size() == 1 && code[0].code == SINTER_SIZE_SYMBOL
              ? tables.string(tables.symbols[size_t(code[0].value)].name)
              : "?";
  }
  return {tables.string(value.name), int32_t(value.type), int32_t(value.rank),
          dims, labels};
}
