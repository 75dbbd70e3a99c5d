// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_MODEL_H
#define SINTER_RUNTIME_MODEL_H

#include <memory>

#include "Array.h"
#include "Device.h"
#include "File.h"
#include "Log.h"
#include "Memory.h"
#include "Mutex.h"
#include "Plan.h"

namespace sinter::runtime {

/// A loaded model: immutable once open has returned.
class Model {
public:
  static sinter_status open(const char *path,
                            const sinter_open_options &options,
                            std::shared_ptr<Model> &model, sinter_error *error);
  ~Model();

  const Plan &plan() const { return tables; }
  const sinter_model_descriptor &head() const { return *descriptor; }
  sinter_kernel kernel(uint32_t index) const {
    return descriptor->kernels[index];
  }
  const char *weights() const { return weightBytes.data(); }
  uint64_t weightsLength() const { return descriptor->weights_length; }
  /// The model's memory, on the host and on the device.
  char *memory() const { return modelMemory.data(); }
#ifdef SINTER_DEBUG_ARENA
  char *memoryApart(size_t buffer) const { return apart[buffer].data(); }
#endif
  char *deviceMemory() const { return deviceModelMemory.data(); }
  char *deviceWeights() const { return deviceWeightBytes.data(); }

  /// Loads a model with device kernels to its device, the first time that it is
  /// called.
  static sinter_status openDevice(const std::shared_ptr<const Model> &model,
                                  sinter_error *error);
  /// The device after openDevice; null for models without.
  Device *device() const { return gpu.get(); }
  const char *compiler() const { return descriptor->compiler_version; }
  const Array<sinter_info> &inputs() const { return inputInfos; }
  const Array<sinter_info> &outputs() const { return outputInfos; }
  Log log;

private:
  sinter_status load(int file, const char *path, const sinter_trailer &trailer,
                     sinter_error *error);
  sinter_status mapWeights(int file, const char *path,
                           const sinter_trailer &trailer, sinter_error *error);
  sinter_status checkDescriptor(const char *path, const sinter_trailer &trailer,
                                sinter_error *error) const;
  sinter_status loadDevice(sinter_error *error) const;
  void describeValues();
  sinter_info describe(const sinter_value_info &value, size_t &used);

  void *library = nullptr;
  const sinter_model_descriptor *descriptor = nullptr;
  Plan tables;
  Mapping weightBytes;
  Memory modelMemory;
#ifdef SINTER_DEBUG_ARENA
  bool reserveApart();
  Array<Memory> apart; // per buffer of model memory
#endif
  // What openDevice makes, once.
  mutable Mutex mutex;
  mutable bool isOnDevice = false;
  mutable std::unique_ptr<Device> gpu;
  mutable Memory deviceWeightBytes, deviceModelMemory;
  Array<sinter_info> inputInfos, outputInfos;
  Array<int64_t> infoDims;        // of all inputs and outputs
  Array<const char *> infoLabels; // likewise
};

} // namespace sinter::runtime
#endif
