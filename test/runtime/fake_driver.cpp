// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of libcuda.so.1 that the runtime calls, for a GPU that is the
// host itself: it counts the calls, and refuses those in a wrong order.
#include "fake_driver.h"

#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

namespace {

FakeCalls calls;
int major = 9;
unsigned depth = 0; // of pushed contexts
std::vector<std::function<void()>> *recording = nullptr;
using Graph = std::vector<std::function<void()>>;

constexpr int ok = 0, invalid = 1, outOfOrder = 900;

/// Without a context, or with an operation that cannot be recorded.
bool isRefused(bool canRecord = false) {
  return depth == 0 || (recording && !canRecord);
}

int perform(std::function<void()> work) {
  if (isRefused(true))
    return outOfOrder;
  if (recording)
    recording->push_back(std::move(work));
  else
    work();
  return ok;
}

} // namespace

extern "C" {

FakeCalls *fakeCalls() { return &calls; }
void fakeSetMajor(int value) { major = value; }

int cuInit(unsigned) { return ok; }
int cuDeviceGetCount(int *count) {
  *count = major == 0 ? 0 : 1;
  return ok;
}
int cuDeviceGet(int *device, int ordinal) {
  *device = 0;
  return ordinal == 0 ? ok : invalid;
}
int cuDeviceGetName(char *name, int length, int) {
  std::strncpy(name, "Fake", size_t(length));
  return ok;
}
int cuDeviceGetAttribute(int *value, int attribute, int) {
  *value = attribute == 75 ? major : 0;
  return ok;
}
int cuDevicePrimaryCtxRetain(void **context, int) {
  *context = &calls;
  return ok;
}
int cuDevicePrimaryCtxRelease_v2(int) { return ok; }
int cuCtxPushCurrent_v2(void *context) {
  ++depth;
  return context == &calls ? ok : invalid;
}
int cuCtxPopCurrent_v2(void **context) {
  *context = &calls;
  return depth-- != 0 ? ok : invalid;
}
int cuModuleLoadData(void **module, const void *image) {
  const auto *fake = static_cast<const FakeImage *>(image);
  if (isRefused() || fake->magic != FakeImage::expected)
    return invalid;
  ++calls.modules;
  *module = const_cast<void *>(image);
  return ok;
}
int cuModuleUnload(void *) {
  --calls.modules;
  return isRefused() ? outOfOrder : ok;
}
int cuModuleGetFunction(void **function, void *module, const char *name) {
  *function = module;
  return std::strcmp(name, "kernel") == 0 ? ok : invalid;
}
int cuFuncSetAttribute(void *, int, int) { return ok; }
int cuMemAlloc_v2(unsigned long long *memory, size_t size) {
  if (isRefused())
    return outOfOrder;
  ++calls.allocations;
  *memory = reinterpret_cast<uintptr_t>(
      std::aligned_alloc(256, (size + 255) / 256 * 256));
  return ok;
}
int cuMemFree_v2(unsigned long long memory) {
  --calls.allocations;
  std::free(reinterpret_cast<void *>(uintptr_t(memory)));
  return isRefused() ? outOfOrder : ok;
}
int cuMemcpyHtoDAsync_v2(unsigned long long to, const void *from, size_t size,
                         void *) {
  if (isRefused())
    return outOfOrder;
  ++calls.uploads;
  std::memcpy(reinterpret_cast<void *>(uintptr_t(to)), from, size);
  return ok;
}
int cuMemcpyDtoHAsync_v2(void *to, unsigned long long from, size_t size,
                         void *) {
  if (isRefused())
    return outOfOrder;
  ++calls.downloads;
  std::memcpy(to, reinterpret_cast<void *>(uintptr_t(from)), size);
  return ok;
}
int cuMemcpyDtoDAsync_v2(unsigned long long to, unsigned long long from,
                         size_t size, void *) {
  ++calls.moves;
  return perform([=] {
    std::memcpy(reinterpret_cast<void *>(uintptr_t(to)),
                reinterpret_cast<void *>(uintptr_t(from)), size);
  });
}
int cuStreamCreate(void **stream, unsigned) {
  *stream = &depth;
  return isRefused() ? outOfOrder : ok;
}
int cuStreamDestroy_v2(void *) { return isRefused() ? outOfOrder : ok; }
int cuStreamSynchronize(void *) { return isRefused() ? outOfOrder : ok; }
int cuLaunchKernel(void *function, unsigned blocks, unsigned, unsigned,
                   unsigned, unsigned, unsigned, unsigned, void *,
                   void **parameters, void **) {
  ++calls.launches;
  const auto *image = static_cast<const FakeImage *>(function);
  // The driver copies parameters: those of the fake kernels are five words.
  std::vector<uint64_t> values;
  for (unsigned i = 0; i < 5; ++i)
    values.push_back(*static_cast<uint64_t *>(parameters[i]));
  return perform([=]() mutable {
    std::vector<void *> copies;
    for (uint64_t &value : values)
      copies.push_back(&value);
    for (unsigned block = 0; block < blocks; ++block)
      image->run(copies.data(), block, blocks);
  });
}
int cuStreamBeginCapture_v2(void *, int) {
  if (isRefused())
    return outOfOrder;
  recording = new Graph();
  return ok;
}
int cuStreamEndCapture(void *, void **graph) {
  ++calls.recordings;
  *graph = recording;
  recording = nullptr;
  return *graph ? ok : invalid;
}
int cuGraphInstantiateWithFlags(void **exec, void *graph, unsigned long long) {
  *exec = new Graph(*static_cast<Graph *>(graph));
  return ok;
}
int cuGraphDestroy(void *graph) {
  delete static_cast<Graph *>(graph);
  return ok;
}
int cuGraphLaunch(void *exec, void *) {
  ++calls.repeats;
  for (auto &work : *static_cast<Graph *>(exec))
    work();
  return isRefused() ? outOfOrder : ok;
}
int cuGraphExecDestroy(void *exec) {
  delete static_cast<Graph *>(exec);
  return ok;
}
int cuGetErrorString(int result, const char **text) {
  *text = result == outOfOrder ? "wrong order" : "invalid";
  return ok;
}

} // extern "C"
