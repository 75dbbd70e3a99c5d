// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A value or an error, for the C++ APIs of runtime and compiler. Throws nothing
// itself.
#ifndef SINTER_EXPECTED_HPP
#define SINTER_EXPECTED_HPP

#include <optional>
#include <utility>

struct sinter_error;

namespace sinter {

// `*expected` and `expected->` need ok(); error() and message() need its
// opposite. `E` has a member `message`, a std::string or an array of char.
template <typename T, typename E = sinter_error> class [[nodiscard]] Expected {
public:
  Expected(T result) : value(std::move(result)) {}
  Expected(const E &error) : failure(error) {}
  bool ok() const { return value.has_value(); }
  explicit operator bool() const { return ok(); }
  T &operator*() { return *value; }
  const T &operator*() const { return *value; }
  T *operator->() { return &*value; }
  const T *operator->() const { return &*value; }
  const E &error() const { return failure; }
  const char *message() const {
    if constexpr (requires { failure.message.c_str(); })
      return failure.message.c_str();
    else
      return failure.message;
  }

private:
  std::optional<T> value;
  E failure = {};
};

// The value of what has nothing to say but that it worked.
struct Unit {};

} // namespace sinter
#endif // SINTER_EXPECTED_HPP
