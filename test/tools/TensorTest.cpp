// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tool knows of element types, and files for those that NumPy lacks.
#define CATCH_CONFIG_MAIN
#include "tools/sinter/Agreement.h"
#include "tools/sinter/Files.h"
#include "tools/sinter/Random.h"
#include "tools/sinter/TensorFile.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

using namespace sinter;
using namespace sinter::cli;

namespace {

enum : int32_t {
  int64 = 7,
  text = 8,
  float16 = 10,
  bfloat16 = 16,
  e4m3fn,
  e4m3fnuz,
  e5m2,
  e5m2fnuz,
  uint4,
  int4,
  e2m1,
  e8m0,
  uint2,
  int2
};

double decode(int32_t type, unsigned code, int64_t index = 0) {
  const auto *bytes = reinterpret_cast<const std::byte *>(&code);
  return element({type, bytes, index + 1}, index);
}

} // namespace

// The values are those of the ONNX specification's tables.
TEST_CASE("elements decode") {
  CHECK(decode(float16, 0x3c00) == 1);
  CHECK(decode(float16, 0x0001) == std::ldexp(1, -24));
  CHECK(decode(float16, 0xfc00) == -INFINITY);
  CHECK(std::isnan(decode(float16, 0x7e00)));
  CHECK(decode(bfloat16, 0xc040) == -3);
  CHECK(decode(e4m3fn, 0x7e) == 448);
  CHECK(std::isnan(decode(e4m3fn, 0x7f)));
  CHECK(decode(e4m3fn, 0x01) == std::ldexp(1, -9));
  CHECK(decode(e4m3fnuz, 0x7f) == 240);
  CHECK(std::isnan(decode(e4m3fnuz, 0x80)));
  CHECK(decode(e5m2, 0x7b) == 57344);
  CHECK(decode(e5m2, 0x7c) == INFINITY);
  CHECK(decode(e5m2fnuz, 0x7f) == 57344);
  CHECK(decode(e2m1, 0x7) == 6);
  CHECK(decode(e2m1, 0x1) == 0.5);
  CHECK(decode(e2m1, 0xf0, 1) == -6);
  CHECK(decode(e8m0, 127) == 1);
  CHECK(std::isnan(decode(e8m0, 255)));
  CHECK(decode(uint4, 0xa5, 0) == 5);
  CHECK(decode(int4, 0xa5, 1) == -6);
  CHECK(decode(int2, 0xb4, 0) == 0);
  CHECK(decode(int2, 0xb4, 1) == 1);
  CHECK(decode(int2, 0xb4, 2) == -1);
  CHECK(decode(uint2, 0xb4, 3) == 2);
}

TEST_CASE("sizes do not overflow") {
  CHECK(elementCount({2, 3}) == 6);
  CHECK(elementCount({0, INT64_MAX, INT64_MAX}) == 0);
  CHECK_FALSE(elementCount({INT64_MAX, 2}));
  CHECK_FALSE(elementCount({0, -1}));
  CHECK(byteCount(int4, {3}) == 2);
  CHECK_FALSE(byteCount(int64, {INT64_MAX / 4}));
}

TEST_CASE("every type that is no text can be made up, written and read") {
  for (int32_t type = 1; type <= int2; ++type) {
    if (type == text)
      continue;
    INFO(typeName(type));
    auto made = randomTensor("x", type, {5, 7}, 3);
    REQUIRE(made);
    auto file = TemporaryFile::make("");
    REQUIRE(file);
    auto path = writeTensor(file->path(), "x", type, made->dims, made->data);
    REQUIRE(path);
    CHECK(suffixOf(*path) == (numpyType(type) ? ".npy" : ".pb"));
    auto read = readTensor(*path, "x");
    std::remove(path->c_str());
    REQUIRE(read);
    CHECK(read->type == type);
    CHECK(read->dims == made->dims);
    CHECK(read->data == made->data);
  }
  CHECK(randomTensor("x", text, {1}, 0).error().number == 542);
  CHECK(randomTensor("x", 99, {1}, 0).error().number == 542);
}

TEST_CASE("units in the last place") {
  CHECK(unitInLastPlace(1, 1) == std::ldexp(1, -23));
  CHECK(unitInLastPlace(1, -1.9) == std::ldexp(1, -23));
  CHECK(unitInLastPlace(1, 0) == std::ldexp(1, -149));
  CHECK(unitInLastPlace(11, 4) == std::ldexp(1, -50));
  CHECK(unitInLastPlace(float16, 1) == std::ldexp(1, -10));
  CHECK(unitInLastPlace(bfloat16, 1) == std::ldexp(1, -7));
  CHECK(unitInLastPlace(int64, 1e9) == 1);
  const float a[] = {1, 3}, b[] = {std::nextafter(1.f, 2.f), 3};
  const TensorView left{1, reinterpret_cast<const std::byte *>(a), 2};
  const TensorView right{1, reinterpret_cast<const std::byte *>(b), 2};
  CHECK(compareTensors(left, right, {}).maxUlps == 1);
}

TEST_CASE("integers agree exactly beyond 2^53") {
  const int64_t a[] = {(int64_t(1) << 53) + 1}, b[] = {int64_t(1) << 53};
  const TensorView left{int64, reinterpret_cast<const std::byte *>(a), 1};
  const TensorView right{int64, reinterpret_cast<const std::byte *>(b), 1};
  CHECK(compareTensors(left, right, {0, 0.5}).wrong == 1);
  CHECK(compareTensors(left, left, {0, 0}).wrong == 0);
}
