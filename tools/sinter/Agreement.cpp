// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Agreement.h"
#include <algorithm>
#include <cmath>
#include <string_view>

namespace sinter::cli {

/// Errors grow with the unit roundoff: bf16 has three bits less than the two
/// others.
Tolerance toleranceOf(const char *precision) {
  constexpr double elevenBits = 2e-2, eightBits = 8 * elevenBits;
  Tolerance tolerance;
  const std::string_view name = precision ? precision : "";
  if (name == "fp16" || name == "tf32")
    tolerance.frobenius = elevenBits;
  if (name == "bf16")
    tolerance.frobenius = eightBits;
  return tolerance;
}

Agreement compareTensors(const TensorView &result, const TensorView &expected,
                         Tolerance tolerance) {
  const TensorView a = asParts(result), b = asParts(expected);
  Agreement agreement;
  agreement.elements = a.elements;
  double differences = 0, squares = 0;
  const bool byNorm = tolerance.frobenius && isFloat(a.type);
  for (int64_t i = 0; i < a.elements; ++i) {
    const double value = element(a, i), wanted = element(b, i);
    const bool bothNan = std::isnan(value) && std::isnan(wanted);
    double difference = std::abs(value - wanted);
    // 64-bit integers may differ where their doubles do not.
    if (difference == 0 && !isFloat(a.type) && !sameBits(a, b, i))
      difference = 1;
    if (std::isfinite(difference)) {
      agreement.maxAbsolute = std::max(agreement.maxAbsolute, difference);
      if (difference > 0)
        agreement.maxRelative =
            std::max(agreement.maxRelative, difference / std::abs(wanted));
      agreement.maxUlps = std::max(
          agreement.maxUlps, difference / unitInLastPlace(b.type, wanted));
      differences += difference * difference;
      squares += wanted * wanted;
      agreement.maxExpected = std::max(agreement.maxExpected, std::abs(wanted));
    }
    const bool agrees =
        bothNan || (std::isinf(wanted) && value == wanted) ||
        (byNorm ? std::isfinite(difference)
                : std::isfinite(wanted) &&
                      difference <= tolerance.absolute +
                                        tolerance.relative * std::abs(wanted));
    if (agrees)
      continue;
    if (agreement.wrong++ == 0) {
      agreement.firstWrong = i;
      agreement.firstValue = value;
      agreement.firstExpected = wanted;
    }
  }
  if (differences > 0)
    agreement.frobenius = std::sqrt(differences / squares);
  agreement.isFar = byNorm && agreement.frobenius > *tolerance.frobenius;
  return agreement;
}

} // namespace sinter::cli
