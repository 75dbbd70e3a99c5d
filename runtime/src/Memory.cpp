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
#ifdef SINTER_DEBUG_ARENA
  size_t rounded = size; // so that a sanitizer sees the end
#else
  size_t rounded =
      (size + SINTER_ALIGNMENT - 1) & ~size_t(SINTER_ALIGNMENT - 1);
#endif
  if (rounded == 0)
    rounded = SINTER_ALIGNMENT;
  std::free(bytes);
  capacity = 0;
  void *block = nullptr;
  int error = posix_memalign(&block, SINTER_ALIGNMENT, rounded);
  bytes = error == 0 ? static_cast<char *>(block) : nullptr;
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
