// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include "dialects/graph/Dim.h"
#include "mlir/IR/MLIRContext.h"
#include <random>

using namespace mlir;
using namespace sinter::graph;

namespace {

struct Fixture {
  MLIRContext context;
  DimAttr n, m, zero, one, two;

  Fixture() {
    context.loadDialect<GraphDialect>();
    n = DimAttr::symbol(&context, "N");
    m = DimAttr::symbol(&context, "M");
    zero = constant(0);
    one = constant(1);
    two = constant(2);
  }
  DimAttr constant(int64_t value) { return DimAttr::constant(&context, value); }
};

std::string text(FailureOr<DimAttr> dim) {
  if (failed(dim))
    return "failure";
  std::string result;
  llvm::raw_string_ostream os(result);
  printDim(os, *dim);
  return result;
}

/// A random expression and, beside it, its value computed directly.
struct Sample {
  DimAttr dim;
  int64_t value;
};

int64_t floorDivide(int64_t a, int64_t b) {
  return static_cast<int64_t>(std::floor(static_cast<double>(a) / b));
}

std::optional<Sample> randomSample(Fixture &f, std::mt19937 &random, int64_t n,
                                   int64_t m, int depth) {
  auto pick = [&](int count) { return static_cast<int>(random() % count); };
  if (depth == 0) {
    int kind = pick(3);
    if (kind == 2) {
      int64_t value = pick(9) - 2;
      return Sample{f.constant(value), value};
    }
    return kind == 0 ? Sample{f.n, n} : Sample{f.m, m};
  }
  std::optional<Sample> a = randomSample(f, random, n, m, depth - 1);
  std::optional<Sample> b = randomSample(f, random, n, m, depth - 1);
  if (!a || !b)
    return std::nullopt;
  FailureOr<DimAttr> dim;
  int64_t value = 0;
  int kind = pick(8);
  if (kind >= 5 && b->value == 0)
    return std::nullopt;
  switch (kind) {
  case 0:
    dim = add(a->dim, b->dim), value = a->value + b->value;
    break;
  case 1:
    dim = subtract(a->dim, b->dim), value = a->value - b->value;
    break;
  case 2:
    dim = multiply(a->dim, b->dim), value = a->value * b->value;
    break;
  case 3:
    dim = apply(DimFunction::Min, a->dim, b->dim);
    value = std::min(a->value, b->value);
    break;
  case 4:
    dim = apply(DimFunction::Max, a->dim, b->dim);
    value = std::max(a->value, b->value);
    break;
  case 5:
    dim = apply(DimFunction::FloorDiv, a->dim, b->dim);
    value = floorDivide(a->value, b->value);
    break;
  case 6:
    dim = apply(DimFunction::CeilDiv, a->dim, b->dim);
    value = -floorDivide(-a->value, b->value);
    break;
  case 7:
    dim = apply(DimFunction::Mod, a->dim, b->dim);
    value = a->value - b->value * floorDivide(a->value, b->value);
    break;
  }
  if (failed(dim))
    return std::nullopt;
  return Sample{*dim, value};
}

} // namespace

TEST_CASE_METHOD(Fixture, "sums and products have one normal form") {
  CHECK(*add(n, m) == *add(m, n));
  CHECK(*multiply(*add(n, m), *subtract(n, m)) ==
        *subtract(*multiply(n, n), *multiply(m, m)));
  CHECK(*subtract(*add(n, one), *add(one, n)) == zero);
  CHECK(text(multiply(*add(n, two), *add(m, constant(3)))) ==
        "M*N + 2*M + 3*N + 6");
}

TEST_CASE_METHOD(Fixture, "divisions split off what is divisible") {
  FailureOr<DimAttr> odd = add(*multiply(two, n), one);
  CHECK(text(apply(DimFunction::FloorDiv, *odd, two)) == "N");
  CHECK(text(apply(DimFunction::CeilDiv, *odd, two)) == "N + 1");
  CHECK(text(apply(DimFunction::Mod, *odd, two)) == "1");
  CHECK(text(apply(DimFunction::FloorDiv, *add(*odd, m), two)) ==
        "N + floordiv(M + 1, 2)");
}

TEST_CASE_METHOD(Fixture, "a symbolic divisor may be zero and stays") {
  FailureOr<DimAttr> product = multiply(n, m);
  CHECK(text(apply(DimFunction::FloorDiv, *product, n)) == "floordiv(M*N, N)");
  CHECK(text(apply(DimFunction::Mod, n, n)) == "mod(N, N)");
  CHECK(failed(apply(DimFunction::FloorDiv, n, zero)));
  CHECK(failed(apply(DimFunction::Mod, two, zero)));
}

TEST_CASE_METHOD(Fixture, "min and max use that sizes are not negative") {
  CHECK(*apply(DimFunction::Max, n, zero) == n);
  CHECK(*apply(DimFunction::Min, n, *add(n, m)) == n);
  CHECK(text(apply(DimFunction::Min, m, n)) == "min(M, N)");
  CHECK(*apply(DimFunction::Min, n, m) == *apply(DimFunction::Min, m, n));
  CHECK_FALSE(isNonNegative(*subtract(n, m)));
}

TEST_CASE_METHOD(Fixture, "broadcasts") {
  CHECK(*apply(DimFunction::Bcast, one, n) == n);
  CHECK(*apply(DimFunction::Bcast, n, constant(7)) == constant(7));
  CHECK(failed(apply(DimFunction::Bcast, two, constant(7))));
  FailureOr<DimAttr> both = apply(DimFunction::Bcast, n, m);
  auto sizes = [](int64_t n, int64_t m) {
    return [=](llvm::StringRef name) -> std::optional<int64_t> {
      return name == "N" ? n : m;
    };
  };
  CHECK(*evaluate(*both, sizes(1, 5)) == 5);
  CHECK(failed(evaluate(*both, sizes(2, 5))));
}

TEST_CASE_METHOD(Fixture, "chains of min, max and bcast are flat and absorb") {
  DimAttr k = DimAttr::symbol(&context, "K"), eight = constant(8);
  auto call = [](DimFunction function, DimAttr lhs, DimAttr rhs) {
    return *apply(function, lhs, rhs);
  };
  for (DimFunction f : {DimFunction::Min, DimFunction::Bcast}) {
    DimAttr both = call(f, n, m);
    CHECK(call(f, both, n) == both);
    CHECK(call(f, m, both) == both);
    CHECK(call(f, call(f, n, k), m) == call(f, call(f, m, n), k));
  }
  CHECK(text(call(DimFunction::Bcast, call(DimFunction::Bcast, n, k), m)) ==
        "bcast(bcast(K, M), N)");
  DimAttr small = call(DimFunction::Min, n, eight);
  CHECK(call(DimFunction::Min, small, eight) == small);
  CHECK(call(DimFunction::Min, small, two) == call(DimFunction::Min, n, two));
  CHECK(call(DimFunction::Min, *add(n, m), small) == small);
  CHECK(call(DimFunction::Max, call(DimFunction::Max, n, m), *add(n, k)) ==
        call(DimFunction::Max, m, *add(n, k)));
  // 1 or more elements broadcast to N only if they are all of N, or 1.
  CHECK(call(DimFunction::Bcast, n, small) == n);
  CHECK(call(DimFunction::Bcast, small, n) == n);
  CHECK(text(call(DimFunction::Bcast, m, small)) == "bcast(M, min(N, 8))");
}

TEST_CASE_METHOD(Fixture, "broadcasts keep the size that they broadcast to") {
  std::mt19937 random(11);
  for (int trial = 0; trial < 2000; ++trial) {
    // Sizes from {1, k} and what is derived from them broadcast always.
    int64_t k = 2 + random() % 9, sizes[3], value = 1;
    const char *names[] = {"A", "B", "C"};
    for (int64_t &size : sizes)
      size = random() % 2 ? k : 1;
    std::vector<DimAttr> operands;
    FailureOr<DimAttr> dim = one;
    for (int step = 0; step < 6; ++step) {
      int symbol = random() % 3;
      DimAttr operand = DimAttr::symbol(&context, names[symbol]);
      int64_t size = sizes[symbol], bound = k + random() % 3;
      if (random() % 3 == 0)
        operand = *apply(DimFunction::Min, operand, constant(bound));
      else if (random() % 3 == 0 && !operands.empty())
        operand = *apply(DimFunction::Bcast, operand,
                         operands[random() % operands.size()]);
      value = std::max(value, size);
      operands.push_back(operand);
      dim = apply(DimFunction::Bcast, *dim, operand);
      REQUIRE(succeeded(dim));
    }
    FailureOr<int64_t> found = evaluate(*dim, [&](llvm::StringRef name) {
      return std::optional<int64_t>(sizes[name.front() - 'A']);
    });
    INFO(text(*dim) << " at k=" << k);
    REQUIRE(succeeded(found));
    REQUIRE(*found == value);
  }
}

TEST_CASE_METHOD(Fixture, "overflow is a failure, not a wrong number") {
  DimAttr large = constant(INT64_MAX);
  CHECK(failed(add(large, one)));
  CHECK(failed(multiply(large, two)));
  CHECK(failed(subtract(constant(INT64_MIN), one)));
  CHECK(
      failed(apply(DimFunction::FloorDiv, constant(INT64_MIN), constant(-1))));
  FailureOr<DimAttr> square = multiply(n, n);
  CHECK(failed(evaluate(*square, [](llvm::StringRef) {
    return std::optional<int64_t>(int64_t(1) << 40);
  })));
}

TEST_CASE_METHOD(Fixture, "nested quotients become one") {
  FailureOr<DimAttr> half = apply(DimFunction::FloorDiv, *add(n, one), two);
  CHECK(text(apply(DimFunction::FloorDiv, *half, constant(3))) ==
        "floordiv(N + 1, 6)");
  CHECK(text(apply(DimFunction::FloorDiv, *subtract(*half, one), two)) ==
        "floordiv(N + -1, 4)");
  half = apply(DimFunction::CeilDiv, n, two);
  CHECK(text(apply(DimFunction::CeilDiv, *half, two)) == "ceildiv(N, 4)");
}

TEST_CASE_METHOD(Fixture, "exact quotients of polynomials") {
  DimAttr twelve = constant(12);
  FailureOr<DimAttr> size = multiply(*multiply(n, m), constant(768));
  CHECK(text(exactQuotient(*size, *multiply(n, twelve))) == "64*M");
  FailureOr<DimAttr> sum = add(n, one), difference = subtract(n, m);
  FailureOr<DimAttr> both = multiply(*sum, *difference);
  CHECK(*exactQuotient(*both, *sum) == *difference);
  CHECK(*exactQuotient(*both, *difference) == *sum);
  CHECK(*exactQuotient(zero, n) == zero);
  FailureOr<DimAttr> half = apply(DimFunction::FloorDiv, n, two);
  CHECK(*exactQuotient(*multiply(*half, *sum), *half) == *sum);
  CHECK(failed(exactQuotient(n, zero)));
  CHECK(failed(exactQuotient(n, two)));
  CHECK(failed(exactQuotient(n, m)));
  CHECK(failed(exactQuotient(*sum, n)));
  CHECK(failed(exactQuotient(constant(INT64_MIN), constant(-1))));
}

TEST_CASE_METHOD(Fixture, "growth is bounded") {
  // Each step holds the last one twice: without a bound, 2^100 factors.
  FailureOr<DimAttr> dim = n;
  for (int step = 0; step < 100 && succeeded(dim); ++step)
    if (FailureOr<DimAttr> product = multiply(*dim, m); succeeded(product))
      dim = apply(DimFunction::FloorDiv, *product, *dim);
    else
      dim = failure();
  CHECK(failed(dim));
  dim = n;
  for (int step = 0; step < 10000 && succeeded(dim); ++step) {
    dim = apply(DimFunction::FloorDiv, *dim, m);
    if (succeeded(dim))
      dim = add(*dim, one);
  }
  CHECK(failed(dim));
}

TEST_CASE_METHOD(Fixture, "simplified expressions keep their value") {
  std::mt19937 random(7);
  int compared = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    int64_t n = random() % 12, m = random() % 12;
    std::optional<Sample> sample =
        randomSample(*this, random, n, m, 1 + trial % 3);
    if (!sample)
      continue;
    FailureOr<int64_t> value = evaluate(sample->dim, [&](llvm::StringRef name) {
      return std::optional<int64_t>(name == "N" ? n : m);
    });
    INFO(text(sample->dim) << " at N=" << n << " M=" << m);
    REQUIRE(succeeded(value));
    REQUIRE(*value == sample->value);
    ++compared;
  }
  CHECK(compared > 2000);
}
