// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The structs of DLPack that do not change, declared after its specification:
// https://dmlc.github.io/dlpack/latest/c_api.html
#ifndef SINTER_RUNTIME_DLPACK_H
#define SINTER_RUNTIME_DLPACK_H

#include <cstdint>

struct DLManagedTensor;

namespace sinter::runtime::dlpack {

enum DeviceType : int32_t { Cpu = 1, Cuda = 2, CudaHost = 3, CudaManaged = 13 };

struct Device {
  int32_t type;
  int32_t number;
};

/// Kinds of numbers; with the bits they make an element type.
enum Code : uint8_t {
  Int = 0,
  UInt = 1,
  Float = 2,
  Bfloat = 4,
  Complex = 5,
  Bool = 6,
  Float8E4M3fn = 10,
  Float8E4M3fnuz = 11,
  Float8E5M2 = 12,
  Float8E5M2fnuz = 13,
  Float8E8M0fnu = 14
};

struct DataType {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
};

struct Tensor {
  void *data;
  Device device;
  int32_t rank;
  DataType type;
  int64_t *shape;
  /// In elements; null: dense and row-major.
  int64_t *strides;
  uint64_t byteOffset;
};

struct Managed {
  Tensor tensor;
  void *owner;
  void (*deleter)(DLManagedTensor *self);
};

static_assert(sizeof(Tensor) == 48 && sizeof(Managed) == 64);

} // namespace sinter::runtime::dlpack
#endif
