// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The artifacts of Compile.cpp against loops over doubles. It needs no LLVM.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include "Artifacts.h"
#include "sinter/runtime.hpp"
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <limits>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

namespace {

using Dims = std::vector<int64_t>;

int64_t count(const Dims &dims) {
  int64_t elements = 1;
  for (int64_t dim : dims)
    elements *= dim;
  return elements;
}

struct Tensor {
  Dims dims;
  std::vector<float> values;

  double at(int64_t index) const { return values[size_t(index)]; }
  sinter_tensor view() {
    return {values.data(),
            1,
            int32_t(dims.size()),
            dims.data(),
            values.size() * sizeof(float),
            SINTER_MEMORY_HOST,
            0};
  }
};

/// Normally distributed about `mean`.
Tensor randomTensor(Dims dims, double mean = 0) {
  static std::mt19937 random(4);
  std::normal_distribution<float> normal(float(mean), 2);
  Tensor tensor{std::move(dims), {}};
  for (int64_t left = count(tensor.dims); left > 0; --left)
    tensor.values.push_back(normal(random));
  return tensor;
}

/// What is expected, and |found - expected| <= absolute + relative *
/// |expected|.
struct Expected {
  Dims dims;
  std::vector<double> values;
  double relative = 0, absolute = 0;
};

/// A context of the op's artifact; null, after saying why, where nothing can
/// run it.
std::unique_ptr<sinter::Context> open(const std::string &op,
                                      const std::string &target) {
  const bool isHost = target == "cpu";
  const std::string path = artifactOf(op, target);
  if (!isHost && !std::filesystem::exists(path)) {
    WARN("skipped: no NVRTC has made " << path);
    return nullptr;
  }
  auto model = sinter::Model::open(path.c_str());
  INFO(model.message());
  REQUIRE(model.ok());
  auto context = model->createContext(2);
  INFO(context.message());
  if (!context.ok() && !isHost &&
      std::string_view(context.error().message).find("no NVIDIA driver") !=
          std::string_view::npos) {
    WARN("skipped: " << context.error().message);
    return nullptr;
  }
  REQUIRE(context.ok());
  return std::make_unique<sinter::Context>(std::move(*context));
}

/// Runs the model into memory that holds NaN, and a little more of it behind.
void check(sinter::Context &context, std::vector<Tensor> inputs,
           const Expected &expected) {
  constexpr size_t behind = 16;
  const size_t size = expected.values.size();
  std::vector<float> found(size + behind,
                           std::numeric_limits<float>::quiet_NaN());
  std::vector<sinter_tensor> views;
  for (Tensor &input : inputs)
    views.push_back(input.view());
  sinter_tensor output{};
  output.data = found.data();
  output.bytes = size * sizeof(float);
  auto status = context.run(views, {&output, 1});
  INFO(status.message());
  REQUIRE(status.ok());
  REQUIRE(Dims(output.dims, output.dims + output.rank) == expected.dims);
  size_t wrong = 0, first = size;
  for (size_t index = 0; index < size; ++index) {
    const double want = expected.values[index];
    const bool isClose = std::abs(double(found[index]) - want) <=
                         expected.absolute + expected.relative * std::abs(want);
    if (!isClose && wrong++ == 0)
      first = index;
  }
  if (wrong > 0)
    UNSCOPED_INFO(std::setprecision(9)
                  << "element " << first << " is " << found[first] << ", not "
                  << expected.values[first]);
  CHECK(wrong == 0);
  CHECK(std::all_of(found.begin() + std::ptrdiff_t(size), found.end(),
                    [](float value) { return std::isnan(value); }));
}

/// Four roundings.
Expected softClamp(const Tensor &x, const Tensor &bound) {
  Expected expected{x.dims, {}, 3e-7, 0};
  const int64_t channels = x.dims[1], length = x.dims[2];
  for (int64_t index = 0; index < count(x.dims); ++index) {
    const double b = bound.at(index / length % channels), value = x.at(index);
    expected.values.push_back(b * value / (b + std::abs(value)));
  }
  return expected;
}

/// The sums of a row are rounded, and what is left of x less their mean is of
/// the order of 1.
Expected standardize(const Tensor &x) {
  Expected expected{x.dims, {}, 1e-5, 1e-5};
  const int64_t length = x.dims[1];
  for (int64_t row = 0; row < x.dims[0]; ++row) {
    double sum = 0, deviation = 0;
    for (int64_t i = 0; i < length; ++i)
      sum += x.at(row * length + i);
    const double mean = sum / double(length);
    for (int64_t i = 0; i < length; ++i)
      deviation += std::abs(x.at(row * length + i) - mean);
    for (int64_t i = 0; i < length; ++i)
      expected.values.push_back((x.at(row * length + i) - mean) /
                                (deviation / double(length) + 1e-3));
  }
  return expected;
}

/// Windows of 3x3, strides of 2 and 1, dilations of 1 and 2, as many pads on
/// each side. Nothing is rounded.
Expected peakPool(const Tensor &x) {
  const int64_t height = x.dims[2], width = x.dims[3];
  Expected expected{x.dims, {}};
  expected.dims[2] = (height - 1) / 2 + 1;
  for (int64_t plane = 0; plane < x.dims[0] * x.dims[1]; ++plane)
    for (int64_t window = 0; window < expected.dims[2] * width; ++window) {
      double peak = 0;
      for (int64_t tap = 0; tap < 9; ++tap) {
        const int64_t row = window / width * 2 + tap / 3 - 1;
        const int64_t column = window % width + tap % 3 * 2 - 2;
        if (row < 0 || row >= height || column < 0 || column >= width)
          continue;
        const double value = x.at((plane * height + row) * width + column);
        peak = std::abs(value) > std::abs(peak) ? value : peak;
      }
      expected.values.push_back(peak);
    }
  return expected;
}

void testSoftClamp(const char *target) {
  auto context = open("soft_clamp", target);
  if (!context)
    return;
  for (const Dims &dims :
       {Dims{1, 6, 1}, Dims{3, 6, 37}, Dims{16, 6, 1024}, Dims{2, 6, 4099}}) {
    Tensor x = randomTensor(dims), bound = randomTensor({6, 1});
    for (float &value : bound.values)
      value = std::abs(value) + 0.5f;
    const Expected expected = softClamp(x, bound);
    check(*context, {std::move(x), std::move(bound)}, expected);
  }
}

void testStandardize(const char *target) {
  auto context = open("standardize", target);
  if (!context)
    return;
  for (const Dims &dims : {Dims{1, 1}, Dims{3, 7}, Dims{130, 512},
                           Dims{65, 1000}, Dims{2, 20011}}) {
    Tensor x = randomTensor(dims, 1.5);
    const Expected expected = standardize(x);
    check(*context, {std::move(x)}, expected);
  }
}

void testPeakPool(const char *target) {
  auto context = open("peak_pool", target);
  if (!context)
    return;
  for (const Dims &dims : {Dims{1, 5, 1, 1}, Dims{2, 5, 6, 7},
                           Dims{3, 5, 33, 64}, Dims{1, 5, 128, 131}}) {
    Tensor x = randomTensor(dims);
    const Expected expected = peakPool(x);
    check(*context, {std::move(x)}, expected);
  }
}

} // namespace

TEST_CASE("soft_clamp on the CPU") { testSoftClamp("cpu"); }
TEST_CASE("standardize on the CPU") { testStandardize("cpu"); }
TEST_CASE("peak_pool on the CPU") { testPeakPool("cpu"); }
TEST_CASE("soft_clamp on a GPU") { testSoftClamp("cuda"); }
TEST_CASE("standardize on a GPU") { testStandardize("cuda"); }
TEST_CASE("peak_pool on a GPU") { testPeakPool("cuda"); }
