// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of libcuda.so.1 that the runtime calls, for a GPU that is the
// host itself: it counts the calls, refuses those in a wrong order, and does
// what is put on a stream as late as it may, so that whoever does not wait for
// it is found out.
#include "fake_driver.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "cuda/Driver.h"

namespace {

using sinter::runtime::cuda::LaunchAttribute;
using sinter::runtime::cuda::LaunchConfig;
using sinter::runtime::cuda::TensorMap;
// As in cuda.h.
static_assert(offsetof(LaunchAttribute, number) == 8);
static_assert(sizeof(LaunchAttribute) == 72 && sizeof(LaunchConfig) == 56);
static_assert(offsetof(LaunchConfig, stream) == 32);
static_assert(offsetof(LaunchConfig, attributeCount) == 48);
static_assert(sizeof(TensorMap) == 128);

using Work = std::function<void()>;
using Graph = std::vector<Work>;

struct Stream {
  std::deque<Work> work;
  uint64_t done = 0; // of all that was ever put here
};

/// As much of a stream as was there when it was recorded.
struct Event {
  std::shared_ptr<Stream> stream;
  uint64_t until = 0;
};

FakeCalls calls;
int major = 9, driverVersion = 13000;
unsigned depth = 0; // of pushed contexts
Graph *recording = nullptr;
Stream *recorded = nullptr;
auto defaultStream = std::make_shared<Stream>();
std::map<void *, std::shared_ptr<Stream>> streams;
std::set<Event *> events;
std::vector<FakeMap> encodedMaps;
// Sizes by address: of the device, and of the host's page-locked one.
std::map<uintptr_t, size_t> memory, locked;

constexpr int ok = 0, invalid = 1, outOfOrder = 900;

/// Without a context, or with an operation that cannot be recorded.
bool isRefused(bool canRecord = false) {
  return depth == 0 || (recording && !canRecord);
}

std::shared_ptr<Stream> find(void *handle) {
  if (!handle)
    return defaultStream;
  auto entry = streams.find(handle);
  calls.faults += entry == streams.end();
  return entry == streams.end() ? nullptr : entry->second;
}

void runUntil(Stream &stream, uint64_t until) {
  while (stream.done < until && !stream.work.empty()) {
    Work work = std::move(stream.work.front());
    stream.work.pop_front();
    work();
    ++stream.done;
  }
}

/// Does what was put on the stream so far.
void finish(Stream &stream) {
  calls.waits += !stream.work.empty();
  runUntil(stream, stream.done + stream.work.size());
}

int put(void *handle, Work work) {
  auto stream = find(handle);
  if (!stream || isRefused(true))
    return outOfOrder;
  if (recording && stream.get() == recorded)
    recording->push_back(std::move(work));
  else if (recording)
    return outOfOrder;
  else
    stream->work.push_back(std::move(work));
  return ok;
}

bool isBusy() {
  bool result = !defaultStream->work.empty();
  for (auto &[handle, stream] : streams)
    result |= !stream->work.empty();
  return result;
}

bool isIn(const std::map<uintptr_t, size_t> &ranges, uintptr_t pointer) {
  auto after = ranges.upper_bound(pointer);
  return after != ranges.begin() &&
         pointer < std::prev(after)->first + std::prev(after)->second;
}

template <typename T> T *at(unsigned long long pointer) {
  return reinterpret_cast<T *>(uintptr_t(pointer));
}

/// What cuda.h asks of maps of both kinds, with the modes that the runtime
/// uses.
bool isAllowed(const FakeMap &map, const void *result) {
  const unsigned bytes = map.box[0] * (map.type == 11 ? 4 : 2);
  bool good = depth != 0 && reinterpret_cast<uintptr_t>(result) % 64 == 0 &&
              map.memory % 16 == 0 && map.rank <= 5 && bytes % 16 == 0 &&
              bytes <= 128 &&
              (map.type == 6 || map.type == 11 || map.type == 9);
  for (unsigned i = 0; good && i < map.rank; ++i)
    good = map.dims[i] >= 1 && map.dims[i] <= uint64_t(1) << 32 &&
           map.steps[i] >= 1 && map.steps[i] <= 8 &&
           (i == 0 || (map.strides[i - 1] % 16 == 0 &&
                       map.strides[i - 1] < uint64_t(1) << 40));
  return good;
}

/// What maps of both kinds have.
FakeMap makeMap(int type, unsigned rank, const void *memory,
                const uint64_t *dims, const uint64_t *strides) {
  FakeMap map = {};
  map.type = uint8_t(type);
  map.rank = uint8_t(rank);
  map.memory = reinterpret_cast<uintptr_t>(memory);
  std::copy(dims, dims + rank, map.dims);
  std::copy(strides, strides + rank - 1, map.strides);
  return map;
}

int give(const FakeMap &map, void *result) {
  encodedMaps.push_back(map);
  if (!isAllowed(map, result))
    return invalid;
  std::memset(result, 0, sizeof(TensorMap));
  std::memcpy(result, &map, sizeof(map));
  return ok;
}

} // namespace

extern "C" {

FakeCalls *fakeCalls() { return &calls; }
std::vector<FakeMap> *fakeMaps() { return &encodedMaps; }
void fakeSetMajor(int value) { major = value; }
void fakeSetVersion(int value) { driverVersion = value; }

int cuInit(unsigned) { return ok; }
int cuDriverGetVersion(int *version) {
  *version = driverVersion;
  return ok;
}
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
int cuCtxSynchronize() {
  if (isRefused())
    return outOfOrder;
  finish(*defaultStream);
  for (auto &[handle, stream] : streams)
    finish(*stream);
  return ok;
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

//===- Memory -------------------------------------------------------------===//

int cuMemAlloc_v2(unsigned long long *pointer, size_t size) {
  if (isRefused())
    return outOfOrder;
  ++calls.allocations;
  size = (size + 255) / 256 * 256;
  *pointer = reinterpret_cast<uintptr_t>(std::aligned_alloc(256, size));
  memory[uintptr_t(*pointer)] = size;
  return ok;
}
int cuMemFree_v2(unsigned long long pointer) {
  --calls.allocations;
  calls.faults += isBusy() || memory.erase(uintptr_t(pointer)) == 0;
  std::free(at<void>(pointer));
  return isRefused() ? outOfOrder : ok;
}
int cuMemHostAlloc(void **pointer, size_t size, unsigned) {
  if (isRefused())
    return outOfOrder;
  ++calls.allocations;
  *pointer = std::aligned_alloc(4096, (size + 4095) / 4096 * 4096);
  locked[reinterpret_cast<uintptr_t>(*pointer)] = size;
  return ok;
}
int cuMemFreeHost(void *pointer) {
  --calls.allocations;
  calls.faults +=
      isBusy() || locked.erase(reinterpret_cast<uintptr_t>(pointer)) == 0;
  std::free(pointer);
  return isRefused() ? outOfOrder : ok;
}
int cuPointerGetAttributes(unsigned count, const int *attributes, void **values,
                           unsigned long long pointer) {
  if (isRefused(true))
    return invalid;
  bool isDevices = isIn(memory, uintptr_t(pointer));
  bool isLocked = isIn(locked, uintptr_t(pointer));
  for (unsigned i = 0; i < count; ++i) {
    if (attributes[i] == 2) // memory type: the host's, a device's
      *static_cast<unsigned *>(values[i]) = isDevices ? 2 : isLocked ? 1 : 0;
    else if (attributes[i] == 9) // number of the device
      *static_cast<int *>(values[i]) = 0;
    else
      return invalid;
  }
  return ok;
}
/// What the program's memory holds is taken at once, as the driver does with
/// pageable memory.
int cuMemcpyHtoDAsync_v2(unsigned long long to, const void *from, size_t size,
                         void *stream) {
  if (isRefused())
    return outOfOrder;
  ++calls.uploads;
  if (isIn(locked, reinterpret_cast<uintptr_t>(from)))
    return put(stream, [=] { std::memcpy(at<void>(to), from, size); });
  const auto *bytes = static_cast<const char *>(from);
  return put(stream, [=, taken = std::vector<char>(bytes, bytes + size)] {
    std::memcpy(at<void>(to), taken.data(), size);
  });
}
/// To pageable memory, it is done when it returns.
int cuMemcpyDtoHAsync_v2(void *to, unsigned long long from, size_t size,
                         void *handle) {
  auto stream = find(handle);
  if (isRefused() || !stream)
    return outOfOrder;
  ++calls.downloads;
  if (isIn(locked, reinterpret_cast<uintptr_t>(to)))
    return put(handle, [=] { std::memcpy(to, at<void>(from), size); });
  finish(*stream);
  std::memcpy(to, at<void>(from), size);
  return ok;
}
int cuMemcpyDtoDAsync_v2(unsigned long long to, unsigned long long from,
                         size_t size, void *stream) {
  ++calls.moves;
  return put(stream, [=] { std::memcpy(at<void>(to), at<void>(from), size); });
}

//===- Streams ------------------------------------------------------------===//

int cuStreamCreate(void **handle, unsigned) {
  auto stream = std::make_shared<Stream>();
  *handle = stream.get();
  streams[*handle] = stream;
  return isRefused() ? outOfOrder : ok;
}
int cuStreamDestroy_v2(void *stream) {
  // The driver finishes the work later; here it is done now.
  if (auto found = find(stream))
    runUntil(*found, UINT64_MAX);
  streams.erase(stream);
  return isRefused() ? outOfOrder : ok;
}
int cuStreamSynchronize(void *handle) {
  auto stream = find(handle);
  if (isRefused() || !stream)
    return outOfOrder;
  finish(*stream);
  return ok;
}
int cuEventCreate(void **event, unsigned) {
  *event = *events.insert(new Event()).first;
  return isRefused() ? outOfOrder : ok;
}
int cuEventDestroy_v2(void *event) {
  events.erase(static_cast<Event *>(event));
  delete static_cast<Event *>(event);
  return isRefused() ? outOfOrder : ok;
}
int cuEventRecord(void *event, void *handle) {
  auto stream = find(handle);
  if (isRefused() || !stream)
    return outOfOrder;
  *static_cast<Event *>(event) = {stream, stream->done + stream->work.size()};
  return ok;
}
int cuEventSynchronize(void *event) {
  auto &[stream, until] = *static_cast<Event *>(event);
  calls.waits += stream && stream->done < until;
  if (stream)
    runUntil(*stream, until);
  return isRefused() ? outOfOrder : ok;
}
int cuStreamWaitEvent(void *stream, void *event, unsigned) {
  Event seen = *static_cast<Event *>(event);
  if (isRefused())
    return outOfOrder;
  return put(stream, [=] {
    if (seen.stream)
      runUntil(*seen.stream, seen.until);
  });
}

//===- Launches -----------------------------------------------------------===//

int cuTensorMapEncodeTiled(void *result, int type, unsigned rank, void *memory,
                           const uint64_t *dims, const uint64_t *strides,
                           const unsigned *box, const unsigned *steps,
                           int interleave, int swizzle, int promotion,
                           int fill) {
  if (rank < 1 || rank > 5 || interleave != 0 || swizzle != 3 ||
      promotion != 3 || fill != 0)
    return invalid;
  FakeMap map = makeMap(type, rank, memory, dims, strides);
  std::copy(box, box + rank, map.box);
  std::copy(steps, steps + rank, map.steps);
  return give(map, result);
}
int cuTensorMapEncodeIm2col(void *result, int type, unsigned rank, void *memory,
                            const uint64_t *dims, const uint64_t *strides,
                            const int *lower, const int *upper,
                            unsigned channels, unsigned pixels,
                            const unsigned *steps, int interleave, int swizzle,
                            int promotion, int fill) {
  if (rank < 3 || rank > 5 || interleave != 0 || swizzle != 3 ||
      promotion != 3 || fill != 0)
    return invalid;
  FakeMap map = makeMap(type, rank, memory, dims, strides);
  std::copy(lower, lower + rank - 2, map.lower);
  std::copy(upper, upper + rank - 2, map.upper);
  std::copy(steps, steps + rank, map.steps);
  map.box[0] = uint16_t(channels);
  map.pixels = uint16_t(pixels);
  return give(map, result);
}
int cuLaunchKernelEx(const LaunchConfig *config, void *function,
                     void **parameters, void **) {
  ++calls.launches;
  for (unsigned i = 0; i < config->attributeCount; ++i)
    calls.programmatic += config->attributes[i].id == 6 && // serialization
                          config->attributes[i].number == 1;
  const unsigned blocks = config->grid[0];
  const auto *image = static_cast<const FakeImage *>(function);
  // The driver copies parameters.
  std::vector<uint64_t> values;
  for (unsigned i = 0; i < image->words; ++i)
    values.push_back(*static_cast<uint64_t *>(parameters[i]));
  std::vector<FakeMap> maps;
  for (unsigned i = 0; i < image->maps; ++i)
    maps.push_back(*static_cast<FakeMap *>(parameters[image->words + i]));
  return put(config->stream, [=]() mutable {
    std::vector<void *> copies;
    for (uint64_t &value : values)
      copies.push_back(&value);
    for (FakeMap &map : maps)
      copies.push_back(&map);
    for (unsigned block = 0; block < blocks; ++block)
      image->run(copies.data(), block, blocks);
  });
}
int cuStreamBeginCapture_v2(void *stream, int) {
  recorded = find(stream).get();
  // The default stream cannot be recorded.
  if (isRefused() || !recorded || !stream)
    return outOfOrder;
  recording = new Graph();
  return ok;
}
int cuStreamEndCapture(void *stream, void **graph) {
  ++calls.recordings;
  *graph = recording;
  recording = nullptr;
  return *graph && find(stream).get() == recorded ? ok : invalid;
}
int cuGraphInstantiateWithFlags(void **exec, void *graph, unsigned long long) {
  *exec = new Graph(*static_cast<Graph *>(graph));
  return ok;
}
int cuGraphDestroy(void *graph) {
  delete static_cast<Graph *>(graph);
  return ok;
}
int cuGraphLaunch(void *exec, void *stream) {
  ++calls.repeats;
  if (isRefused())
    return outOfOrder;
  for (Work &work : *static_cast<Graph *>(exec))
    if (put(stream, work))
      return invalid;
  return ok;
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
