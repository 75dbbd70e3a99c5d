// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_TYPES_H
#define SINTER_RUNTIME_TYPES_H

#include <cstddef>
#include <cstdint>
#include <span>

namespace sinter::runtime {

// Numbers of ONNX TensorProto.DataType.
constexpr uint32_t floatType = 1, float16Type = 10, bfloat16Type = 16;

/// Bits of an element of ONNX TensorProto.DataType `type`; 0: not a type that
/// a buffer can hold (strings, unknown numbers).
inline uint32_t elementBits(uint32_t type) {
  // Undefined, float, uint8, int8, uint16, int16, int32, int64, string, bool,
  // float16, double, uint32, uint64, complex64, complex128, bfloat16, four
  // float8, uint4, int4, float4, float8e8m0, uint2, int2.
  constexpr uint8_t bits[] = {0, 32, 8,  8,  16, 16, 32,  64, 0,
                              8, 16, 64, 32, 64, 64, 128, 16, 8,
                              8, 8,  8,  4,  4,  4,  8,   2,  2};
  return type < sizeof(bits) ? bits[type] : 0;
}

/// Bytes of a dense tensor; false if they exceed 63 bits or a dim is negative.
inline bool tensorBytes(uint32_t type, std::span<const int64_t> dims,
                        int64_t &bytes) {
  bool isEmpty = false;
  int64_t bits = elementBits(type);
  for (int64_t dim : dims) {
    if (dim < 0)
      return false;
    isEmpty |= dim == 0;
  }
  for (size_t i = 0; i < dims.size() && !isEmpty; ++i)
    if (__builtin_mul_overflow(bits, dims[i], &bits))
      return false;
  bytes = isEmpty ? 0 : bits / 8 + (bits % 8 != 0);
  return true;
}

} // namespace sinter::runtime
#endif
