// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Random.h"
#include "tools/sinter/Report.h"
#include <bit>
#include <cmath>
#include <cstring>
#include <new>
#include <numbers>
#include <unistd.h>

namespace sinter::cli {
namespace {

constexpr int32_t float32 = 1, boolean = 9, float16 = 10, float64 = 11,
                  bfloat16 = 16;

/// SplitMix64.
class Generator {
public:
  explicit Generator(uint64_t seed) : state(seed) {}
  uint64_t bits() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// Box and Muller's, one number at a time.
  double normal() {
    const double u = double((bits() >> 11) + 1) * 0x1p-53;
    const double v = double(bits() >> 11) * 0x1p-53;
    return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
  }

private:
  uint64_t state;
};

template <typename T> void store(std::byte *to, int64_t index, T value) {
  std::memcpy(to + index * int64_t(sizeof(T)), &value, sizeof(T));
}

uint16_t toBfloat(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/// The code of a float of at most 8 bits that is nearest to a number.
class NearestCode {
public:
  explicit NearestCode(int32_t type) {
    const unsigned bits = typeBits(type);
    for (unsigned code = 0; bits && code < (1u << bits); ++code) {
      const auto byte = std::byte(code);
      values.push_back(element({type, &byte, 1}, 0));
    }
  }
  uint8_t operator()(double wanted) const {
    size_t best = 0;
    for (size_t code = 0; code < values.size(); ++code)
      if (std::abs(values[code] - wanted) < std::abs(values[best] - wanted))
        best = code;
    return uint8_t(best);
  }

private:
  std::vector<double> values;
};

void storeCode(std::byte *to, int64_t index, unsigned bits, uint8_t code) {
  const int64_t bit = index * bits;
  to[bit / 8] |= std::byte(code << (bit % 8));
}

void fillFloats(const TensorView &view, std::byte *to, Generator &random) {
  const unsigned bits = typeBits(view.type);
  const NearestCode nearest(bits <= 8 ? view.type : 0);
  for (int64_t i = 0; i < view.elements; ++i) {
    const double value = random.normal();
    if (view.type == float32)
      store(to, i, float(value));
    else if (view.type == float64)
      store(to, i, value);
    else if (view.type == float16)
      store(to, i, static_cast<_Float16>(value));
    else if (view.type == bfloat16)
      store(to, i, toBfloat(float(value)));
    else
      storeCode(to, i, bits, nearest(value));
  }
}

void fillIntegers(const TensorView &view, std::byte *to, Generator &random) {
  const unsigned bits = typeBits(view.type);
  const uint64_t values = view.type == boolean ? 2
                          : bits == 2          ? 2
                          : bits == 4          ? 4
                                               : 10;
  for (int64_t i = 0; i < view.elements; ++i)
    storeCode(to, i, bits, uint8_t(random.bits() % values));
}

/// More than that is not allocated: the system might kill rather than refuse.
int64_t memoryOfMachine() {
  return int64_t(sysconf(_SC_PHYS_PAGES)) * int64_t(sysconf(_SC_PAGESIZE));
}

} // namespace

Result<Tensor> randomTensor(const std::string &name, int32_t type,
                            const std::vector<int64_t> &dims, uint64_t seed) {
  if (!typeBits(type))
    return makeError<errors::E0542>(name, typeName(type));
  const auto bytes = byteCount(type, dims);
  Tensor tensor{name, type, dims, {}};
  try {
    if (!bytes || *bytes > memoryOfMachine())
      throw std::bad_alloc();
    tensor.data.resize(size_t(*bytes));
  } catch (const std::exception &) {
    return errorWithNote<errors::E0543>("set smaller sizes with --dim", name,
                                        shapeText(dims));
  }
  Generator random(seed);
  const TensorView view =
      asParts({type, tensor.data.data(), *elementCount(dims)});
  if (isFloat(type))
    fillFloats(view, tensor.data.data(), random);
  else
    fillIntegers(view, tensor.data.data(), random);
  return tensor;
}

} // namespace sinter::cli
