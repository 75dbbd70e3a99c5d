// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_CUDA_CUDADEVICE_H
#define SINTER_RUNTIME_CUDA_CUDADEVICE_H

#include "Array.h"
#include "Device.h"
#include "Driver.h"
#include "Ranges.h"

namespace sinter::runtime::cuda {

inline Pointer pointerOf(const char *memory) {
  return reinterpret_cast<uintptr_t>(memory);
}

class CudaDevice : public Device {
public:
  /// `ranges` may be null.
  CudaDevice(const Driver &driver, const Ranges *ranges)
      : driver(driver), ranges(ranges) {}
  CudaDevice(const CudaDevice &) = delete;
  ~CudaDevice() override;

  /// Takes the first GPU and loads the kernels of the model to it.
  sinter_status load(const sinter_model_descriptor &model, sinter_error *error);
  sinter_status makeQueue(ThreadPool *pool, std::unique_ptr<DeviceQueue> &queue,
                          sinter_error *error) override;
  int32_t number() const override { return deviceNumber; }
  bool owns(const void *memory) const override;
  char *allocate(size_t size) override;
  void release(char *memory) override;

  /// Whether the memory of the host is page-locked for the device.
  bool isLocked(const char *memory, size_t size) const;

  /// OK, or DEVICE with the driver's text.
  sinter_status check(Result result, const char *what,
                      sinter_error *error) const;

  /// Makes the GPU the thread's for a while.
  class Current {
  public:
    explicit Current(const CudaDevice &device) : device(device) {
      device.driver.pushContext(device.context);
    }
    Current(const Current &) = delete;
    ~Current() {
      Context popped;
      device.driver.popContext(&popped);
    }

  private:
    const CudaDevice &device;
  };

  struct Kernel {
    Module module = nullptr;
    Function function = nullptr;
    uint32_t threads = 0, sharedBytes = 0;
    std::span<const sinter_tensor_map> maps;
  };
  const Kernel &kernel(uint32_t number) const { return kernels[number]; }

  const Driver &driver;
  const Ranges *const ranges;
  /// Whether kernels begin before those before them are done, with what does
  /// not depend on them.
  bool isProgrammatic() const { return programmatic; }

private:
  sinter_status findDevice(const char *name, sinter_error *error);
  /// What the driver knows of memory: its CUmemorytype, 0 for any that is not
  /// the driver's, and the number of the device.
  struct MemoryFacts {
    unsigned type = 0;
    int device = 0;
  };
  MemoryFacts factsOf(const char *memory) const;
  sinter_status loadKernel(const sinter_device_kernel &source, Kernel &kernel,
                           sinter_error *error);

  DeviceNumber deviceNumber = 0;
  Context context = nullptr;
  bool programmatic = false;
  Array<Kernel> kernels;
};

} // namespace sinter::runtime::cuda
#endif
