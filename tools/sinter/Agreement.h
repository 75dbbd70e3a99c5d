// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "tools/sinter/Tensor.h"
#include <cstdint>
#include <optional>

namespace sinter::cli {

struct Tolerance {
  double relative = 1e-3;
  double absolute = 1e-4;
  /// The most that Agreement::frobenius may be. If set, floats agree by it, and
  /// single elements need only be finite alike.
  std::optional<double> frobenius;
};

/// What is to be expected of a model that was compiled with this precision
/// (sinter_model_descriptor; may be null).
Tolerance toleranceOf(const char *precision);

/// How far a tensor is from the expected one. Elements agree if they are equal,
/// both NaN, or |a - b| <= absolute + relative * |b|, where b is the expected.
struct Agreement {
  int64_t elements = 0;
  int64_t wrong = 0;
  int64_t firstWrong = -1;
  double firstValue = 0, firstExpected = 0;
  /// Of finite pairs only.
  double maxAbsolute = 0, maxRelative = 0;
  /// In units in the last place of the expected value; integers' is 1.
  double maxUlps = 0;
  /// The largest magnitude that is expected.
  double maxExpected = 0;
  /// Norm of the differences by the norm of the expected (Frobenius).
  double frobenius = 0;
  /// Whether that is more than it may be.
  bool isFar = false;

  bool agrees() const { return wrong == 0 && !isFar; }
};

/// The tensors must have the same type and number of elements.
Agreement compareTensors(const TensorView &result, const TensorView &expected,
                         Tolerance tolerance);

} // namespace sinter::cli
