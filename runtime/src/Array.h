// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_ARRAY_H
#define SINTER_RUNTIME_ARRAY_H

#include <cstddef>
#include <memory>
#include <utility>

namespace sinter::runtime {

/// A fixed number of value-initialised elements. Unlike std::vector it needs
/// none of libstdc++'s throw functions, which differ between its versions.
/// Throws std::bad_alloc only.
template <typename T> class Array {
public:
  Array() = default;
  explicit Array(size_t count) : elements(new T[count]()), count(count) {}
  Array(Array &&other) noexcept
      : elements(std::move(other.elements)),
        count(std::exchange(other.count, 0)) {}
  Array &operator=(Array &&other) noexcept {
    elements = std::move(other.elements);
    count = std::exchange(other.count, 0);
    return *this;
  }

  T *data() { return elements.get(); }
  const T *data() const { return elements.get(); }
  size_t size() const { return count; }
  T &operator[](size_t index) { return elements[index]; }
  const T &operator[](size_t index) const { return elements[index]; }
  T *begin() { return data(); }
  T *end() { return data() + count; }
  const T *begin() const { return data(); }
  const T *end() const { return data() + count; }

private:
  std::unique_ptr<T[]> elements;
  size_t count = 0;
};

} // namespace sinter::runtime
#endif
