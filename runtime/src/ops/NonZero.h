// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX NonZero.
#pragma once

#include "Routines.h"

namespace sinter::routine {

/// buffers: input, coordinates (a row for each), count. sizes: type, elements,
/// rank, dims.
inline int32_t nonZero(void *const *buffers, const int64_t *sizes) {
  int64_t type = sizes[0], elements = sizes[1], rank = sizes[2];
  // Every type has a first key that only zeros have.
  const uint64_t zero[1] = {0};
  int64_t zeroKey = keyOf(zero, type, 0);
  auto *row = static_cast<int64_t *>(buffers[1]);
  int64_t count = 0;
  for (int64_t element = 0; element < elements; ++element) {
    if (keyOf(buffers[0], type, element) == zeroKey)
      continue;
    int64_t rest = element;
    for (int64_t axis = rank; axis-- > 0;) {
      row[count * rank + axis] = rest % sizes[3 + axis];
      rest /= sizes[3 + axis];
    }
    ++count;
  }
  *static_cast<int64_t *>(buffers[2]) = count;
  return 0;
}

} // namespace sinter::routine
