// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Tensor.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <limits>

namespace sinter::cli {
namespace {

enum class Kind : uint8_t { none, sign, plain, real, complex };
/// What the codes of a small float beyond the finite numbers mean.
enum class Special : uint8_t { ieee, finite, topNan, zeroNan };

struct TypeRow {
  const char *name;
  const char *numpy;
  uint8_t bits;
  Kind kind;
  uint8_t exponentBits = 0;
  int16_t bias = 0;
  Special special = Special::ieee;
};

/// By the number of TensorProto.DataType.
constexpr TypeRow types[] = {
    {"undefined", nullptr, 0, Kind::none},
    {"float32", "<f4", 32, Kind::real, 8, 127},
    {"uint8", "|u1", 8, Kind::plain},
    {"int8", "|i1", 8, Kind::sign},
    {"uint16", "<u2", 16, Kind::plain},
    {"int16", "<i2", 16, Kind::sign},
    {"int32", "<i4", 32, Kind::sign},
    {"int64", "<i8", 64, Kind::sign},
    {"string", nullptr, 0, Kind::none},
    {"bool", "|b1", 8, Kind::plain},
    {"float16", "<f2", 16, Kind::real, 5, 15, Special::ieee},
    {"float64", "<f8", 64, Kind::real, 11, 1023},
    {"uint32", "<u4", 32, Kind::plain},
    {"uint64", "<u8", 64, Kind::plain},
    {"complex64", "<c8", 64, Kind::complex},
    {"complex128", "<c16", 128, Kind::complex},
    {"bfloat16", nullptr, 16, Kind::real, 8, 127, Special::ieee},
    {"float8e4m3fn", nullptr, 8, Kind::real, 4, 7, Special::topNan},
    {"float8e4m3fnuz", nullptr, 8, Kind::real, 4, 8, Special::zeroNan},
    {"float8e5m2", nullptr, 8, Kind::real, 5, 15, Special::ieee},
    {"float8e5m2fnuz", nullptr, 8, Kind::real, 5, 16, Special::zeroNan},
    {"uint4", nullptr, 4, Kind::plain},
    {"int4", nullptr, 4, Kind::sign},
    {"float4e2m1", nullptr, 4, Kind::real, 2, 1, Special::finite},
    {"float8e8m0", nullptr, 8, Kind::real},
    {"uint2", nullptr, 2, Kind::plain},
    {"int2", nullptr, 2, Kind::sign},
};
constexpr int32_t float32 = 1, float64 = 11, complex64 = 14, complex128 = 15,
                  scaleType = 24;

const TypeRow &row(int32_t type) {
  bool known = type > 0 && size_t(type) < std::size(types);
  return types[known ? type : 0];
}

double smallFloat(const TypeRow &type, unsigned code) {
  const unsigned mantissaBits = type.bits - 1 - type.exponentBits;
  const unsigned mantissa = code & ((1u << mantissaBits) - 1);
  const unsigned top = (1u << type.exponentBits) - 1;
  const unsigned exponent = (code >> mantissaBits) & top;
  const bool negative = code >> (type.bits - 1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (type.special == Special::zeroNan && code == 1u << (type.bits - 1))
    return nan;
  if (type.special == Special::topNan && exponent == top &&
      mantissa == (1u << mantissaBits) - 1)
    return nan;
  double value;
  if (type.special == Special::ieee && exponent == top)
    value = mantissa ? nan : std::numeric_limits<double>::infinity();
  else if (exponent == 0)
    value = std::ldexp(mantissa, 1 - type.bias - int(mantissaBits));
  else
    value = std::ldexp(mantissa + (1u << mantissaBits),
                       int(exponent) - type.bias - int(mantissaBits));
  return negative ? -value : value;
}

template <typename T> T load(const TensorView &tensor, int64_t index) {
  T value;
  std::memcpy(&value, tensor.data + index * int64_t(sizeof(T)), sizeof(T));
  return value;
}

uint64_t loadCode(const TensorView &tensor, int64_t index, unsigned bits) {
  switch (bits) {
  case 16:
    return load<uint16_t>(tensor, index);
  case 32:
    return load<uint32_t>(tensor, index);
  case 64:
    return load<uint64_t>(tensor, index);
  case 8:
    return load<uint8_t>(tensor, index);
  default: // 2 or 4
    const unsigned perByte = 8 / bits;
    const auto byte = load<uint8_t>(tensor, index / perByte);
    return (byte >> (index % perByte * bits)) & ((1u << bits) - 1);
  }
}

} // namespace

std::string typeName(int32_t type) {
  const TypeRow &known = row(type);
  return &known == types ? fmt::format("type {}", type) : known.name;
}

unsigned typeBits(int32_t type) { return row(type).bits; }
const char *numpyType(int32_t type) { return row(type).numpy; }

int32_t typeOfNumpy(const std::string &name) {
  for (size_t i = 0; i < std::size(types); ++i)
    if (types[i].numpy && name == types[i].numpy + 1)
      return int32_t(i);
  return 0;
}

std::string shapeText(const std::vector<int64_t> &dims) {
  return dims.empty() ? "scalar" : fmt::format("{}", fmt::join(dims, "x"));
}

std::string typeText(int32_t type, const std::vector<int64_t> &dims) {
  return fmt::format("{}[{}]", typeName(type), fmt::join(dims, ","));
}

std::optional<int64_t> elementCount(const std::vector<int64_t> &dims) {
  int64_t count = 1;
  for (int64_t dim : dims)
    if (dim < 0)
      return std::nullopt;
  for (int64_t dim : dims)
    if (dim == 0)
      return 0;
  for (int64_t dim : dims)
    if (__builtin_mul_overflow(count, dim, &count))
      return std::nullopt;
  return count;
}

std::optional<int64_t> byteCount(int32_t type,
                                 const std::vector<int64_t> &dims) {
  const auto count = elementCount(dims);
  int64_t bits;
  if (!count || !typeBits(type) ||
      __builtin_mul_overflow(*count, int64_t(typeBits(type)), &bits))
    return std::nullopt;
  return bits / 8 + (bits % 8 != 0);
}

double element(const TensorView &tensor, int64_t index) {
  const TypeRow &type = row(tensor.type);
  if (tensor.type == complex64 || tensor.type == complex128)
    return element(asParts(tensor), 2 * index);
  if (tensor.type == float32)
    return load<float>(tensor, index);
  if (tensor.type == float64)
    return load<double>(tensor, index);
  const uint64_t code = loadCode(tensor, index, type.bits);
  if (tensor.type == scaleType)
    return code == 255 ? std::numeric_limits<double>::quiet_NaN()
                       : std::ldexp(1.0, int(code) - 127);
  if (type.kind == Kind::real)
    return smallFloat(type, unsigned(code));
  if (type.kind == Kind::sign)
    return double(int64_t(code << (64 - type.bits)) >> (64 - type.bits));
  return double(code);
}

TensorView asParts(TensorView tensor) {
  if (row(tensor.type).kind != Kind::complex)
    return tensor;
  return {tensor.type == complex64 ? float32 : float64, tensor.data,
          2 * tensor.elements};
}

bool sameBits(const TensorView &a, const TensorView &b, int64_t index) {
  const unsigned bits = typeBits(a.type);
  if (bits <= 64)
    return loadCode(a, index, bits) == loadCode(b, index, bits);
  return std::memcmp(a.data + index * 16, b.data + index * 16, 16) == 0;
}

bool isFloat(int32_t type) {
  return row(type).kind == Kind::real || row(type).kind == Kind::complex;
}

double unitInLastPlace(int32_t type, double value) {
  const TypeRow &known = row(type);
  if (known.kind != Kind::real)
    return 1;
  const int mantissaBits = std::max(0, known.bits - 1 - known.exponentBits);
  const int smallest = 1 - known.bias;
  const int exponent = value == 0 ? smallest : std::ilogb(value);
  return std::ldexp(1.0, std::max(exponent, smallest) - mantissaBits);
}

} // namespace sinter::cli
