// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbered errors. Every error a user can meet is a row of Errors.def; code
// refers to a row by its name, and the row's format is checked against the
// arguments when the code is compiled.
#pragma once

#include <cassert>
#include <cstdint>
#include <fmt/core.h>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sinter {

/// Who can do something about an error: the caller of the tool, the author of
/// the model, nobody yet (a valid model that Sinter does not handle), or us.
enum class ErrorClass : uint8_t { usage, model, unsupported, internal };

/// One error as a value. `number` is that of a row of Errors.def (103 for
/// E0103), `message` is one sentence without a trailing newline, `note` is
/// empty or says what to do or where the trouble lies.
struct Error {
  int number = 0;
  std::string message;
  std::string note;
};

namespace errors {

/// The number in a row's name: "E0103" is 103.
constexpr int numberOf(std::string_view name) {
  int number = 0;
  for (char c : name.substr(1))
    number = number * 10 + (c - '0');
  return number;
}

#define ERROR(NAME, CLASS, FORMAT)                                             \
  struct NAME {                                                                \
    static constexpr int number = numberOf(#NAME);                             \
    static constexpr ErrorClass errorClass = ErrorClass::CLASS;                \
    static constexpr std::string_view format = FORMAT;                         \
  };
#include "compiler/support/Errors.def"

} // namespace errors

/// The class of an error number; `internal` for a number without a row.
constexpr ErrorClass errorClass(int number) {
  switch (number) {
#define ERROR(NAME, CLASS, FORMAT)                                             \
  case errors::NAME::number:                                                   \
    return ErrorClass::CLASS;
#include "compiler/support/Errors.def"
  default:
    return ErrorClass::internal;
  }
}

/// Makes the error of row `Row`, e.g. makeError<errors::E0101>(path, reason).
template <typename Row, typename... Args> Error makeError(const Args &...args) {
  return {Row::number, fmt::format(Row::format, args...), {}};
}

/// A value or an error. Reading the one that is not there is a programming
/// error (an assertion).
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state.index() == 0; }

  T &operator*() & { return *get(); }
  const T &operator*() const & { return *get(); }
  T &&operator*() && { return std::move(*get()); }
  T *operator->() { return get(); }
  const T *operator->() const { return get(); }

  const Error &error() const & {
    assert(!*this && "error() of a result that has a value");
    return *std::get_if<1>(&state);
  }
  Error &&error() && {
    assert(!*this && "error() of a result that has a value");
    return std::move(*std::get_if<1>(&state));
  }

private:
  T *get() {
    assert(*this && "value of a result that has an error");
    return std::get_if<0>(&state);
  }
  const T *get() const {
    assert(*this && "value of a result that has an error");
    return std::get_if<0>(&state);
  }

  std::variant<T, Error> state;
};

/// The value of a function that can fail and has nothing else to say.
struct Success {};
using Status = Result<Success>;

} // namespace sinter
