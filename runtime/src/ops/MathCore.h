// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What Math.h is made of: bits, polynomials, reductions. Include Math.h.
#pragma once

#include <stdint.h>

/// A target that needs another attribute on functions defines this first.
#ifndef SINTER_MATH
#define SINTER_MATH static inline __attribute__((always_inline))
#endif

namespace sinter::math::detail {

template <typename T> struct Format;

template <> struct Format<float> {
  using Bits = uint32_t;
  using Int = int32_t;
  static constexpr int mantissa = 23, bias = 127;
  /// Adding it leaves an integer in the low bits.
  static constexpr float magic = 0x1.8p23f, integral = 0x1p23f;
  static constexpr Bits sqrtHalf = 0x3f3504f3;
  static constexpr float inf = __builtin_inff(), nan = __builtin_nanf("");
  /// Parts: k * ln2Hi is exact for every exponent k.
  static constexpr float ln2Hi = 0x1.62e4p-1f, ln2Lo = 0x1.7f7d1cp-20f;
  static constexpr float halfPiHi = 0x1.921fb6p+0f, halfPiLo = -0x1.777a5cp-25f;
  /// e^x is 0 below and infinite above, also when halved.
  static constexpr float expLow = -104, expHigh = 90;
};

template <> struct Format<double> {
  using Bits = uint64_t;
  using Int = int64_t;
  static constexpr int mantissa = 52, bias = 1023;
  static constexpr double magic = 0x1.8p52, integral = 0x1p52;
  static constexpr Bits sqrtHalf = 0x3fe6a09e667f3bcd;
  static constexpr double inf = __builtin_inf(), nan = __builtin_nan("");
  static constexpr double ln2Hi = 0x1.62e42feep-1,
                          ln2Lo = 0x1.a39ef35793c76p-33;
  static constexpr double halfPiHi = 0x1.921fb54442d18p+0,
                          halfPiLo = 0x1.1a62633145c07p-54;
  static constexpr double expLow = -746, expHigh = 711;
};

template <typename T> SINTER_MATH typename Format<T>::Bits bitsOf(T x) {
  return __builtin_bit_cast(typename Format<T>::Bits, x);
}

template <typename T> SINTER_MATH T fromBits(typename Format<T>::Bits bits) {
  return __builtin_bit_cast(T, bits);
}

template <typename T> SINTER_MATH typename Format<T>::Bits signOf(T x) {
  return bitsOf(x) & ~(~typename Format<T>::Bits(0) >> 1);
}

template <typename T> SINTER_MATH T magnitude(T x) {
  return fromBits<T>(bitsOf(x) & (~typename Format<T>::Bits(0) >> 1));
}

/// `x`, which is not negative, with the sign of `from`.
template <typename T> SINTER_MATH T withSign(T x, T from) {
  return fromBits<T>(bitsOf(x) | signOf(from));
}

/// NaN stays.
template <typename T> SINTER_MATH T clamp(T x, T low, T high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

/// 2^exponent, a normal number.
template <typename T> SINTER_MATH T powerOf2(typename Format<T>::Int exponent) {
  using Bits = typename Format<T>::Bits;
  return fromBits<T>((static_cast<Bits>(exponent) + Format<T>::bias)
                     << Format<T>::mantissa);
}

/// A small integer as a float, without a conversion instruction.
template <typename T> SINTER_MATH T fromInt(typename Format<T>::Int x) {
  using Bits = typename Format<T>::Bits;
  return fromBits<T>(bitsOf(Format<T>::magic) + static_cast<Bits>(x)) -
         Format<T>::magic;
}

/// x * y + z, rounded once: an instruction of every target.
#if defined(__has_builtin) && __has_builtin(__builtin_elementwise_fma)
SINTER_MATH float fma(float x, float y, float z) {
  return __builtin_elementwise_fma(x, y, z);
}
SINTER_MATH double fma(double x, double y, double z) {
  return __builtin_elementwise_fma(x, y, z);
}
#elif defined(__CUDACC_RTC__)
SINTER_MATH float fma(float x, float y, float z) { return __fmaf_rn(x, y, z); }
SINTER_MATH double fma(double x, double y, double z) {
  return __fma_rn(x, y, z);
}
#else
SINTER_MATH float fma(float x, float y, float z) {
  return __builtin_fmaf(x, y, z);
}
SINTER_MATH double fma(double x, double y, double z) {
  return __builtin_fma(x, y, z);
}
#endif

template <typename T> SINTER_MATH T polynomial(T, T last) { return last; }

/// c0 + x * (c1 + x * (...)).
template <typename T, typename... Rest>
SINTER_MATH T polynomial(T x, T c0, Rest... rest) {
  return fma(x, polynomial(x, rest...), c0);
}

//===- Polynomials, each within its range ---------------------------------===//

/// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2.
SINTER_MATH float expTail(float r) {
  return polynomial(r, 0.500000007f, 0.166666657f, 0.0416662795f,
                    0.00833352427f, 0.00139458346f, 0.000197770431f);
}
SINTER_MATH double expTail(double r) {
  return polynomial(
      r, 0.50000000000000001, 0.16666666666666685, 0.041666666666665968,
      0.0083333333333155163, 0.0013888888889163649, 0.00019841269900183908,
      2.480158684946404e-5, 2.7557231031071051e-6, 2.7557636977499651e-7,
      2.5113381804646002e-8, 2.0812213696293107e-9);
}

/// (sin(r) - r) / r^3 of z = r^2 for |r| <= pi / 4.
SINTER_MATH float sinTail(float z) {
  return polynomial(z, -0.166666666f, 0.00833332928f, -0.000198393044f,
                    2.7180465e-6f);
}
SINTER_MATH double sinTail(double z) {
  return polynomial(z, -0.16666666666666667, 0.0083333333333333224,
                    -0.00019841269841254648, 2.755731921398513e-6,
                    -2.5052104860766889e-8, 1.6058360438716493e-10,
                    -7.5784032069167199e-13);
}

/// (cos(r) - 1 + r^2 / 2) / r^4 of z = r^2 for |r| <= pi / 4.
SINTER_MATH float cosTail(float z) {
  return polynomial(z, 0.0416666456f, -0.00138873097f, 2.44323973e-5f);
}
SINTER_MATH double cosTail(double z) {
  return polynomial(z, 0.041666666666666592, -0.0013888888888872896,
                    2.4801587288748842e-5, -2.7557314148790981e-7,
                    2.0875696592426734e-9, -1.1358311375200887e-11);
}

/// (tanh(x) - x) / x^3 of z = x^2 for |x| <= 0.55.
SINTER_MATH float tanhTail(float z) {
  return polynomial(z, -0.333333327f, 0.133332937f, -0.0539596499f,
                    0.0217828231f, -0.00841394855f, 0.00239581184f);
}
SINTER_MATH double tanhTail(double z) {
  return polynomial(
      z, -0.33333333333333298, 0.1333333333332662, -0.053968253963760374,
      0.021869488385849935, -0.008863232601357924, 0.0035920920297024284,
      -0.001455542841556799, 0.00058844447051936585, -0.00023338152810935016,
      8.3316396627106659e-5, -1.9494657007081073e-5);
}

/// (sinh(x) - x) / x^3 of z = x^2 for |x| <= 1.
SINTER_MATH float sinhTail(float z) {
  return polynomial(z, 0.166666665f, 0.00833335006f, 0.000198361597f,
                    2.81695172e-6f);
}
SINTER_MATH double sinhTail(double z) {
  return polynomial(z, 0.16666666666666667, 0.0083333333333331478,
                    0.00019841269841431865, 2.7557319157074288e-6,
                    2.5052123136330965e-8, 1.6057259799709434e-10,
                    7.7587478528292371e-13);
}

/// (asin(x) - x) / x^3 of z = x^2 for |x| <= 0.5.
SINTER_MATH float asinTail(float z) {
  return polynomial(z, 0.1666666f, 0.0750050527f, 0.044516729f, 0.0318097446f,
                    0.0144304584f, 0.0375285312f);
}
SINTER_MATH double asinTail(double z) {
  return polynomial(
      z, 0.16666666666666761, 0.0749999999997064, 0.044642857174772845,
      0.030381942699673637, 0.022372215226391355, 0.017351607551440012,
      0.013980876016780996, 0.011398442882485149, 0.010782967180228811,
      0.0036958490580594195, 0.021733866215548561, -0.021037453353008312,
      0.032653246581842285);
}

/// (atan(x) - x) / x^3 of z = x^2 for |x| <= tan(pi / 8).
SINTER_MATH float atanTail(float z) {
  return polynomial(z, -0.333333152f, 0.199984692f, -0.14243487f, 0.105934557f,
                    -0.0607727465f);
}
SINTER_MATH double atanTail(double z) {
  return polynomial(
      z, -0.33333333333333196, 0.19999999999953064, -0.14285714280147351,
      0.1111111078115849, -0.090908976956294299, 0.07692059174615853,
      -0.066630928667272828, 0.058478120380652506, -0.050389728662015486,
      0.038056499855455985, -0.01789874698989592);
}

//===- Shared parts -------------------------------------------------------===//

/// e^(x + low) * 2^shift, for a `low` that is tiny; -0.0 costs nothing.
template <typename T>
SINTER_MATH T scaledExp(T x, T low, typename Format<T>::Int shift) {
  using F = Format<T>;
  using Int = typename F::Int;
  x = clamp(x, F::expLow, F::expHigh);
  T shifted = fma(x, static_cast<T>(1.4426950408889634), F::magic);
  Int k = static_cast<Int>(bitsOf(shifted) - bitsOf(F::magic));
  T n = shifted - F::magic;
  T r = fma(n, -F::ln2Lo, fma(n, -F::ln2Hi, x)) + low;
  T value = 1 + fma(r * r, expTail(r), r);
  // In two steps, as 2^k may be no normal number.
  k = static_cast<Int>(static_cast<typename F::Bits>(k) +
                       static_cast<typename F::Bits>(shift));
  Int half = k >> 1;
  return value * powerOf2<T>(half) * powerOf2<T>(k - half);
}

/// x = 2^exponent * (1 + f), with 1 + f in [sqrt(1/2), sqrt(2)).
template <typename T> struct Split {
  T f, exponent;
};

/// For positive, finite x.
template <typename T> SINTER_MATH Split<T> split(T x) {
  using F = Format<T>;
  using Int = typename F::Int;
  bool isTiny = x < powerOf2<T>(1 - F::bias);
  x = isTiny ? x * F::integral : x;
  typename F::Bits offset = bitsOf(x) - F::sqrtHalf;
  T exponent = fromInt<T>(static_cast<Int>(offset) >> F::mantissa);
  typename F::Bits fraction =
      offset & ((typename F::Bits(1) << F::mantissa) - 1);
  return {fromBits<T>(fraction + F::sqrtHalf) - 1,
          exponent - (isTiny ? static_cast<T>(F::mantissa) : 0)};
}

/// x = r + quadrant * pi / 2, for |x| < 2^30.
template <typename T> struct Reduced {
  T r;
  typename Format<T>::Bits quadrant;
};

/// Products with the first parts of pi / 2 are exact, so their differences lose
/// nothing however close x is to a multiple.
SINTER_MATH Reduced<double> reduce(double x) {
  double shifted = x * 0x1.45f306dc9c883p-1 + Format<double>::magic;
  double k = shifted - Format<double>::magic;
  double r = x - k * 0x1.921fb4p+0;
  r -= k * 0x1.4442dp-24;
  r -= k * 0x1.846988p-48;
  r -= k * 0x1.8cc51701b839ap-72;
  return {clamp(r, -0.8, 0.8), bitsOf(shifted)};
}

/// In double: a float cannot hold the multiple of a large argument.
SINTER_MATH Reduced<float> reduce(float x) {
  Reduced<double> wide = reduce(static_cast<double>(x));
  return {static_cast<float>(wide.r), static_cast<uint32_t>(wide.quadrant)};
}

template <typename T> SINTER_MATH T sinReduced(T r) {
  T z = r * r;
  return r + r * z * sinTail(z);
}

template <typename T> SINTER_MATH T cosReduced(T r) {
  T z = r * r, half = z * static_cast<T>(0.5), whole = 1 - half;
  return whole + (((1 - whole) - half) + z * z * cosTail(z));
}

//===- Logarithms of more than double precision ---------------------------===//

/// An unevaluated sum.
struct Pair {
  double high, low;
};

SINTER_MATH Pair exactSum(double a, double b) {
  double sum = a + b, part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}

SINTER_MATH Pair exactProduct(double a, double b) {
  double aWide = a * 0x1.000002p+27, bWide = b * 0x1.000002p+27;
  double aHigh = aWide - (aWide - a), aLow = a - aHigh;
  double bHigh = bWide - (bWide - b), bLow = b - bHigh;
  double product = a * b;
  return {product, ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) +
                       aLow * bLow};
}

/// log(x) to about 65 bits, for positive, finite x.
SINTER_MATH Pair logPair(double x) {
  auto [f, exponent] = split(x);
  double divisor = 2 + f, divisorLow = f - (divisor - 2);
  double s = f / divisor;
  Pair back = exactProduct(s, divisor);
  double sLow = ((f - back.high) - back.low - s * divisorLow) / divisor;
  Pair z = exactProduct(s, s);
  z.low += 2 * s * sLow;
  // atanh(s) = s * (1 + z / 3 + z^2 * (...))
  Pair third = exactProduct(z.high, 0x1.5555555555555p-2);
  third.low += z.high * 0x1.5555555555555p-56 + z.low * 0x1.5555555555555p-2;
  double tail = polynomial(z.high, 0.19999999999999989, 0.14285714285722568,
                           0.11111111108765156, 0.090909094355365129,
                           0.076922784095579348, 0.066681597092912167,
                           0.058373889336436359, 0.059946759818727562);
  Pair series = exactSum(third.high, z.high * z.high * tail);
  series.low += third.low;
  Pair factor = exactSum(1, series.high);
  factor.low += series.low;
  Pair half = exactProduct(s, factor.high);
  half.low += s * factor.low + sLow * factor.high;
  Pair sum = exactSum(exponent * Format<double>::ln2Hi, 2 * half.high);
  sum.low += exponent * Format<double>::ln2Lo + 2 * half.low;
  return exactSum(sum.high, sum.low);
}

} // namespace sinter::math::detail
