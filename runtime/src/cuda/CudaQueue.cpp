// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CudaQueue.h"

#include <cstring>

#include "Status.h"
#include "TensorMaps.h"

using namespace sinter::runtime;
using namespace sinter::runtime::cuda;

namespace {

// CU_STREAM_NON_BLOCKING, CU_EVENT_DISABLE_TIMING,
// CU_STREAM_CAPTURE_MODE_THREAD_LOCAL.
constexpr unsigned nonBlocking = 1, withoutTime = 2;
constexpr int captureThread = 1;
// CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION.
constexpr int programmaticSerialization = 6;
/// From so many bytes on, memory is asked whether it is page-locked.
constexpr size_t askedFrom = 64 << 10;

class CudaRecording : public Recording {
public:
  CudaRecording(const CudaDevice &device, GraphExec exec)
      : device(device), exec(exec) {}
  CudaRecording(const CudaRecording &) = delete;
  ~CudaRecording() override {
    CudaDevice::Current current(device);
    device.driver.destroyExec(exec);
  }

  const CudaDevice &device;
  const GraphExec exec;
};

} // namespace

CudaQueue::~CudaQueue() {
  if (!own)
    return;
  CudaDevice::Current current(device);
  waitForAll();
  driver.destroyStream(own);
  for (Event event : {done, direct})
    if (event)
      driver.destroyEvent(event);
}

sinter_status CudaQueue::start(sinter_error *error) {
  CudaDevice::Current current(device);
  Result result = driver.createStream(&own, nonBlocking);
  if (result == 0)
    result = driver.createEvent(&done, withoutTime);
  if (result == 0)
    result = driver.createEvent(&direct, withoutTime);
  stream = own;
  return device.check(result, "making a stream", error);
}

/// `stream` is there as long as it is busy.
void CudaQueue::waitForAll() {
  if (isBusy)
    driver.finish(stream);
  driver.finishEvent(done);
  isBusy = false;
}

char *CudaQueue::allocate(size_t size) {
  CudaDevice::Current current(device);
  Pointer memory = 0;
  if (driver.allocate(&memory, size) != 0)
    return nullptr;
  return reinterpret_cast<char *>(uintptr_t(memory));
}

void CudaQueue::release(char *memory) {
  CudaDevice::Current current(device);
  waitForAll();
  driver.release(pointerOf(memory));
}

bool CudaQueue::copy(char *to, const char *from, size_t size) {
  return move(to, from, size, nullptr) == SINTER_STATUS_OK;
}

sinter_status CudaQueue::upload(char *to, const char *from, size_t size,
                                sinter_error *error) {
  CudaDevice::Current current(device);
  return staging.upload(to, from, size, target(), error);
}

sinter_status CudaQueue::uploadLasting(char *to, const char *from, size_t size,
                                       sinter_error *error) {
  if (size < askedFrom || !device.isLocked(from, size))
    return upload(to, from, size, error);
  CudaDevice::Current current(device);
  Result result = driver.upload(pointerOf(to), from, size, target());
  if (result == 0)
    result = driver.recordEvent(direct, target());
  isSending = true;
  return device.check(result, "copying to the GPU", error);
}

sinter_status CudaQueue::download(char *to, const char *from, size_t size,
                                  sinter_error *error) {
  CudaDevice::Current current(device);
  if (size < askedFrom || !device.isLocked(to, size))
    return staging.download(to, from, size, target(), error);
  Result result = driver.download(to, pointerOf(from), size, target());
  if (result == 0)
    result = driver.recordEvent(direct, target());
  isReceiving = true;
  return device.check(result, "copying from the GPU", error);
}

sinter_status CudaQueue::waitForDirect(sinter_error *error) {
  isSending = isReceiving = false;
  return device.check(driver.finishEvent(direct), "running the model", error);
}

sinter_status CudaQueue::receive(sinter_error *error) {
  CudaDevice::Current current(device);
  if (sinter_status status = staging.receive(error))
    return status;
  return isReceiving ? waitForDirect(error) : SINTER_STATUS_OK;
}

sinter_status CudaQueue::move(char *to, const char *from, size_t size,
                              sinter_error *error) {
  CudaDevice::Current current(device);
  return device.check(
      driver.move(pointerOf(to), pointerOf(from), size, target()),
      "copying on the GPU", error);
}

sinter_status CudaQueue::finish(sinter_error *error) {
  sinter_status status = receive(error);
  if (!status) {
    CudaDevice::Current current(device);
    status = device.check(driver.finish(stream), "running the model", error);
  }
  if (!status) {
    isBusy = isSending = false;
    staging.forget();
  }
  return status;
}

void CudaQueue::abandon() {
  CudaDevice::Current current(device);
  driver.finish(stream);
  isBusy = isSending = isReceiving = false;
  staging.forget();
}

sinter_status CudaQueue::launch(const DeviceLaunch &launch,
                                sinter_error *error) {
  CudaDevice::Current current(device);
  const CudaDevice::Kernel &kernel = device.kernel(launch.kernel);
  TensorMap maps[SINTER_MAP_COUNT];
  if (sinter_status status = makeMaps(device, launch, maps, error))
    return status;
  size_t count =
      launch.buffers.size() + launch.sizes.size() + 2 + kernel.maps.size();
  if (parameters.size() < count)
    parameters = Array<void *>(count);
  size_t next = 0;
  for (void *const &buffer : launch.buffers)
    parameters[next++] = const_cast<void **>(&buffer);
  for (const int64_t &size : launch.sizes)
    parameters[next++] = const_cast<int64_t *>(&size);
  int64_t extent = launch.extent;
  char *scratch = launch.scratch;
  parameters[next++] = &extent;
  if (launch.hasScratch)
    parameters[next++] = &scratch;
  for (size_t i = 0; i < kernel.maps.size(); ++i)
    parameters[next++] = &maps[i];
  LaunchAttribute attribute = {programmaticSerialization, 0, 1, {}};
  LaunchConfig config = {{launch.blocks, 1, 1},
                         {kernel.threads, 1, 1},
                         kernel.sharedBytes,
                         target(),
                         &attribute,
                         device.isProgrammatic()};
  return device.check(
      driver.launch(&config, kernel.function, parameters.data(), nullptr),
      launch.name, error);
}

sinter_status CudaQueue::beginRecording(sinter_error *error) {
  CudaDevice::Current current(device);
  sinter_status status = device.check(driver.beginCapture(own, captureThread),
                                      "recording a graph", error);
  isRecording = status == SINTER_STATUS_OK;
  return status;
}

sinter_status CudaQueue::endRecording(std::unique_ptr<Recording> &result,
                                      sinter_error *error) {
  CudaDevice::Current current(device);
  Graph graph = nullptr;
  GraphExec exec = nullptr;
  isRecording = false;
  Result code = driver.endCapture(own, &graph);
  if (code == 0)
    code = driver.instantiate(&exec, graph, 0);
  if (graph)
    driver.destroyGraph(graph);
  if (sinter_status status = device.check(code, "recording a graph", error))
    return status;
  result = std::make_unique<CudaRecording>(device, exec);
  return SINTER_STATUS_OK;
}

sinter_status CudaQueue::repeat(Recording &recording, sinter_error *error) {
  CudaDevice::Current current(device);
  GraphExec exec = static_cast<CudaRecording &>(recording).exec;
  return device.check(driver.launchGraph(exec, target()), "running the model",
                      error);
}

sinter_status CudaQueue::setStream(void *given, sinter_error *error) {
  Stream next = given == SINTER_OWN_STREAM ? own : given;
  CudaDevice::Current current(device);
  // The event is complete if no run has recorded it.
  if (next != stream)
    if (sinter_status status =
            device.check(driver.wait(next, done, 0), "setting a stream", error))
      return status;
  stream = next;
  return SINTER_STATUS_OK;
}

sinter_status CudaQueue::endRun(sinter_error *error) {
  if (stream == own)
    return finish(error);
  sinter_status status = receive(error);
  CudaDevice::Current current(device);
  if (!status && isSending)
    status = waitForDirect(error);
  if (!status)
    status = device.check(driver.recordEvent(done, stream), "running the model",
                          error);
  isBusy &= status != SINTER_STATUS_OK;
  return status;
}
