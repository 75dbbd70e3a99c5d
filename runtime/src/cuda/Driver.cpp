// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Driver.h"

#include <type_traits>

#include <dlfcn.h>

#include "Mutex.h"
#include "Status.h"

using namespace sinter::runtime;
using namespace sinter::runtime::cuda;

namespace {

/// Finds all functions; the name of one that is missing, or null.
const char *findFunctions(Driver &driver, void *library) {
  const char *missing = nullptr;
  auto find = [&](auto &function, const char *name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(
        dlsym(library, name));
    if (!function && !missing)
      missing = name;
  };
  find(driver.init, "cuInit");
  find(driver.version, "cuDriverGetVersion");
  find(driver.deviceCount, "cuDeviceGetCount");
  find(driver.deviceGet, "cuDeviceGet");
  find(driver.deviceName, "cuDeviceGetName");
  find(driver.deviceAttribute, "cuDeviceGetAttribute");
  find(driver.retainContext, "cuDevicePrimaryCtxRetain");
  find(driver.releaseContext, "cuDevicePrimaryCtxRelease_v2");
  find(driver.pushContext, "cuCtxPushCurrent_v2");
  find(driver.popContext, "cuCtxPopCurrent_v2");
  find(driver.finishContext, "cuCtxSynchronize");
  find(driver.loadModule, "cuModuleLoadData");
  find(driver.unloadModule, "cuModuleUnload");
  find(driver.getFunction, "cuModuleGetFunction");
  find(driver.setAttribute, "cuFuncSetAttribute");
  find(driver.allocate, "cuMemAlloc_v2");
  find(driver.release, "cuMemFree_v2");
  find(driver.allocateLocked, "cuMemHostAlloc");
  find(driver.releaseLocked, "cuMemFreeHost");
  find(driver.pointerAttributes, "cuPointerGetAttributes");
  find(driver.upload, "cuMemcpyHtoDAsync_v2");
  find(driver.download, "cuMemcpyDtoHAsync_v2");
  find(driver.move, "cuMemcpyDtoDAsync_v2");
  find(driver.createStream, "cuStreamCreate");
  find(driver.destroyStream, "cuStreamDestroy_v2");
  find(driver.finish, "cuStreamSynchronize");
  find(driver.wait, "cuStreamWaitEvent");
  find(driver.createEvent, "cuEventCreate");
  find(driver.destroyEvent, "cuEventDestroy_v2");
  find(driver.recordEvent, "cuEventRecord");
  find(driver.finishEvent, "cuEventSynchronize");
  find(driver.launch, "cuLaunchKernelEx");
  find(driver.encodeTiled, "cuTensorMapEncodeTiled");
  find(driver.encodeImage, "cuTensorMapEncodeIm2col");
  find(driver.beginCapture, "cuStreamBeginCapture_v2");
  find(driver.endCapture, "cuStreamEndCapture");
  find(driver.instantiate, "cuGraphInstantiateWithFlags");
  find(driver.destroyGraph, "cuGraphDestroy");
  find(driver.launchGraph, "cuGraphLaunch");
  find(driver.destroyExec, "cuGraphExecDestroy");
  find(driver.errorText, "cuGetErrorString");
  return missing;
}

sinter_status load(Driver &driver, sinter_error *error) {
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return fail(error, SINTER_STATUS_DEVICE,
                "the model needs an NVIDIA GPU, and there is no NVIDIA driver: "
                "%s",
                dlerror());
  if (const char *missing = findFunctions(driver, library)) {
    sinter_status status =
        fail(error, SINTER_STATUS_DEVICE,
             "the NVIDIA driver is older than CUDA 12: it has no %s", missing);
    dlclose(library);
    return status;
  }
  if (Result result = driver.init(0)) {
    const char *text = nullptr;
    driver.errorText(result, &text);
    sinter_status status =
        fail(error, SINTER_STATUS_DEVICE,
             "the model needs an NVIDIA GPU, and the driver does not start: %s",
             text ? text : "unknown error");
    dlclose(library);
    return status;
  }
  return SINTER_STATUS_OK;
}

} // namespace

sinter_status Driver::get(const Driver *&driver, sinter_error *error) {
  static Mutex mutex;
  static Driver functions;
  static bool isLoaded = false;
  Lock lock(mutex);
  if (!isLoaded)
    if (sinter_status status = load(functions, error))
      return status;
  isLoaded = true;
  driver = &functions;
  return SINTER_STATUS_OK;
}
