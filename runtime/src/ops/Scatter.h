// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ScatterND and ScatterElements, after they became rows and positions.
#pragma once

#include "Routines.h"

namespace sinter::routine {

enum Combine : int64_t { Replace, Add, Multiply, Largest, Smallest };

/// Unsigned, so that a sum or product that is too large wraps around.
template <typename T> struct Wrapping {
  using Type = T;
};
template <> struct Wrapping<int32_t> {
  using Type = uint32_t;
};
template <> struct Wrapping<int64_t> {
  using Type = uint64_t;
};

template <typename T> T combined(T old, T update, int64_t combine) {
  using W = typename Wrapping<T>::Type;
  switch (combine) {
  case Add:
    return T(W(old) + W(update));
  case Multiply:
    return T(W(old) * W(update));
  case Largest:
    return old != old || old > update ? old : update;
  default:
    return old != old || old < update ? old : update;
  }
}

template <typename T>
void combineRow(void *to, int64_t toFirst, const void *from, int64_t fromFirst,
                int64_t count, int64_t combine) {
  auto *target = static_cast<T *>(to) + toFirst;
  auto *source = static_cast<const T *>(from) + fromFirst;
  for (int64_t index = 0; index < count; ++index)
    target[index] = combined(target[index], source[index], combine);
}

/// Copies `bytes` bytes; places are counted in bytes.
inline void copyRow(void *to, int64_t toFirst, const void *from,
                    int64_t fromFirst, int64_t bytes) {
  auto *target = static_cast<char *>(to) + toFirst;
  auto *source = static_cast<const char *>(from) + fromFirst;
  for (int64_t byte = 0; byte < bytes; ++byte)
    target[byte] = source[byte];
}

/// buffers: data, positions, updates, result. sizes: type, bytes of an element,
/// rows, length of a row, number of positions, updates, length of those, how to
/// combine. The range counts the rows; each part applies the updates of its own
/// rows, in their order.
inline int32_t scatter(void *const *buffers, const int64_t *sizes,
                       int64_t begin, int64_t end) {
  int64_t type = sizes[0], bytes = sizes[1], rows = sizes[2], length = sizes[3];
  int64_t count = sizes[4], combine = sizes[7];
  if (sizes[5] != count || (count > 0 && sizes[6] != length))
    return 1;
  int64_t rowBytes = bytes * length;
  copyRow(buffers[3], begin * rowBytes, buffers[0], begin * rowBytes,
          (end - begin) * rowBytes);
  auto *positions = static_cast<const int64_t *>(buffers[1]);
  for (int64_t update = 0; update < count; ++update) {
    int64_t row = positions[update];
    if (row < 0 || row >= rows)
      return 1;
    if (row < begin || row >= end)
      continue;
    int64_t to = row * length, from = update * length;
    if (combine == Replace)
      copyRow(buffers[3], row * rowBytes, buffers[2], update * rowBytes,
              rowBytes);
    else if (type == Float32)
      combineRow<float>(buffers[3], to, buffers[2], from, length, combine);
    else if (type == Float64)
      combineRow<double>(buffers[3], to, buffers[2], from, length, combine);
    else if (type == Int32)
      combineRow<int32_t>(buffers[3], to, buffers[2], from, length, combine);
    else
      combineRow<int64_t>(buffers[3], to, buffers[2], from, length, combine);
  }
  return 0;
}

} // namespace sinter::routine
