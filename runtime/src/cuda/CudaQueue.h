// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_CUDA_CUDAQUEUE_H
#define SINTER_RUNTIME_CUDA_CUDAQUEUE_H

#include "CudaDevice.h"

namespace sinter::runtime::cuda {

/// A stream of the driver. The device outlives it.
class CudaQueue : public DeviceQueue {
public:
  explicit CudaQueue(const CudaDevice &device)
      : device(device), driver(device.driver) {}
  CudaQueue(const CudaQueue &) = delete;
  ~CudaQueue() override;

  sinter_status start(sinter_error *error);

  char *allocate(size_t size) override;
  void release(char *memory) override;
  bool copy(char *to, const char *from, size_t size) override;

  sinter_status upload(char *to, const char *from, size_t size,
                       sinter_error *error) override;
  sinter_status download(char *to, const char *from, size_t size,
                         sinter_error *error) override;
  sinter_status move(char *to, const char *from, size_t size,
                     sinter_error *error) override;
  sinter_status launch(const DeviceLaunch &launch,
                       sinter_error *error) override;
  sinter_status finish(sinter_error *error) override;
  sinter_status beginRecording(sinter_error *error) override;
  sinter_status endRecording(std::unique_ptr<Recording> &result,
                             sinter_error *error) override;
  sinter_status repeat(Recording &recording, sinter_error *error) override;

private:
  const CudaDevice &device;
  const Driver &driver;
  Stream stream = nullptr;
  Array<void *> parameters; // addresses of those of the launch at hand
};

} // namespace sinter::runtime::cuda
#endif
