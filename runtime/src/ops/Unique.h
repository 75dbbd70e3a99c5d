// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX Unique.
#pragma once

#include "Routines.h"

namespace sinter::routine {

/// buffers: rows, firsts, counts, inverse, count. sizes: type, rows, elements
/// of a row, whether results are sorted by the rows' elements. scratch: two
/// int64 for each row.
inline int32_t unique(void *const *buffers, const int64_t *sizes,
                      void *scratch) {
  int64_t type = sizes[0], rows = sizes[1], width = sizes[2];
  auto *order = static_cast<int64_t *>(scratch), *position = order + rows;
  auto *firsts = static_cast<int64_t *>(buffers[1]);
  auto *counts = static_cast<int64_t *>(buffers[2]);
  auto *inverse = static_cast<int64_t *>(buffers[3]);
  auto compare = [&](int64_t a, int64_t b) {
    for (int64_t i = 0; i < width; ++i) {
      int64_t left = keyOf(buffers[0], type, a * width + i);
      int64_t right = keyOf(buffers[0], type, b * width + i);
      if (left != right)
        return left < right ? -1 : 1;
    }
    return 0;
  };
  auto isBefore = [&](int64_t a, int64_t b) {
    int sign = compare(a, b);
    return sign != 0 ? sign < 0 : a < b;
  };
  for (int64_t row = 0; row < rows; ++row)
    order[row] = row;
  makeHeap(order, rows, isBefore);
  sortHeap(order, rows, isBefore);
  // Equal rows stand together now, first occurrences first.
  int64_t count = 0;
  for (int64_t at = 0; at < rows; ++at) {
    if (at == 0 || compare(order[at - 1], order[at]) != 0) {
      firsts[count] = order[at];
      counts[count++] = 0;
    }
    ++counts[count - 1];
    inverse[order[at]] = count - 1;
  }
  *static_cast<int64_t *>(buffers[4]) = count;
  if (sizes[3] != 0)
    return 0;
  // By first occurrence instead.
  auto isFirst = [&](int64_t a, int64_t b) { return firsts[a] < firsts[b]; };
  for (int64_t at = 0; at < count; ++at)
    order[at] = at;
  makeHeap(order, count, isFirst);
  sortHeap(order, count, isFirst);
  for (int64_t at = 0; at < count; ++at)
    position[order[at]] = at;
  for (int64_t row = 0; row < rows; ++row)
    inverse[row] = position[inverse[row]];
  // A permutation of both lists: through what is free now.
  for (int64_t at = 0; at < count; ++at)
    position[at] = firsts[order[at]];
  for (int64_t at = 0; at < count; ++at)
    firsts[at] = position[at];
  for (int64_t at = 0; at < count; ++at)
    position[at] = counts[order[at]];
  for (int64_t at = 0; at < count; ++at)
    counts[at] = position[at];
  return 0;
}

} // namespace sinter::routine
