// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <unistd.h>
#include <utility>

namespace sinter::onnx {

/// Owns a file descriptor; a negative one is none.
class Descriptor {
public:
  explicit Descriptor(int value = -1) : value(value) {}
  Descriptor(Descriptor &&other) noexcept
      : value(std::exchange(other.value, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(value, other.value);
    return *this;
  }
  ~Descriptor() {
    if (value >= 0)
      ::close(value);
  }

  explicit operator bool() const { return value >= 0; }
  int get() const { return value; }

private:
  int value;
};

} // namespace sinter::onnx
