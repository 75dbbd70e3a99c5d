// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stages of graph ops against loops written out here.
#include "Evaluator.h"

#include <algorithm>
#include <cmath>

using namespace sinter::test;

TEST_CASE("binary ops broadcast, also where only the size says so") {
  auto a = randomValues<float>(7), b = randomValues<float>(5);
  auto check = [&](int64_t rows, int64_t columns) {
    std::vector<float> left(a.begin(), a.begin() + rows);
    std::vector<float> right(b.begin(), b.begin() + columns);
    Bytes bytes = Evaluator().run(
        function("graph.add %a, %b", tensor("?x1", "f32", "N, 1"),
                 tensor("?", "f32", "M"), tensor("?x?", "f32", "N, M")),
        {bytesOf(left), bytesOf(right)}, {{"N", rows}, {"M", columns}});
    std::vector<float> result = valuesOf<float>(bytes);
    REQUIRE(result.size() == size_t(rows * columns));
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        CHECK(result[i * columns + j] == a[i] + b[j]);
  };
  check(7, 5);
  check(1, 1);
  check(0, 5);

  Bytes bytes = Evaluator().run(
      function("graph.mul %a, %b", tensor("?", "f32", "N"),
               tensor("?", "f32", "M"), tensor("?", "f32", "bcast(N, M)")),
      {bytesOf(a), bytesOf(std::vector<float>{2})}, {{"N", 7}, {"M", 1}});
  for (size_t i = 0; i < 7; ++i)
    CHECK(valuesOf<float>(bytes)[i] == 2 * a[i]);
}

TEST_CASE("convolution with padding, stride, dilation and groups") {
  constexpr int height = 9, width = 8, groups = 2, outputs = 4, perGroup = 3;
  auto x = randomValues<float>(2 * 6 * height * width);
  auto w = randomValues<float>(outputs * perGroup * 3 * 2);
  constexpr int outHeight = (height + 3 - 4 - 1) / 2 + 1;
  constexpr int outWidth = width + 1 - 1 - 1 + 1;
  Bytes bytes = Evaluator().run(
      function("graph.conv %a, %b strides [2, 1] pads [1, 0, 2, 1] dilations "
               "[2, 1] groups 2",
               "tensor<2x6x9x8xf32>", "tensor<4x3x3x2xf32>",
               tensor("2x4x4x8", "f32", "2, 4, 4, 8")),
      {bytesOf(x), bytesOf(w)});
  std::vector<float> result = valuesOf<float>(bytes);
  REQUIRE(result.size() == 2 * outputs * outHeight * outWidth);
  size_t at = 0;
  for (int n = 0; n < 2; ++n)
    for (int o = 0; o < outputs; ++o)
      for (int i = 0; i < outHeight; ++i)
        for (int j = 0; j < outWidth; ++j, ++at) {
          float sum = 0;
          for (int c = 0; c < perGroup; ++c)
            for (int k = 0; k < 3; ++k)
              for (int l = 0; l < 2; ++l) {
                int row = i * 2 + k * 2 - 1, column = j + l;
                bool inside =
                    row >= 0 && row < height && column >= 0 && column < width;
                int channel = o / (outputs / groups) * perGroup + c;
                float value =
                    inside
                        ? x[((n * 6 + channel) * height + row) * width + column]
                        : 0;
                sum += value * w[((o * perGroup + c) * 3 + k) * 2 + l];
              }
          REQUIRE(result[at] == sum);
        }
}

template <typename T, typename Sum>
static void checkMatMul(const std::string &element, double low, double high) {
  constexpr int m = 5, k = 37, n = 6;
  auto a = randomValues<T>(2 * m * k, low, high);
  auto b = randomValues<T>(k * n, low, high);
  Bytes bytes = Evaluator().run(function("graph.matmul %a, %b",
                                         "tensor<2x5x37x" + element + ">",
                                         "tensor<37x6x" + element + ">",
                                         tensor("2x5x6", element, "2, 5, 6")),
                                {bytesOf(a), bytesOf(b)});
  std::vector<T> result = valuesOf<T>(bytes);
  for (int batch = 0; batch < 2; ++batch)
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < n; ++j) {
        Sum sum = 0;
        for (int p = 0; p < k; ++p)
          sum += Sum(a[(batch * m + i) * k + p]) * Sum(b[p * n + j]);
        REQUIRE(result[(batch * m + i) * n + j] == static_cast<T>(sum));
      }
}

TEST_CASE("matrix products") {
  checkMatMul<float, float>("f32", -3, 3);
  checkMatMul<double, double>("f64", -3, 3);
  checkMatMul<_Float16, float>("f16", -3, 3);
  checkMatMul<int32_t, uint32_t>("i32", -2e9, 2e9);
  checkMatMul<uint8_t, uint32_t>("ui8", 0, 256);
}

TEST_CASE("reductions") {
  auto a = randomValues<float>(6 * 11);
  auto reduce = [&](const std::string &op, const std::string &dims,
                    const std::string &shape, const std::string &result,
                    Bytes bytes, const Sizes &sizes = {}) {
    return valuesOf<float>(Evaluator().run(
        function(op, tensor(shape, "f32", dims), "", result), {bytes}, sizes));
  };
  std::vector<float> sums =
      reduce("graph.reduce_sum %a axes [0]", "6, 11", "6x11",
             tensor("11", "f32", "11"), bytesOf(a));
  for (int j = 0; j < 11; ++j) {
    float sum = 0;
    for (int i = 0; i < 6; ++i)
      sum += a[i * 11 + j];
    CHECK(sums[j] == sum);
  }
  a[13] = NAN;
  std::vector<float> largest =
      reduce("graph.reduce_max %a axes [1] keep_dims", "6, 11", "6x11",
             tensor("6x1", "f32", "6, 1"), bytesOf(a));
  CHECK(largest[0] == *std::max_element(a.begin(), a.begin() + 11));
  CHECK(std::isnan(largest[1]));
  std::vector<float> none =
      reduce("graph.reduce_max %a axes [1]", "3, N", "3x?",
             tensor("3", "f32", "3"), {}, {{"N", 0}});
  CHECK(none == std::vector<float>(3, -INFINITY));

  // Half precision: 4096 times 1 has no exact partial sums above 2048.
  std::vector<_Float16> ones(4096, 1);
  Bytes half = Evaluator().run(function("graph.reduce_sum %a axes [0]",
                                        "tensor<4096xf16>", "",
                                        "tensor<f16, #graph.type<[]>>"),
                               {bytesOf(ones)});
  CHECK(valuesOf<_Float16>(half)[0] == 4096);
}

TEST_CASE("gather counts negative indices from the end and clamps others") {
  auto table = randomValues<float>(5 * 3);
  std::vector<int64_t> indices{0, -1, 4, -5, 2, 100, -100};
  Bytes bytes = Evaluator().run(
      function("graph.gather %a, %b axis 0", "tensor<5x3xf32>",
               tensor("?", "i64", "N"), tensor("?x3", "f32", "N, 3")),
      {bytesOf(table), bytesOf(indices)}, {{"N", 7}});
  std::vector<float> result = valuesOf<float>(bytes);
  const int rows[] = {0, 4, 4, 0, 2, 4, 0};
  for (int i = 0; i < 7; ++i)
    for (int j = 0; j < 3; ++j)
      CHECK(result[i * 3 + j] == table[rows[i] * 3 + j]);
}

TEST_CASE("concat") {
  auto a = randomValues<double>(2 * 3), b = randomValues<double>(2 * 4);
  Bytes bytes = Evaluator().run(
      function("graph.concat %a, %b axis 1", "tensor<2x3xf64>",
               tensor("2x?", "f64", "2, N"), tensor("2x?", "f64", "2, N + 3")),
      {bytesOf(a), bytesOf(b)}, {{"N", 4}});
  std::vector<double> result = valuesOf<double>(bytes);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 7; ++j)
      CHECK(result[i * 7 + j] == (j < 3 ? a[i * 3 + j] : b[i * 4 + j - 3]));
}

TEST_CASE("minimum and maximum keep NaN and order zeros") {
  const float nan = NAN, inf = INFINITY;
  std::vector<float> a{1, nan, 2, -0.0f, -inf}, b{nan, 1, 3, 0.0f, 5};
  auto run = [&](const std::string &op) {
    return valuesOf<float>(Evaluator().run(
        function(op, "tensor<5xf32>", "tensor<5xf32>", tensor("5", "f32", "5")),
        {bytesOf(a), bytesOf(b)}));
  };
  std::vector<float> low = run("graph.min %a, %b"),
                     high = run("graph.max %a, %b");
  CHECK((std::isnan(low[0]) && std::isnan(low[1])));
  CHECK((std::isnan(high[0]) && std::isnan(high[1])));
  CHECK((low[2] == 2 && high[2] == 3));
  CHECK((std::signbit(low[3]) && !std::signbit(high[3])));
  CHECK((low[4] == -inf && high[4] == 5));
}

TEST_CASE("integer division is total") {
  std::vector<int32_t> a{7, -7, 5, INT32_MIN}, b{2, 2, 0, -1};
  Bytes bytes =
      Evaluator().run(function("graph.div %a, %b", "tensor<4xi32>",
                               "tensor<4xi32>", tensor("4", "i32", "4")),
                      {bytesOf(a), bytesOf(b)});
  CHECK(valuesOf<int32_t>(bytes) == std::vector<int32_t>{3, -3, 5, INT32_MIN});
}

TEST_CASE("what the interpreter cannot evaluate is an error") {
  Evaluator evaluator;
  evaluator.run(function("graph.add %a, %b", "tensor<2xf8E5M2>",
                         "tensor<2xf8E5M2>", tensor("2", "f8E5M2", "2")),
                {Bytes(2), Bytes(2)});
  CHECK(evaluator.error == "cannot evaluate elements of type f8E5M2");
  evaluator.run("func.func @f(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
                "  %0 = graph.neg %a : tensor<2xf32>\n"
                "  return %0 : tensor<2xf32>\n}",
                {Bytes(7)});
  CHECK(evaluator.error == "operand 0 has 7 bytes, which do not fit its dims");
}
