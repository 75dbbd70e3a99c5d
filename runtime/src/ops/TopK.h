// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX TopK.
#pragma once

#include "Routines.h"

namespace sinter::routine {

struct Ranked {
  int64_t key;
  int64_t index;
};

/// buffers: input, values, indices. sizes: type, bytes of an element, size of
/// the axis, size of what is inside of it, k, whether the largest are wanted.
/// The range counts the rows; scratch holds k Ranked. Equal elements come in
/// the order of their indices.
inline int32_t topK(void *const *buffers, const int64_t *sizes, void *scratch,
                    int64_t begin, int64_t end) {
  int64_t type = sizes[0], bytes = sizes[1], size = sizes[2], inner = sizes[3];
  int64_t k = sizes[4];
  bool largest = sizes[5] != 0;
  if (k > size)
    return 1;
  auto *heap = static_cast<Ranked *>(scratch);
  auto isBefore = [&](const Ranked &a, const Ranked &b) {
    if (a.key != b.key)
      return largest ? a.key > b.key : a.key < b.key;
    return a.index < b.index;
  };
  for (int64_t row = begin; row < end && k > 0; ++row) {
    int64_t first = row / inner * size * inner + row % inner;
    int64_t result = row / inner * k * inner + row % inner;
    auto ranked = [&](int64_t index) {
      return Ranked{keyOf(buffers[0], type, first + index * inner), index};
    };
    for (int64_t index = 0; index < k; ++index)
      heap[index] = ranked(index);
    makeHeap(heap, k, isBefore);
    for (int64_t index = k; index < size; ++index)
      if (Ranked next = ranked(index); isBefore(next, heap[0])) {
        heap[0] = next;
        siftDown(heap, 0, k, isBefore);
      }
    sortHeap(heap, k, isBefore);
    for (int64_t index = 0; index < k; ++index) {
      int64_t to = result + index * inner;
      copyElement(buffers[1], to, buffers[0], first + heap[index].index * inner,
                  bytes);
      static_cast<int64_t *>(buffers[2])[to] = heap[index].index;
    }
  }
  return 0;
}

} // namespace sinter::routine
