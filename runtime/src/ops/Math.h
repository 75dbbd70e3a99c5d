// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The scalar functions of models: what kernel.math means, on every target.
//
// Freestanding, without tables, calls or branches but for fmod's loop, so that
// a compiler inlines and vectorises them. Every float function gives the same
// bits wherever it is compiled with -ffp-contract=off and without fast-math.
//
// Largest errors, in units of the last place, denormals too:
//   float   0 ceil floor round fmod, 1 exp log sqrt pow acosh asinh atanh,
//           2 all others, but 3 asin tan
//   double  0 ceil floor round fmod, 1 exp log sqrt, 2 all others, but
//           3 asin asinh acosh atanh, 4 tan
// sin, cos and tan hold them for |x| < 2^30; beyond, sin and cos are some value
// in [-1, 1]. Special values are those of C's Annex F. float sin, cos and tan
// reduce their argument in double; acosh, asinh, atanh and pow are in double.
#pragma once

#include "MathCore.h"

namespace sinter::math {

//===- Exact functions ----------------------------------------------------===//

namespace detail {

/// Ties to even.
template <typename T> SINTER_MATH T round(T x) {
  T size = magnitude(x);
  T rounded = (size + Format<T>::integral) - Format<T>::integral;
  return size < Format<T>::integral ? withSign(rounded, x) : x;
}

template <typename T> SINTER_MATH T floor(T x) {
  T rounded = round(x);
  return rounded > x ? rounded - 1 : rounded;
}

template <typename T> SINTER_MATH T ceil(T x) {
  T rounded = round(x);
  return rounded < x ? withSign(magnitude(rounded + 1), x) : rounded;
}

/// Long division of integers: exact for any two exponents.
template <typename T> SINTER_MATH T fmod(T x, T y) {
  using F = Format<T>;
  constexpr uint64_t leading = uint64_t(1) << F::mantissa;
  uint64_t xBits = bitsOf(magnitude(x)), yBits = bitsOf(magnitude(y));
  bool isInvalid = !(magnitude(x) < F::inf) || !(magnitude(y) > 0) || y != y;
  if (isInvalid)
    return F::nan;
  if (xBits < yBits)
    return x;
  int64_t xExponent = static_cast<int64_t>(xBits >> F::mantissa);
  int64_t yExponent = static_cast<int64_t>(yBits >> F::mantissa);
  uint64_t rest = xBits & (leading - 1), divisor = yBits & (leading - 1);
  rest |= xExponent ? leading : 0;
  divisor |= yExponent ? leading : 0;
  xExponent += xExponent == 0;
  yExponent += yExponent == 0;
  constexpr int64_t most = 63 - F::mantissa;
  rest %= divisor;
  for (int64_t left = xExponent - yExponent; left > 0; left -= most)
    rest = (rest << (left < most ? left : most)) % divisor;
  int64_t scale = yExponent - F::bias - F::mantissa, half = scale / 2;
  T size = static_cast<T>(rest) *
           powerOf2<T>(static_cast<typename F::Int>(half)) *
           powerOf2<T>(static_cast<typename F::Int>(scale - half));
  return withSign(size, x);
}

} // namespace detail

SINTER_MATH float round(float x) { return detail::round(x); }
SINTER_MATH double round(double x) { return detail::round(x); }
SINTER_MATH float floor(float x) { return detail::floor(x); }
SINTER_MATH double floor(double x) { return detail::floor(x); }
SINTER_MATH float ceil(float x) { return detail::ceil(x); }
SINTER_MATH double ceil(double x) { return detail::ceil(x); }
SINTER_MATH float fmod(float x, float y) { return detail::fmod(x, y); }
SINTER_MATH double fmod(double x, double y) { return detail::fmod(x, y); }

#if defined(__has_builtin) && __has_builtin(__builtin_elementwise_sqrt)
SINTER_MATH float sqrt(float x) { return __builtin_elementwise_sqrt(x); }
SINTER_MATH double sqrt(double x) { return __builtin_elementwise_sqrt(x); }
#else
SINTER_MATH float sqrt(float x) { return __builtin_sqrtf(x); }
SINTER_MATH double sqrt(double x) { return __builtin_sqrt(x); }
#endif

//===- Exponentials and logarithms ----------------------------------------===//

SINTER_MATH float exp(float x) { return detail::scaledExp(x, -0.0f, 0); }
SINTER_MATH double exp(double x) { return detail::scaledExp(x, -0.0, 0); }

namespace detail {

SINTER_MATH float logFinite(float x) {
  auto [f, exponent] = split(x);
  float square = f * f;
  float tail = polynomial(f, 0.333333126f, -0.250000095f, 0.200021193f,
                          -0.16667999f, 0.142195427f, -0.12405537f,
                          0.118881815f, -0.116759258f, 0.067468992f) *
               f * square;
  tail += exponent * Format<float>::ln2Lo;
  tail -= 0.5f * square;
  return exponent * Format<float>::ln2Hi + (f + tail);
}

/// log(1 + f) by the odd series of s = f / (2 + f).
SINTER_MATH double logFinite(double x) {
  auto [f, exponent] = split(x);
  double s = f / (2 + f), z = s * s, half = 0.5 * f * f;
  double tail = z * polynomial(z, 0.66666666666667343, 0.39999999999415224,
                               0.2857142874230324, 0.22222198578495454,
                               0.18183564210253835, 0.15314049669201686,
                               0.14795995060789364);
  double low = s * (half + tail) + exponent * Format<double>::ln2Lo;
  return exponent * Format<double>::ln2Hi - ((half - low) - f);
}

template <typename T> SINTER_MATH T log(T x) {
  using F = Format<T>;
  T result = logFinite(x);
  result = x == F::inf ? F::inf : result;
  T other = x == 0 ? -F::inf : F::nan;
  return x > 0 ? result : other;
}

/// What 1 + x rounds away is added back.
template <typename T> SINTER_MATH T log1p(T x) {
  using F = Format<T>;
  T sum = 1 + x;
  T result = log(sum) + (x - (sum - 1)) / sum;
  result = sum == 0 || x == F::inf ? log(sum) : result;
  return x == 0 ? x : result;
}

} // namespace detail

SINTER_MATH float log(float x) { return detail::log(x); }
SINTER_MATH double log(double x) { return detail::log(x); }
SINTER_MATH float log1p(float x) { return detail::log1p(x); }
SINTER_MATH double log1p(double x) { return detail::log1p(x); }

//===- Powers -------------------------------------------------------------===//

namespace detail {

/// Beyond these bounds every power but one of 1 overflows or vanishes.
SINTER_MATH double clampExponent(double y) { return clamp(y, -0x1p65, 0x1p65); }

/// |x|^y; the cases where x or y is 0, 1 or infinite are pow's.
SINTER_MATH double powerOfMagnitude(double x, double y) {
  y = clampExponent(y);
  Pair logarithm = logPair(magnitude(x));
  Pair product = exactProduct(y, logarithm.high);
  double low = product.low + y * logarithm.low;
  low = magnitude(product.high) < 1024 ? low : 0;
  return scaledExp(product.high, low, 0);
}

SINTER_MATH float powerOfMagnitude(float x, float y) {
  double logarithm = log(static_cast<double>(magnitude(x)));
  return static_cast<float>(scaledExp(clampExponent(y) * logarithm, -0.0, 0));
}

template <typename T> SINTER_MATH T pow(T x, T y) {
  using F = Format<T>;
  T size = magnitude(x), half = y * static_cast<T>(0.5);
  bool isInteger = floor(y) == y, isOdd = isInteger && floor(half) != half;
  T result = powerOfMagnitude(x, y);
  T ofZero = y > 0 ? 0 : F::inf, ofInf = y > 0 ? F::inf : 0;
  result = x == x ? result : F::nan;
  result = size == 0 && y == y ? ofZero : result;
  result = size == F::inf && y == y ? ofInf : result;
  result = isOdd ? withSign(result, x) : result;
  bool isComplex = x < 0 && size < F::inf && !isInteger;
  result = isComplex ? F::nan : result;
  return x == 1 || y == 0 ? 1 : result;
}

} // namespace detail

SINTER_MATH float pow(float x, float y) { return detail::pow(x, y); }
SINTER_MATH double pow(double x, double y) { return detail::pow(x, y); }

//===- Trigonometry -------------------------------------------------------===//

namespace detail {

template <typename T>
SINTER_MATH T flipSign(T x, typename Format<T>::Bits flip) {
  return fromBits<T>(bitsOf(x) ^ (flip << (sizeof(T) * 8 - 1)));
}

template <typename T> SINTER_MATH T sin(T x) {
  auto [r, quadrant] = reduce(magnitude(x));
  T result = quadrant & 1 ? cosReduced(r) : sinReduced(r);
  result = flipSign(result, quadrant >> 1 & 1);
  return fromBits<T>(bitsOf(result) ^ signOf(x));
}

template <typename T> SINTER_MATH T cos(T x) {
  auto [r, quadrant] = reduce(magnitude(x));
  T result = quadrant & 1 ? sinReduced(r) : cosReduced(r);
  return flipSign(result, (quadrant ^ quadrant >> 1) & 1);
}

template <typename T> SINTER_MATH T tan(T x) {
  auto [r, quadrant] = reduce(magnitude(x));
  T sine = sinReduced(r), cosine = cosReduced(r);
  T result = quadrant & 1 ? -cosine / sine : sine / cosine;
  return fromBits<T>(bitsOf(result) ^ signOf(x));
}

/// asin(x) for x in [0, 1]: by asin(x) = pi / 2 - 2 * asin(sqrt((1 - x) / 2))
/// above one half. `half` is the asin whose double is subtracted there.
template <typename T> struct HalfAngle {
  T half, x, tail;
  bool isLarge;
};

template <typename T> SINTER_MATH HalfAngle<T> asinParts(T x) {
  constexpr T half = static_cast<T>(0.5);
  bool isLarge = x > half;
  T z = isLarge ? half * (1 - x) : x * x;
  T root = isLarge ? math::sqrt(z) : x;
  T tail = root * z * asinTail(z);
  return {root + tail, root, tail, isLarge};
}

template <typename T> SINTER_MATH T asin(T x) {
  using F = Format<T>;
  HalfAngle<T> parts = asinParts(magnitude(x));
  T large = F::halfPiHi - (2 * parts.half - F::halfPiLo);
  return withSign(magnitude(parts.isLarge ? large : parts.half), x);
}

template <typename T> SINTER_MATH T acos(T x) {
  using F = Format<T>;
  HalfAngle<T> parts = asinParts(magnitude(x));
  T twice = 2 * parts.half;
  T large = x > 0 ? twice : 2 * F::halfPiHi - (twice - 2 * F::halfPiLo);
  T tail = x > 0 ? parts.tail : -parts.tail;
  return parts.isLarge ? large : F::halfPiHi - (x - (F::halfPiLo - tail));
}

template <typename T> SINTER_MATH T atan(T x) {
  using F = Format<T>;
  constexpr T low = static_cast<T>(0.41421356237309503);
  constexpr T high = static_cast<T>(2.4142135623730949);
  T size = magnitude(x);
  bool isLarge = size > high, isMiddle = size > low;
  T above = isLarge ? -1 : size - 1, below = isLarge ? size : size + 1;
  T r = (isMiddle ? above : size) / (isMiddle ? below : 1);
  T turns = isLarge ? 1 : isMiddle ? static_cast<T>(0.5) : 0;
  T z = r * r, tail = r * z * atanTail(z) + turns * F::halfPiLo;
  return withSign(turns * F::halfPiHi + (r + tail), x);
}

} // namespace detail

SINTER_MATH float sin(float x) { return detail::sin(x); }
SINTER_MATH double sin(double x) { return detail::sin(x); }
SINTER_MATH float cos(float x) { return detail::cos(x); }
SINTER_MATH double cos(double x) { return detail::cos(x); }
SINTER_MATH float tan(float x) { return detail::tan(x); }
SINTER_MATH double tan(double x) { return detail::tan(x); }
SINTER_MATH float asin(float x) { return detail::asin(x); }
SINTER_MATH double asin(double x) { return detail::asin(x); }
SINTER_MATH float acos(float x) { return detail::acos(x); }
SINTER_MATH double acos(double x) { return detail::acos(x); }
SINTER_MATH float atan(float x) { return detail::atan(x); }
SINTER_MATH double atan(double x) { return detail::atan(x); }

//===- Hyperbolic functions -----------------------------------------------===//

namespace detail {

template <typename T> SINTER_MATH T sinh(T x) {
  T size = magnitude(x), z = size * size;
  T halfExp = scaledExp(size, static_cast<T>(-0.0), -1);
  T large = halfExp - static_cast<T>(0.25) / halfExp;
  return withSign(size < 1 ? size + size * z * sinhTail(z) : large, x);
}

template <typename T> SINTER_MATH T cosh(T x) {
  T halfExp = scaledExp(magnitude(x), static_cast<T>(-0.0), -1);
  return halfExp + static_cast<T>(0.25) / halfExp;
}

template <typename T> SINTER_MATH T tanh(T x) {
  T size = magnitude(x), z = size * size;
  T small = size + size * z * tanhTail(z);
  T large = 1 - 2 / (scaledExp(2 * size, static_cast<T>(-0.0), 0) + 1);
  return withSign(size < static_cast<T>(0.55) ? small : large, x);
}

constexpr double isHuge = 0x1p28;

SINTER_MATH double asinh(double x) {
  double size = magnitude(x), square = size * size;
  double near = log1p(size + square / (1 + math::sqrt(1 + square)));
  double far = log(size) + 0.69314718055994531;
  return withSign(size > isHuge ? far : near, x);
}

SINTER_MATH double acosh(double x) {
  double above = x - 1;
  double near = log1p(above + math::sqrt(2 * above + above * above));
  double far = log(x) + 0.69314718055994531;
  near = x > isHuge ? far : near;
  return x < 1 ? Format<double>::nan : near;
}

SINTER_MATH double atanh(double x) {
  double size = magnitude(x), twice = size + size;
  double small = twice + twice * size / (1 - size);
  double ratio = size < 0.5 ? small : twice / (1 - size);
  return withSign(0.5 * log1p(ratio), x);
}

} // namespace detail

SINTER_MATH float sinh(float x) { return detail::sinh(x); }
SINTER_MATH double sinh(double x) { return detail::sinh(x); }
SINTER_MATH float cosh(float x) { return detail::cosh(x); }
SINTER_MATH double cosh(double x) { return detail::cosh(x); }
SINTER_MATH float tanh(float x) { return detail::tanh(x); }
SINTER_MATH double tanh(double x) { return detail::tanh(x); }
SINTER_MATH double asinh(double x) { return detail::asinh(x); }
SINTER_MATH double acosh(double x) { return detail::acosh(x); }
SINTER_MATH double atanh(double x) { return detail::atanh(x); }
SINTER_MATH float asinh(float x) {
  return static_cast<float>(detail::asinh(static_cast<double>(x)));
}
SINTER_MATH float acosh(float x) {
  return static_cast<float>(detail::acosh(static_cast<double>(x)));
}
SINTER_MATH float atanh(float x) {
  return static_cast<float>(detail::atanh(static_cast<double>(x)));
}

//===- Error function -----------------------------------------------------===//

namespace detail {

/// erf(x) / x - 1 of z = x^2 for x <= 0.92.
SINTER_MATH float erfRatio(float z) {
  return polynomial(z, 0.128379167f, -0.376126332f, 0.112836872f,
                    -0.0268589414f, 0.00519990633f, -0.000813000847f,
                    8.31675734e-5f);
}
SINTER_MATH double erfRatio(double z) {
  return polynomial(
      z, 0.12837916709551257, -0.37612638903183703, 0.11283791670952438,
      -0.026866170644556918, 0.0052239776190835613, -0.00085483266069920807,
      0.00012055315640672465, -1.4925173341255962e-5, 1.6453317510339695e-6,
      -1.6257838719149212e-7, 1.3953492204906171e-8, -8.2724035332753681e-10);
}

/// 1 - erf(x) for 0.92 <= x, where erf is 1 from `erfOne` on.
SINTER_MATH float erfComplement(float x) {
  x = clamp(x, 0.0f, 3.95f);
  return math::exp(polynomial(x, 0.000175870974f, -1.12952081f, -0.633334655f,
                              -0.108293966f, 0.0251286515f, -0.00417465888f,
                              0.000435223324f, -2.11623876e-5f));
}
SINTER_MATH double erfComplement(double x) {
  x = clamp(x, 0.0, 6.0);
  double t = (x - 2) / (x + 2);
  double scaled = polynomial(
      t, 1.2769783815525287, -0.092763826585741051, -0.16603039761520605,
      0.16405128003211463, -0.054220001021949447, -0.0080340151261840436,
      0.0087226559320822048, 0.0012713513668746497, -0.0014568320962710115,
      -0.00045471078150998804, 0.00020542004102139167, 0.00015255059618138965,
      1.0418844678111869e-5, -1.4275195544243749e-5);
  return math::exp(-x * x) * scaled / (1 + 2 * x);
}

template <typename T> SINTER_MATH T erf(T x) {
  T size = magnitude(x);
  T small = size + size * erfRatio(size * size);
  T large = 1 - erfComplement(size);
  return withSign(size < static_cast<T>(0.92) ? small : large, x);
}

} // namespace detail

SINTER_MATH float erf(float x) { return detail::erf(x); }
SINTER_MATH double erf(double x) { return detail::erf(x); }

} // namespace sinter::math
