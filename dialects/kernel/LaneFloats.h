// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Float formats as lanes: how bits become numbers to compute with, and back.
#pragma once

#include "runtime/src/ops/Math.h"

namespace sinter::kernel {

struct Float32 {
  using Number = float;
  static float get(uint64_t bits) {
    return math::detail::fromBits<float>(static_cast<uint32_t>(bits));
  }
  static uint64_t put(double number) { return put(static_cast<float>(number)); }
  static uint64_t put(float number) { return math::detail::bitsOf(number); }
};

struct Float64 {
  using Number = double;
  static double get(uint64_t bits) {
    return math::detail::fromBits<double>(bits);
  }
  static uint64_t put(double number) { return math::detail::bitsOf(number); }
};

/// Rounds to a format of 16 bits, ties to even; NaN becomes quiet.
template <unsigned mantissa> uint64_t roundTo16Bits(double number) {
  constexpr uint64_t exponentBits = 15 - mantissa;
  constexpr uint64_t bias = (uint64_t(1) << (exponentBits - 1)) - 1;
  constexpr uint64_t inf = ((uint64_t(1) << exponentBits) - 1) << mantissa;
  uint64_t bits = math::detail::bitsOf(number);
  uint64_t sign = bits >> 63 << 15;
  double size = math::detail::magnitude(number);
  if (size != size)
    return sign | inf | uint64_t(1) << (mantissa - 1);
  if (size < math::detail::powerOf2<double>(1 - static_cast<int64_t>(bias))) {
    double units = size * math::detail::powerOf2<double>(bias - 1 + mantissa);
    return sign | static_cast<uint64_t>(math::round(units));
  }
  constexpr unsigned dropped = 52 - mantissa;
  bits = math::detail::bitsOf(size);
  bits += (uint64_t(1) << (dropped - 1)) - 1 + (bits >> dropped & 1);
  uint64_t rounded = (bits >> dropped) - ((1023 - bias) << mantissa);
  return sign | (rounded < inf ? rounded : inf);
}

struct BFloat16 {
  using Number = float;
  static float get(uint64_t bits) { return Float32::get(bits << 16); }
  static uint64_t put(double number) { return roundTo16Bits<7>(number); }
};

struct Float16 {
  using Number = float;
  static float get(uint64_t bits) {
    uint64_t sign = (bits & 0x8000) << 16, rest = bits & 0x7fff;
    if (rest < 0x400) {
      float size = static_cast<float>(rest) * 0x1p-24f;
      return Float32::get(Float32::put(size) | sign);
    }
    uint64_t exponent = rest < 0x7c00 ? 112 : 224;
    return Float32::get(sign | ((rest << 13) + (exponent << 23)));
  }
  static uint64_t put(double number) { return roundTo16Bits<10>(number); }
};

} // namespace sinter::kernel
