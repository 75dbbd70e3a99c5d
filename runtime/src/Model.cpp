// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Model.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include "Cpu.h"
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

} // namespace

Model::~Model() {
  if (library)
    dlclose(library);
}

sinter_status Model::open(const char *path, std::shared_ptr<Model> &result,
                          sinter_error *error) {
  Descriptor file{::open(path, O_RDONLY | O_CLOEXEC)};
  if (file.number < 0)
    return fail(error, SINTER_STATUS_IO, "%s: %s", path, std::strerror(errno));
  sinter_trailer trailer;
  if (sinter_status status = checkFile(file.number, path, trailer, error))
    return status;
  auto model = std::make_shared<Model>();
  if (sinter_status status = model->load(path, trailer, error))
    return status;
  if (!model->weightBytes.map(file.number, trailer.weights_offset,
                              trailer.weights_length))
    return fail(error, SINTER_STATUS_NO_MEMORY, "%s: cannot map the weights",
                path);
  if (!model->modelMemory.reserve(size_t(model->tables.modelBytes)))
    return fail(error, SINTER_STATUS_NO_MEMORY,
                "%s: no %lld bytes of model memory", path,
                (long long)model->tables.modelBytes);
  for (const sinter_value_info &value : model->tables.inputs)
    model->inputInfos.push_back(model->describe(value));
  for (const sinter_value_info &value : model->tables.outputs)
    model->outputInfos.push_back(model->describe(value));
  if (model->tables.blocks[SINTER_BLOCK_INIT].count != 0)
    if (sinter_status status = Executor::runInit(model, error))
      return status;
  result = std::move(model);
  return SINTER_STATUS_OK;
}

sinter_status Model::load(const char *path, const sinter_trailer &trailer,
                          sinter_error *error) {
  // dlopen searches the library path for a name without a slash.
  std::unique_ptr<char, decltype(&std::free)> full(realpath(path, nullptr),
                                                   std::free);
  if (!full)
    return fail(error, SINTER_STATUS_IO, "%s: %s", path, std::strerror(errno));
  library = dlopen(full.get(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return fail(error, SINTER_STATUS_BAD_MODEL, "%s", dlerror());
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
  return readPlan(bytes, descriptor->kernel_count, descriptor->weights_length,
                  tables, error);
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
      (descriptor->kernel_count != 0 && !descriptor->kernels))
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "%s: the descriptor is malformed", path);
  if (descriptor->abi_version != SINTER_ABI_VERSION)
    return fail(error, SINTER_STATUS_VERSION,
                "%s: has ABI version %u, this runtime knows %u", path,
                descriptor->abi_version, SINTER_ABI_VERSION);
  if (descriptor->weights_length != trailer.weights_length ||
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
  return SINTER_STATUS_OK;
}

sinter_info Model::describe(const sinter_value_info &value) {
  auto dims = std::make_unique<int64_t[]>(value.rank);
  auto labels = std::make_unique<const char *[]>(value.rank);
  for (uint32_t i = 0; i < value.rank; ++i) {
    auto code = tables.code(tables.indices[value.dims + i]);
    bool isConstant = true;
    for (const sinter_size_step &step : code)
      isConstant &= step.code != SINTER_SIZE_SYMBOL;
    SizeValue size;
    if (isConstant)
      size = evaluate(code, {});
    dims[i] = isConstant && size.error == SizeError::None ? size.value : -1;
    if (!isConstant)
      labels[i] =
          code.size() == 1
              ? tables.string(tables.symbols[size_t(code[0].value)].name)
              : "?";
  }
  sinter_info info = {tables.string(value.name), int32_t(value.type),
                      int32_t(value.rank), dims.get(), labels.get()};
  infoDims.push_back(std::move(dims));
  infoLabels.push_back(std::move(labels));
  return info;
}
