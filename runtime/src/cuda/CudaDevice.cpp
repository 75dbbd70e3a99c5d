// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CudaDevice.h"

#include <cstdlib>
#include <cstring>

#include "CudaQueue.h"
#include "Status.h"

using namespace sinter::runtime;
using namespace sinter::runtime::cuda;

namespace {

// CUdevice_attribute and CUfunction_attribute.
constexpr int computeMajor = 75, computeMinor = 76, mostSharedBytes = 8;
// CUpointer_attribute and CUmemorytype.
constexpr int memoryType = 2, deviceOrdinal = 9;
constexpr unsigned hostMemory = 1, deviceMemory = 2, unifiedMemory = 4;

} // namespace

sinter_status Device::open(const sinter_model_descriptor &model, const Log &log,
                           std::unique_ptr<Device> &device,
                           sinter_error *error) {
  const Driver *driver = nullptr;
  if (sinter_status status = Driver::get(driver, error))
    return status;
  auto opened = std::make_unique<CudaDevice>(*driver, Ranges::get(log));
  if (sinter_status status = opened->load(model, error))
    return status;
  device = std::move(opened);
  return SINTER_STATUS_OK;
}

CudaDevice::~CudaDevice() {
  if (!context)
    return;
  {
    Current current(*this);
    for (const Kernel &kernel : kernels)
      if (kernel.module)
        driver.unloadModule(kernel.module);
  }
  driver.releaseContext(deviceNumber);
}

sinter_status CudaDevice::check(Result result, const char *what,
                                sinter_error *error) const {
  if (result == 0)
    return SINTER_STATUS_OK;
  const char *text = nullptr;
  driver.errorText(result, &text);
  return fail(error, SINTER_STATUS_DEVICE, "%s: the GPU reports: %s", what,
              text ? text : "unknown error");
}

/// The first GPU; `name` is "sm_90a" or the like: with an "a", code runs on
/// that very kind only.
sinter_status CudaDevice::findDevice(const char *name, sinter_error *error) {
  int count = 0, major = 0, minor = 0;
  if (sinter_status status =
          check(driver.deviceCount(&count), "looking for GPUs", error))
    return status;
  if (count == 0)
    return fail(error, SINTER_STATUS_DEVICE,
                "the model needs an NVIDIA GPU, and there is none");
  if (driver.deviceGet(&deviceNumber, 0) ||
      driver.deviceAttribute(&major, computeMajor, deviceNumber) ||
      driver.deviceAttribute(&minor, computeMinor, deviceNumber))
    return fail(error, SINTER_STATUS_DEVICE, "the GPU does not answer");
  int needed = std::strncmp(name, "sm_", 3) == 0 ? std::atoi(name + 3) : 0;
  int has = 10 * major + minor;
  bool isExact = name[std::strlen(name) - 1] == 'a';
  if (isExact ? has == needed : has / 10 == needed / 10 && has >= needed)
    return SINTER_STATUS_OK;
  char text[128] = "";
  driver.deviceName(text, sizeof(text), deviceNumber);
  return fail(error, SINTER_STATUS_DEVICE,
              "the model is for GPUs of kind %s; this one, '%s', is of kind "
              "sm_%d",
              name, text, has);
}

sinter_status CudaDevice::loadKernel(const sinter_device_kernel &source,
                                     Kernel &kernel, sinter_error *error) {
  constexpr uint32_t usualSharedBytes = 48 * 1024;
  kernel.threads = source.threads;
  kernel.sharedBytes = source.shared_bytes;
  kernel.maps = {source.maps, size_t(source.map_count)};
  Result result = driver.loadModule(&kernel.module, source.image);
  if (result == 0)
    result = driver.getFunction(&kernel.function, kernel.module,
                                SINTER_DEVICE_KERNEL);
  if (result == 0 && kernel.sharedBytes > usualSharedBytes)
    result = driver.setAttribute(kernel.function, mostSharedBytes,
                                 int(kernel.sharedBytes));
  return check(result, "loading a kernel", error);
}

sinter_status CudaDevice::load(const sinter_model_descriptor &model,
                               sinter_error *error) {
  if (sinter_status status = findDevice(model.device, error))
    return status;
  if (sinter_status status = check(driver.retainContext(&context, deviceNumber),
                                   "starting the GPU", error))
    return status;
  // Older drivers do not record it.
  constexpr int recordsProgrammatic = 12040;
  int version = 0;
  const char *wish = std::getenv("SINTER_CUDA_PROGRAMMATIC");
  programmatic = driver.version(&version) == 0 &&
                 version >= recordsProgrammatic &&
                 !(wish && std::strcmp(wish, "0") == 0);
  Current current(*this);
  kernels = Array<Kernel>(size_t(model.device_kernel_count));
  for (size_t i = 0; i < kernels.size(); ++i)
    if (sinter_status status =
            loadKernel(model.device_kernels[i], kernels[i], error))
      return status;
  return SINTER_STATUS_OK;
}

sinter_status CudaDevice::makeQueue(ThreadPool *pool,
                                    std::unique_ptr<DeviceQueue> &queue,
                                    sinter_error *error) {
  auto made = std::make_unique<CudaQueue>(*this, pool);
  if (sinter_status status = made->start(error))
    return status;
  queue = std::move(made);
  return SINTER_STATUS_OK;
}

CudaDevice::MemoryFacts CudaDevice::factsOf(const char *memory) const {
  Current current(*this);
  MemoryFacts facts;
  const int attributes[] = {memoryType, deviceOrdinal};
  void *values[] = {&facts.type, &facts.device};
  if (driver.pointerAttributes(2, attributes, values, pointerOf(memory)) != 0)
    return {};
  return facts;
}

/// Managed memory counts as the device's.
bool CudaDevice::owns(const void *memory) const {
  MemoryFacts facts = factsOf(static_cast<const char *>(memory));
  return (facts.type == deviceMemory || facts.type == unifiedMemory) &&
         facts.device == deviceNumber;
}

bool CudaDevice::isLocked(const char *memory, size_t size) const {
  return factsOf(memory).type == hostMemory &&
         factsOf(memory + size - 1).type == hostMemory;
}

char *CudaDevice::allocate(size_t size) {
  Current current(*this);
  Pointer memory = 0;
  if (driver.allocate(&memory, size) != 0)
    return nullptr;
  return reinterpret_cast<char *>(uintptr_t(memory));
}

void CudaDevice::release(char *memory) {
  Current current(*this);
  driver.finishContext();
  driver.release(pointerOf(memory));
}
