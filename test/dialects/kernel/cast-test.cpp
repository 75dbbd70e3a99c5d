// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversions between element types against those of C++.
#include "Evaluator.h"

#include <cmath>
#include <tuple>

using namespace sinter::test;

namespace {

Bytes cast(const std::string &from, const std::string &to, Bytes bytes,
           size_t count) {
  std::string size = std::to_string(count);
  std::string input = "tensor<" + size + "x" + from + ">";
  std::string result = tensor(size, to, size);
  return Evaluator().run("func.func @f(%a: " + input + ") -> " + result +
                             " {\n  %0 = graph.cast %a to " + to + " : " +
                             input + " -> " + result +
                             "\n  return %0 : " + result + "\n}",
                         {bytes});
}

constexpr const char *names[] = {"i8",   "i16",  "i32", "i64", "ui8", "ui16",
                                 "ui32", "ui64", "f16", "f32", "f64"};
using Types = std::tuple<int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t,
                         uint32_t, uint64_t, _Float16, float, double>;

template <typename T> constexpr bool isReal = !std::is_integral_v<T>;

/// Values that C++ converts without undefined behaviour.
template <typename From, typename To> std::vector<From> values() {
  std::vector<From> result;
  for (double value : {0.0, 1.0, -1.0, 2.5, -2.5, 0.3, 99.7, -99.7, 127.0,
                       200.0, -200.0, 1000.0, 40000.0, 70000.0, 3e9, -3e9}) {
    bool fits = isReal<From> || std::abs(value) < 3e9;
    if (isReal<From> && !isReal<To>)
      fits = value > (std::is_signed_v<To> ? -128.0 : -1.0) && value < 128;
    if (fits)
      result.push_back(isReal<From>
                           ? static_cast<From>(value)
                           : static_cast<From>(static_cast<int64_t>(value)));
  }
  return result;
}

template <size_t from, size_t to> void checkPair() {
  using From = std::tuple_element_t<from, Types>;
  using To = std::tuple_element_t<to, Types>;
  INFO(names[from] << " to " << names[to]);
  std::vector<From> inputs = values<From, To>();
  std::vector<To> result = valuesOf<To>(
      cast(names[from], names[to], bytesOf(inputs), inputs.size()));
  REQUIRE(result.size() == inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    INFO(static_cast<double>(inputs[i]));
    CHECK(static_cast<double>(result[i]) ==
          static_cast<double>(static_cast<To>(inputs[i])));
  }
}

template <size_t... pairs> void checkPairs(std::index_sequence<pairs...>) {
  (checkPair<pairs / std::size(names), pairs % std::size(names)>(), ...);
}

} // namespace

TEST_CASE("casts between numbers") {
  checkPairs(std::make_index_sequence<std::size(names) * std::size(names)>());
}

TEST_CASE("casts to and from bool") {
  std::vector<float> reals{0, -0.0f, 0.25f, -7, NAN};
  Bytes expected{0, 0, 1, 1, 1};
  CHECK(cast("f32", "i1", bytesOf(reals), 5) == expected);
  std::vector<int16_t> integers{0, 256, -1};
  CHECK(cast("i16", "i1", bytesOf(integers), 3) == Bytes{0, 1, 1});
  CHECK(valuesOf<float>(cast("i1", "f32", Bytes{0, 1, 5}, 3)) ==
        std::vector<float>{0, 1, 1});
  CHECK(valuesOf<int64_t>(cast("i1", "i64", Bytes{1, 0}, 2)) ==
        std::vector<int64_t>{1, 0});
}

TEST_CASE("floats beyond an integer's range saturate") {
  std::vector<float> inputs{300, -300, INFINITY, -INFINITY, NAN, -0.5f};
  CHECK(valuesOf<int8_t>(cast("f32", "i8", bytesOf(inputs), 6)) ==
        std::vector<int8_t>{127, -128, 127, -128, 0, 0});
  CHECK(valuesOf<uint8_t>(cast("f32", "ui8", bytesOf(inputs), 6)) ==
        std::vector<uint8_t>{255, 0, 255, 0, 0, 0});
  CHECK(valuesOf<int64_t>(cast("f32", "i64", bytesOf(inputs), 6))[2] ==
        INT64_MAX);
}

TEST_CASE("halves round to nearest even") {
  std::vector<float> inputs;
  for (uint64_t bits = 0; bits < (uint64_t(1) << 32); bits += 65'519) {
    auto word = static_cast<uint32_t>(bits);
    float value;
    std::memcpy(&value, &word, sizeof value);
    if (value == value)
      inputs.push_back(value);
  }
  std::vector<uint16_t> half =
      valuesOf<uint16_t>(cast("f32", "f16", bytesOf(inputs), inputs.size()));
  std::vector<uint16_t> brain =
      valuesOf<uint16_t>(cast("f32", "bf16", bytesOf(inputs), inputs.size()));
  std::vector<float> back =
      valuesOf<float>(cast("f16", "f32", bytesOf(half), half.size()));
  for (size_t i = 0; i < inputs.size(); ++i) {
    auto exact = static_cast<_Float16>(inputs[i]);
    uint16_t bits;
    std::memcpy(&bits, &exact, sizeof bits);
    uint32_t word;
    std::memcpy(&word, &inputs[i], sizeof word);
    uint32_t rounded = (word + 0x7fff + (word >> 16 & 1)) >> 16;
    bool isFinite = std::isfinite(inputs[i]);
    INFO(inputs[i]);
    if (half[i] != bits || (isFinite && brain[i] != rounded) ||
        back[i] != static_cast<float>(exact))
      FAIL();
  }
}
