// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_DEVICE_H
#define SINTER_RUNTIME_DEVICE_H

#include <cstddef>
#include <memory>
#include <span>

#include "Log.h"
#include "Memory.h"
#include "sinter/abi.h"
#include "sinter/runtime.h"

namespace sinter::runtime {

class ThreadPool;

/// A launch of a kernel: as SINTER_OP_DEVICE_LAUNCH.
struct DeviceLaunch {
  uint32_t kernel = 0;
  const char *name = "";
  std::span<void *const> buffers;
  std::span<const int64_t> sizes;
  int64_t extent = 0;
  /// Blocks; at most the kernel's.
  uint32_t blocks = 0;
  /// Whether the kernel has scratch, and that of all blocks.
  bool hasScratch = false;
  char *scratch = nullptr;
};

/// Work that is recorded once and repeated as it was, pointers and sizes
/// included.
class Recording {
public:
  virtual ~Recording() = default;
};

/// A GPU's memory, and work for it that is done in the order of the calls. Used
/// by one thread at a time.
class DeviceQueue : public Allocator {
public:
  /// What is read on the host may be written again when it returns.
  virtual sinter_status upload(char *to, const char *from, size_t size,
                               sinter_error *error) = 0;
  /// As upload, but what is read stays as it is until the run has ended.
  virtual sinter_status uploadLasting(char *to, const char *from, size_t size,
                                      sinter_error *error) = 0;
  /// What is written on the host is complete after `receive`.
  virtual sinter_status download(char *to, const char *from, size_t size,
                                 sinter_error *error) = 0;
  virtual sinter_status receive(sinter_error *error) = 0;
  /// Within the GPU. The parts do not overlap.
  virtual sinter_status move(char *to, const char *from, size_t size,
                             sinter_error *error) = 0;
  virtual sinter_status launch(const DeviceLaunch &launch,
                               sinter_error *error) = 0;
  /// Waits until all is done.
  virtual sinter_status finish(sinter_error *error) = 0;
  /// Waits too, but what is on its way to the host need not be written.
  virtual void abandon() = 0;

  /// Between these, moves and launches are recorded instead of done; nothing
  /// else is called.
  virtual sinter_status beginRecording(sinter_error *error) = 0;
  virtual sinter_status endRecording(std::unique_ptr<Recording> &result,
                                     sinter_error *error) = 0;
  virtual sinter_status repeat(Recording &recording, sinter_error *error) = 0;

  /// Whether a profiler is told what the host does: between these, the work of
  /// a node. What is recorded has no nodes any more.
  virtual bool isTraced() const = 0;
  virtual void enter(const char *node) = 0;
  virtual void leave() = 0;

  /// See sinter_context_set_stream.
  virtual sinter_status setStream(void *stream, sinter_error *error) = 0;
  /// The run is put on the stream: waits for as much of it as is promised.
  virtual sinter_status endRun(sinter_error *error) = 0;
};

/// A GPU with the kernels of a model. Used by all threads at once. Its memory
/// is released when nothing can use it any more.
class Device : public Allocator {
public:
  /// Finds a GPU and loads the kernels. DEVICE if there is no such GPU.
  static sinter_status open(const sinter_model_descriptor &model,
                            const Log &log, std::unique_ptr<Device> &device,
                            sinter_error *error);

  /// `pool` helps with copies; null: nobody does. Both outlive the queue.
  virtual sinter_status makeQueue(ThreadPool *pool,
                                  std::unique_ptr<DeviceQueue> &queue,
                                  sinter_error *error) = 0;
  /// Its number among those of the machine.
  virtual int32_t number() const = 0;
  /// Whether this is its memory.
  virtual bool owns(const void *memory) const = 0;
};

} // namespace sinter::runtime
#endif
