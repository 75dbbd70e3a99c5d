// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Memory.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "sinter/abi.h"

#ifdef SINTER_DEBUG_ARENA
#include <sys/mman.h>
#include <unistd.h>
#endif

#ifdef __SANITIZE_ADDRESS__
#define HAS_RED_ZONES
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_RED_ZONES
#endif
#endif

using namespace sinter::runtime;

namespace {

[[maybe_unused]] size_t roundUp(size_t size, size_t to) {
  return (size + to - 1) / to * to;
}

#if defined(SINTER_DEBUG_ARENA) && !defined(HAS_RED_ZONES)

// Between two pages that fault, at the end of what is between: an access past
// the end faults as soon as it is beyond the rounding to SINTER_ALIGNMENT.

size_t pageBytes() { return size_t(sysconf(_SC_PAGESIZE)); }

char *allocate(size_t size) {
  size_t page = pageBytes(), room = roundUp(size, page);
  void *at = mmap(nullptr, room + 2 * page, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED)
    return nullptr;
  char *first = static_cast<char *>(at) + page;
  if (mprotect(first, room, PROT_READ | PROT_WRITE) == 0)
    return first + room - size;
  munmap(at, room + 2 * page);
  return nullptr;
}

void release(char *bytes, size_t size) {
  size_t page = pageBytes(), room = roundUp(size, page);
  if (bytes)
    munmap(bytes + size - room - page, room + 2 * page);
}

#else

char *allocate(size_t size) {
  void *block = nullptr;
  return posix_memalign(&block, SINTER_ALIGNMENT, size) == 0
             ? static_cast<char *>(block)
             : nullptr;
}

void release(char *bytes, size_t) { std::free(bytes); }

#endif

/// What is allocated for `size` bytes.
size_t capacityFor(size_t size) {
#if defined(SINTER_DEBUG_ARENA) && defined(HAS_RED_ZONES)
  return size ? size : 1; // the sanitizer sees the very end
#else
  return size ? roundUp(size, SINTER_ALIGNMENT) : SINTER_ALIGNMENT;
#endif
}

bool fits(size_t size, size_t capacity, [[maybe_unused]] bool isHosts) {
#ifdef SINTER_DEBUG_ARENA
  if (isHosts)
    return capacityFor(size) == capacity; // else its end would not be guarded
#endif
  return size <= capacity;
}

} // namespace

Memory::~Memory() { free(); }

void Memory::free() {
  if (!allocator)
    release(bytes, capacity);
  else if (bytes)
    allocator->release(bytes);
  bytes = nullptr;
  capacity = 0;
}

bool Memory::reserve(size_t size) {
  if (bytes && fits(size, capacity, !allocator))
    return true;
  if (size > size_t(PTRDIFF_MAX) - SINTER_ALIGNMENT)
    return false;
  free();
  capacity = capacityFor(size);
  bytes = allocator ? allocator->allocate(capacity) : allocate(capacity);
  if (!bytes)
    capacity = 0;
  return bytes != nullptr;
}

bool Memory::grow(size_t size, size_t used) {
  if (bytes && size <= capacity)
    return true;
  Memory larger;
  larger.takeFrom(allocator);
  size_t room = capacity < size_t(PTRDIFF_MAX) / 4 ? 2 * capacity : size;
  if (!larger.reserve(room > size ? room : size) && !larger.reserve(size))
    return false;
  if (used != 0 && allocator && !allocator->copy(larger.bytes, bytes, used))
    return false;
  if (used != 0 && !allocator)
    std::memcpy(larger.bytes, bytes, used);
  swap(larger);
  return true;
}
