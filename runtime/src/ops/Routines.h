// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What routines have in common: ops that are no loop nest with a scalar body.
//
// A routine has the kernel type of abi.h: buffers of the operands, then of the
// results; `sizes` as its graph op says (getRoutine), `scratch` as many bytes
// as that asks for. It is compiled into the model: freestanding, without
// exceptions, allocation, globals or calls of a C library, and with nothing
// whose value depends on begin and end. A result that is not 0 ends the run.
#pragma once

#include <stdint.h>

namespace sinter::routine {

/// Numbers of ONNX TensorProto.DataType.
enum Type : int64_t {
  Float32 = 1,
  UInt8 = 2,
  Int8 = 3,
  UInt16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  Bool = 9,
  Float16 = 10,
  Float64 = 11,
  UInt32 = 12,
  UInt64 = 13,
  BFloat16 = 16
};

template <typename T> T at(const void *data, int64_t index) {
  return static_cast<const T *>(data)[index];
}

/// Floats as integers in the order of their values: -0 is before 0, NaN after
/// all or, with its sign set, before all.
template <typename Bits> int64_t orderOf(Bits bits) {
  constexpr int width = sizeof(Bits) * 8;
  constexpr Bits sign = Bits(1) << (width - 1);
  Bits ordered = bits & sign ? Bits(~bits) : Bits(bits | sign);
  return int64_t(uint64_t(ordered) << (64 - width) ^ uint64_t(1) << 63);
}

/// An integer that is ordered as the elements are; zeros of both signs are
/// equal, and so are all NaN, which come last.
inline int64_t keyOf(const void *data, int64_t type, int64_t index) {
  switch (type) {
  case Float32: {
    float value = at<float>(data, index);
    if (value != value)
      return INT64_MAX;
    return value == 0 ? orderOf(uint32_t(0))
                      : orderOf(at<uint32_t>(data, index));
  }
  case Float64: {
    double value = at<double>(data, index);
    if (value != value)
      return INT64_MAX;
    return value == 0 ? orderOf(uint64_t(0))
                      : orderOf(at<uint64_t>(data, index));
  }
  case Float16:
  case BFloat16: {
    uint16_t bits = at<uint16_t>(data, index);
    uint16_t magnitude = bits & 0x7fff;
    if (magnitude > (type == Float16 ? 0x7c00 : 0x7f80))
      return INT64_MAX;
    return orderOf(magnitude == 0 ? uint16_t(0) : bits);
  }
  case Bool:
  case UInt8:
    return at<uint8_t>(data, index);
  case Int8:
    return at<int8_t>(data, index);
  case UInt16:
    return at<uint16_t>(data, index);
  case Int16:
    return at<int16_t>(data, index);
  case Int32:
    return at<int32_t>(data, index);
  case UInt32:
    return at<uint32_t>(data, index);
  case UInt64:
    return int64_t(at<uint64_t>(data, index) ^ uint64_t(1) << 63);
  default:
    return at<int64_t>(data, index);
  }
}

/// Copies one element of `bytes` bytes.
inline void copyElement(void *to, int64_t toIndex, const void *from,
                        int64_t fromIndex, int64_t bytes) {
  auto *target = static_cast<char *>(to) + toIndex * bytes;
  auto *source = static_cast<const char *>(from) + fromIndex * bytes;
  for (int64_t byte = 0; byte < bytes; ++byte)
    target[byte] = source[byte];
}

/// Restores the heap below `root`, whose top comes last of all.
template <typename T, typename IsBefore>
void siftDown(T *heap, int64_t root, int64_t count, IsBefore isBefore) {
  T moved = heap[root];
  for (int64_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && isBefore(heap[child], heap[child + 1]))
      ++child;
    if (!isBefore(moved, heap[child]))
      break;
    heap[root] = heap[child];
  }
  heap[root] = moved;
}

template <typename T, typename IsBefore>
void makeHeap(T *heap, int64_t count, IsBefore isBefore) {
  for (int64_t root = count / 2; root-- > 0;)
    siftDown(heap, root, count, isBefore);
}

/// Sorts a heap: what comes first of all is first.
template <typename T, typename IsBefore>
void sortHeap(T *heap, int64_t count, IsBefore isBefore) {
  while (count-- > 1) {
    T last = heap[count];
    heap[count] = heap[0];
    heap[0] = last;
    siftDown(heap, 0, count, isBefore);
  }
}

} // namespace sinter::routine
