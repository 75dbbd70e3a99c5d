// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Memory.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "sinter/abi.h"

using namespace sinter::runtime;

Memory::~Memory() { std::free(bytes); }

bool Memory::reserve(size_t size) {
  if (bytes && size <= capacity)
    return true;
  if (size > size_t(PTRDIFF_MAX) - SINTER_ALIGNMENT)
    return false;
  size_t rounded =
      (size + SINTER_ALIGNMENT - 1) & ~size_t(SINTER_ALIGNMENT - 1);
  if (rounded == 0)
    rounded = SINTER_ALIGNMENT;
  std::free(bytes);
  capacity = 0;
  bytes = static_cast<char *>(std::aligned_alloc(SINTER_ALIGNMENT, rounded));
  if (!bytes)
    return false;
  capacity = rounded;
  return true;
}

bool Memory::grow(size_t size, size_t used) {
  if (bytes && size <= capacity)
    return true;
  Memory larger;
  size_t room = capacity < size_t(PTRDIFF_MAX) / 4 ? 2 * capacity : size;
  if (!larger.reserve(room > size ? room : size) && !larger.reserve(size))
    return false;
  if (used != 0)
    std::memcpy(larger.bytes, bytes, used);
  swap(larger);
  return true;
}
