// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>

#include "ops/Math.h"

namespace math = sinter::math;

namespace {

using math::detail::Format;

/// The distance in units of the last place of the exact result.
template <typename T> double ulps(T actual, long double exact) {
  if (std::isnan(exact) || std::isnan(actual))
    return std::isnan(exact) && std::isnan(actual) ? 0 : INFINITY;
  if (actual == static_cast<T>(exact))
    return 0;
  constexpr int digits = std::numeric_limits<T>::digits;
  // A result beyond the largest number is measured as if exponents went on.
  long double value = actual;
  if (std::isinf(actual))
    value = std::copysign(
        std::ldexp(1.0L, std::numeric_limits<T>::max_exponent), actual);
  int exponent =
      std::max(std::ilogb(exact), std::numeric_limits<T>::min_exponent - 1);
  return static_cast<double>(
      std::ldexp(std::abs(value - exact), digits - 1 - exponent));
}

template <typename T> T fromBits(uint64_t bits) {
  return math::detail::fromBits<T>(static_cast<typename Format<T>::Bits>(bits));
}

/// Calls `visit` with numbers of the range [-largest, largest]: by their bits,
/// so that every exponent is met, and by their values.
template <typename T, typename Visit> void sweep(T largest, Visit visit) {
  constexpr int count = 150'000;
  std::mt19937_64 random(7);
  std::uniform_real_distribution<T> values(-std::min(largest, T(100)),
                                           std::min(largest, T(100)));
  std::uniform_real_distribution<T> small(-2, 2);
  for (int i = 0; i < count; ++i) {
    T x = fromBits<T>(random());
    if (std::abs(x) <= largest)
      visit(x);
    visit(values(random));
    if (largest >= 2)
      visit(small(random));
  }
}

template <typename T>
void checkOne(const char *name, T (*actual)(T),
              long double (*exact)(long double), double bound,
              T largest = std::numeric_limits<T>::max()) {
  double worst = 0;
  T at = 0;
  auto visit = [&](T x) {
    double error = ulps(actual(x), exact(x));
    if (error > worst)
      worst = error, at = x;
  };
  sweep<T>(largest, visit);
  constexpr T inf = std::numeric_limits<T>::infinity();
  constexpr T tiny = std::numeric_limits<T>::denorm_min();
  for (T x : {T(0), tiny, std::numeric_limits<T>::min(), T(0.5), T(1), T(2),
              std::numeric_limits<T>::max(), inf,
              std::numeric_limits<T>::quiet_NaN()})
    if (!(std::abs(x) > largest) || std::isinf(x)) {
      for (T argument : {x, -x}) {
        visit(argument);
        T result = actual(argument), expected = exact(argument);
        INFO(name << " of " << argument << " is " << result);
        CHECK((std::isnan(expected) ||
               std::signbit(result) == std::signbit(expected)));
      }
    }
  INFO(name << (sizeof(T) == 4 ? " of float " : " of double ") << std::hexfloat
            << at << ": " << actual(at));
  INFO(worst << " ulp");
  CHECK(worst <= bound);
  if (std::getenv("SINTER_MATH_REPORT"))
    std::printf("%-6s %-6s %.3f ulp at %a\n", name,
                sizeof(T) == 4 ? "float" : "double", worst, double(at));
}

long double roundEven(long double x) { return std::nearbyint(x); }

} // namespace

#define SINTER_CHECK(NAME, EXACT, FLOAT, DOUBLE, ...)                          \
  checkOne<float>(                                                             \
      #NAME, [](float x) { return math::NAME(x); },                            \
      [](long double x) -> long double { return EXACT(x); },                   \
      FLOAT __VA_OPT__(, ) __VA_ARGS__);                                       \
  checkOne<double>(                                                            \
      #NAME, [](double x) { return math::NAME(x); },                           \
      [](long double x) -> long double { return EXACT(x); },                   \
      DOUBLE __VA_OPT__(, ) __VA_ARGS__)

TEST_CASE("exact functions") {
  SINTER_CHECK(ceil, std::ceil, 0, 0);
  SINTER_CHECK(floor, std::floor, 0, 0);
  SINTER_CHECK(round, roundEven, 0, 0);
  CHECK(math::round(2.5f) == 2);
  CHECK(math::round(-3.5) == -4);
  CHECK(math::round(0.49999997f) == 0);
  SINTER_CHECK(sqrt, std::sqrt, 0.5001, 0.5001);
}

TEST_CASE("exponentials and logarithms") {
  SINTER_CHECK(exp, std::exp, 1, 1);
  SINTER_CHECK(log, std::log, 1, 1);
  SINTER_CHECK(log1p, std::log1p, 2, 2);
}

TEST_CASE("trigonometry") {
  SINTER_CHECK(sin, std::sin, 2, 2, 0x1p30);
  SINTER_CHECK(cos, std::cos, 2, 2, 0x1p30);
  SINTER_CHECK(tan, std::tan, 3, 4, 0x1p30);
  SINTER_CHECK(asin, std::asin, 3, 3, 1);
  SINTER_CHECK(acos, std::acos, 2, 2, 1);
  SINTER_CHECK(atan, std::atan, 2, 2);
}

TEST_CASE("hyperbolic functions and erf") {
  SINTER_CHECK(sinh, std::sinh, 2, 2);
  SINTER_CHECK(cosh, std::cosh, 2, 2);
  SINTER_CHECK(tanh, std::tanh, 2, 2);
  SINTER_CHECK(asinh, std::asinh, 1, 3);
  SINTER_CHECK(acosh, std::acosh, 1, 3);
  SINTER_CHECK(atanh, std::atanh, 1, 3, 1);
  SINTER_CHECK(erf, std::erf, 2, 2);
}

TEST_CASE("arguments close to multiples of pi / 2") {
  for (int k = 1; k < 600'000'000; k += 1 + k / 512) {
    long double multiple = k * 1.57079632679489661923L;
    auto x = static_cast<double>(multiple);
    auto y = static_cast<float>(multiple);
    if (ulps(math::sin(x), std::sin((long double)x)) > 2 ||
        ulps(math::cos(x), std::cos((long double)x)) > 2 ||
        ulps(math::sin(y), std::sin((long double)y)) > 2 ||
        ulps(math::cos(y), std::cos((long double)y)) > 2)
      FAIL(k);
  }
}

TEST_CASE("huge arguments stay bounded") {
  for (double x = 0x1p30; x < 1e308; x *= 1.7) {
    CHECK(std::abs(math::sin(x)) <= 1);
    CHECK(std::abs(math::cos(x)) <= 1);
  }
}

// Out of line: inlined at every use, they take long to compile.
template <typename T> [[gnu::noinline]] static T powOf(T x, T y) {
  return math::pow(x, y);
}

template <typename T> [[gnu::noinline]] static T fmodOf(T x, T y) {
  return math::fmod(x, y);
}

template <typename T> static void checkPow(double bound) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<T> bases(0, 4), exponents(-40, 40);
  double worst = 0;
  T atX = 0, atY = 0;
  auto visit = [&](T x, T y) {
    double error = ulps(powOf(x, y), std::pow((long double)x, (long double)y));
    if (error > worst)
      worst = error, atX = x, atY = y;
  };
  for (int i = 0; i < 100'000; ++i) {
    T x = bases(random), y = exponents(random);
    visit(x, y);
    visit(x * 1000, y);
    visit(1 + x / 100000, y * 100000);
    visit(fromBits<T>(random()), y / 20);
    visit(-x, std::round(y));
    visit(fromBits<T>(random()), fromBits<T>(random()));
  }
  INFO(std::hexfloat << atX << " ^ " << atY);
  INFO(worst << " ulp");
  CHECK(worst <= bound);
  if (std::getenv("SINTER_MATH_REPORT"))
    std::printf("pow    %.3f ulp at %a %a\n", worst, double(atX), double(atY));
}

template <typename T> static void checkSpecialPairs() {
  constexpr T inf = std::numeric_limits<T>::infinity();
  const T values[] = {0,
                      std::numeric_limits<T>::denorm_min(),
                      T(0.5),
                      1,
                      2,
                      3,
                      T(2.5),
                      T(1e30),
                      std::numeric_limits<T>::max(),
                      inf,
                      std::numeric_limits<T>::quiet_NaN()};
  for (T a : values)
    for (T b : values)
      for (T x : {a, -a})
        for (T y : {b, -b}) {
          INFO(x << ", " << y);
          for (auto [actual, exact] :
               {std::pair(powOf(x, y), std::pow(x, y)),
                std::pair(fmodOf(x, y), std::fmod(x, y))}) {
            INFO(actual << " is not " << exact);
            CHECK(ulps<T>(actual, exact) <= 1);
            CHECK((std::isnan(exact) ||
                   std::signbit(actual) == std::signbit(exact)));
          }
        }
}

template <typename T> static void checkFmod() {
  std::mt19937_64 random(5);
  for (int i = 0; i < 100'000; ++i) {
    T x = fromBits<T>(random()), y = fromBits<T>(random());
    T actual = fmodOf(x, y), exact = std::fmod(x, y);
    if (actual != exact && !(std::isnan(actual) && std::isnan(exact)))
      FAIL(x << " mod " << y << ": " << actual << " is not " << exact);
  }
}

TEST_CASE("functions of two numbers") {
  checkPow<float>(1);
  checkPow<double>(2);
  checkSpecialPairs<float>();
  checkSpecialPairs<double>();
  checkFmod<float>();
  checkFmod<double>();
}
