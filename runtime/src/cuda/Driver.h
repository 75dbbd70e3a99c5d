// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of NVIDIA's driver that Sinter calls, found when they are
// needed: a program with the runtime loads on machines without a driver.
#ifndef SINTER_RUNTIME_CUDA_DRIVER_H
#define SINTER_RUNTIME_CUDA_DRIVER_H

#include <cstddef>
#include <cstdint>

#include "sinter/runtime.h"

namespace sinter::runtime::cuda {

// As the driver's interface has them.
using Result = int; // 0: success
using DeviceNumber = int;
using Pointer = unsigned long long; // on the device
using Context = void *;
using Module = void *;
using Function = void *;
using Stream = void *;
using Event = void *;
using Graph = void *;
using GraphExec = void *;

/// CUlaunchAttribute, of which we know those with a number.
struct LaunchAttribute {
  int id, padding;
  int number, rest[15];
};

/// CUlaunchConfig.
struct LaunchConfig {
  unsigned grid[3], block[3];
  unsigned sharedBytes;
  Stream stream;
  LaunchAttribute *attributes;
  unsigned attributeCount;
};

/// CUtensorMap, of which we know the size.
struct alignas(64) TensorMap {
  char bytes[128];
};

static_assert(sizeof(LaunchAttribute) == 72 && sizeof(LaunchConfig) == 56);

struct Driver {
  Result (*init)(unsigned flags);
  Result (*version)(int *version);
  Result (*deviceCount)(int *count);
  Result (*deviceGet)(DeviceNumber *device, int ordinal);
  Result (*deviceName)(char *name, int length, DeviceNumber device);
  Result (*deviceAttribute)(int *value, int attribute, DeviceNumber device);
  Result (*retainContext)(Context *context, DeviceNumber device);
  Result (*releaseContext)(DeviceNumber device);
  Result (*pushContext)(Context context);
  Result (*popContext)(Context *context);
  Result (*finishContext)();
  Result (*loadModule)(Module *module, const void *image);
  Result (*unloadModule)(Module module);
  Result (*getFunction)(Function *function, Module module, const char *name);
  Result (*setAttribute)(Function function, int attribute, int value);
  Result (*allocate)(Pointer *memory, size_t size);
  Result (*release)(Pointer memory);
  Result (*allocateLocked)(void **memory, size_t size, unsigned flags);
  Result (*releaseLocked)(void *memory);
  /// 0 for what is not known of the memory.
  Result (*pointerAttributes)(unsigned count, const int *attributes,
                              void **values, Pointer memory);
  Result (*upload)(Pointer to, const void *from, size_t size, Stream stream);
  Result (*download)(void *to, Pointer from, size_t size, Stream stream);
  Result (*move)(Pointer to, Pointer from, size_t size, Stream stream);
  Result (*createStream)(Stream *stream, unsigned flags);
  Result (*destroyStream)(Stream stream);
  Result (*finish)(Stream stream);
  Result (*wait)(Stream stream, Event event, unsigned flags);
  Result (*createEvent)(Event *event, unsigned flags);
  Result (*destroyEvent)(Event event);
  Result (*recordEvent)(Event event, Stream stream);
  Result (*finishEvent)(Event event);
  Result (*launch)(const LaunchConfig *config, Function function,
                   void **parameters, void **extra);
  // Strides begin with that of dim 1.
  Result (*encodeTiled)(TensorMap *map, int type, unsigned rank, void *memory,
                        const uint64_t *dims, const uint64_t *strides,
                        const unsigned *box, const unsigned *steps,
                        int interleave, int swizzle, int promotion, int fill);
  Result (*encodeImage)(TensorMap *map, int type, unsigned rank, void *memory,
                        const uint64_t *dims, const uint64_t *strides,
                        const int *lower, const int *upper, unsigned channels,
                        unsigned pixels, const unsigned *steps, int interleave,
                        int swizzle, int promotion, int fill);
  Result (*beginCapture)(Stream stream, int mode);
  Result (*endCapture)(Stream stream, Graph *graph);
  Result (*instantiate)(GraphExec *exec, Graph graph, unsigned long long flags);
  Result (*destroyGraph)(Graph graph);
  Result (*launchGraph)(GraphExec exec, Stream stream);
  Result (*destroyExec)(GraphExec exec);
  Result (*errorText)(Result result, const char **text);

  /// The driver of this process, initialised; DEVICE if there is none.
  /// Thread-safe.
  static sinter_status get(const Driver *&driver, sinter_error *error);
};

} // namespace sinter::runtime::cuda
#endif
