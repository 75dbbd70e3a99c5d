// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_MEMORY_H
#define SINTER_RUNTIME_MEMORY_H

#include <cstddef>
#include <utility>

namespace sinter::runtime {

/// A block of bytes aligned to SINTER_ALIGNMENT that only grows. With
/// SINTER_DEBUG_ARENA it has just the size that was asked for last, and pages
/// that fault around it, or under the address sanitizer red zones.
class Memory {
public:
  Memory() = default;
  Memory(Memory &&other) noexcept
      : bytes(std::exchange(other.bytes, nullptr)),
        capacity(std::exchange(other.capacity, 0)) {}
  Memory &operator=(Memory &&) = delete;
  ~Memory();

  void swap(Memory &other) noexcept {
    std::swap(bytes, other.bytes);
    std::swap(capacity, other.capacity);
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
  char *bytes = nullptr;
  size_t capacity = 0;
};

} // namespace sinter::runtime
#endif
