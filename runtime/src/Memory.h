// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_MEMORY_H
#define SINTER_RUNTIME_MEMORY_H

#include <cstddef>
#include <utility>

namespace sinter::runtime {

/// Memory other than the host's.
class Allocator {
public:
  virtual ~Allocator() = default;
  /// Aligned to SINTER_ALIGNMENT; null if there is no memory.
  virtual char *allocate(size_t size) = 0;
  /// When work that was begun before is done.
  virtual void release(char *memory) = 0;
  /// For Memory::grow; false where that has no use.
  [[nodiscard]] virtual bool copy(char *, const char *, size_t) {
    return false;
  }
};

/// A block of bytes aligned to SINTER_ALIGNMENT that only grows. With
/// SINTER_DEBUG_ARENA it has just the size that was asked for last, and pages
/// that fault around it, or under the address sanitizer red zones.
class Memory {
public:
  Memory() = default;
  Memory(Memory &&other) noexcept
      : bytes(std::exchange(other.bytes, nullptr)),
        capacity(std::exchange(other.capacity, 0)), allocator(other.allocator) {
  }
  Memory &operator=(Memory &&) = delete;
  ~Memory();

  /// Before the first use: takes memory from there, which outlives this.
  void takeFrom(Allocator *other) { allocator = other; }

  void swap(Memory &other) noexcept {
    std::swap(bytes, other.bytes);
    std::swap(capacity, other.capacity);
    std::swap(allocator, other.allocator);
  }

  /// Makes at least `size` bytes, of undefined content if it had fewer; false
  /// if there is no memory. Allocates only beyond the largest size so far.
  [[nodiscard]] bool reserve(size_t size);
  /// Makes at least `size` bytes and keeps the first `used` ones. Room for more
  /// is added, so that growing step by step copies each byte a few times only.
  [[nodiscard]] bool grow(size_t size, size_t used);
  char *data() const { return bytes; }
  size_t size() const { return capacity; }

private:
  void free();

  char *bytes = nullptr;
  size_t capacity = 0;
  Allocator *allocator = nullptr; // null: the host's memory
};

} // namespace sinter::runtime
#endif
