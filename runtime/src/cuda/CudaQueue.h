// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_CUDA_CUDAQUEUE_H
#define SINTER_RUNTIME_CUDA_CUDAQUEUE_H

#include "Staging.h"

namespace sinter::runtime::cuda {

/// Puts work on a stream: its own, or one of the caller's. The device outlives
/// it.
class CudaQueue : public DeviceQueue {
public:
  CudaQueue(const CudaDevice &device, ThreadPool *pool)
      : device(device), driver(device.driver), staging(device, pool) {}
  CudaQueue(const CudaQueue &) = delete;
  ~CudaQueue() override;

  sinter_status start(sinter_error *error);

  char *allocate(size_t size) override;
  void release(char *memory) override;
  bool copy(char *to, const char *from, size_t size) override;

  sinter_status upload(char *to, const char *from, size_t size,
                       sinter_error *error) override;
  sinter_status uploadLasting(char *to, const char *from, size_t size,
                              sinter_error *error) override;
  sinter_status download(char *to, const char *from, size_t size,
                         sinter_error *error) override;
  sinter_status move(char *to, const char *from, size_t size,
                     sinter_error *error) override;
  sinter_status launch(const DeviceLaunch &launch,
                       sinter_error *error) override;
  sinter_status receive(sinter_error *error) override;
  sinter_status finish(sinter_error *error) override;
  void abandon() override;
  sinter_status beginRecording(sinter_error *error) override;
  sinter_status endRecording(std::unique_ptr<Recording> &result,
                             sinter_error *error) override;
  sinter_status repeat(Recording &recording, sinter_error *error) override;
  bool isTraced() const override { return device.ranges; }
  void enter(const char *node) override { device.ranges->push(node); }
  void leave() override { device.ranges->pop(); }
  sinter_status setStream(void *given, sinter_error *error) override;
  sinter_status endRun(sinter_error *error) override;

private:
  /// Where the work at hand goes; what is recorded, to our own stream: others
  /// cannot all be recorded.
  Stream target() {
    isBusy = !isRecording;
    return isRecording ? own : stream;
  }
  void waitForAll();
  sinter_status waitForDirect(sinter_error *error);

  const CudaDevice &device;
  const Driver &driver;
  Stream own = nullptr; // ours, made by start()
  Stream stream =
      nullptr; // `own`, or the caller's, who may end it between runs
  bool isRecording = false;
  /// Work has been put on `stream` that `done` does not stand for.
  bool isBusy = false;
  /// After the last run on a stream of the caller's.
  Event done = nullptr;
  Staging staging;
  /// Copies to or from page-locked memory of the caller's that nobody has
  /// waited for, and what comes after the last one.
  bool isSending = false, isReceiving = false;
  Event direct = nullptr;
  Array<void *> parameters; // addresses of those of the launch at hand
};

} // namespace sinter::runtime::cuda
#endif
