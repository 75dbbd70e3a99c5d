// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include <vector>

#include "SizeProgram.h"
#include "ThreadPool.h"

using namespace sinter::runtime;

namespace {

SizeValue binary(uint32_t code, int64_t a, int64_t b) {
  const sinter_size_step steps[] = {
      {SINTER_SIZE_CONST, 0, a}, {SINTER_SIZE_SYMBOL, 0, 1}, {code, 0, 0}};
  // What is negative is no symbol's value.
  sinter_size_step constants[] = {
      steps[0], {SINTER_SIZE_CONST, 0, b}, steps[2]};
  const int64_t symbols[] = {7, b};
  return evaluate(b < 0 ? constants : steps, symbols);
}

} // namespace

TEST_CASE("size programs compute") {
  CHECK(binary(SINTER_SIZE_ADD, 3, 4).value == 7);
  CHECK(binary(SINTER_SIZE_SUB, 3, 4).value == -1);
  CHECK(binary(SINTER_SIZE_MUL, 3, 4).value == 12);
  CHECK(binary(SINTER_SIZE_FLOORDIV, 7, 2).value == 3);
  CHECK(binary(SINTER_SIZE_FLOORDIV, -7, 2).value == -4);
  CHECK(binary(SINTER_SIZE_FLOORDIV, 7, -2).value == -4);
  CHECK(binary(SINTER_SIZE_CEILDIV, 7, 2).value == 4);
  CHECK(binary(SINTER_SIZE_CEILDIV, -7, 2).value == -3);
  CHECK(binary(SINTER_SIZE_CEILDIV, -7, -2).value == 4);
  CHECK(binary(SINTER_SIZE_MOD, -7, 3).value == 2);
  CHECK(binary(SINTER_SIZE_MOD, 7, -3).value == -2);
  CHECK(binary(SINTER_SIZE_MOD, INT64_MIN, -1).value == 0);
  CHECK(binary(SINTER_SIZE_MIN, 3, 4).value == 3);
  CHECK(binary(SINTER_SIZE_MAX, 3, 4).value == 4);
  CHECK(binary(SINTER_SIZE_BCAST, 1, 4).value == 4);
  CHECK(binary(SINTER_SIZE_BCAST, 0, 1).value == 0);
}

TEST_CASE("size programs report errors") {
  CHECK(binary(SINTER_SIZE_ADD, INT64_MAX, 1).error == SizeError::Overflow);
  CHECK(binary(SINTER_SIZE_SUB, INT64_MIN, 1).error == SizeError::Overflow);
  CHECK(binary(SINTER_SIZE_MUL, INT64_MAX, 2).error == SizeError::Overflow);
  CHECK(binary(SINTER_SIZE_FLOORDIV, INT64_MIN, -1).error ==
        SizeError::Overflow);
  for (uint32_t code :
       {SINTER_SIZE_FLOORDIV, SINTER_SIZE_CEILDIV, SINTER_SIZE_MOD})
    CHECK(binary(code, 1, 0).error == SizeError::DivisionByZero);
  CHECK(binary(SINTER_SIZE_BCAST, 2, 3).error == SizeError::Broadcast);
  const sinter_size_step symbol[] = {{SINTER_SIZE_SYMBOL, 0, 0}};
  const int64_t none[] = {unboundSymbol};
  CHECK(evaluate(symbol, none).error == SizeError::Unbound);
}

TEST_CASE("size programs refer to earlier ones") {
  const std::vector<sinter_size_step> steps = {{SINTER_SIZE_EXPR, 0, 1},
                                               {SINTER_SIZE_CONST, 0, 2},
                                               {SINTER_SIZE_ADD, 0, 0}};
  const SizeValue earlier[] = {{5, SizeError::None}, {7, SizeError::None}};
  const SizeValue broken[] = {{5, SizeError::None}, {0, SizeError::Overflow}};
  CHECK(evaluate(steps, {}, earlier).value == 9);
  CHECK(evaluate(steps, {}, broken).error == SizeError::Overflow);
  CHECK(isWellFormed(steps, 0, 2));
  CHECK(!isWellFormed(steps, 0, 1));
}

TEST_CASE("malformed size programs are refused") {
  using Steps = std::vector<sinter_size_step>;
  const sinter_size_step one = {SINTER_SIZE_CONST, 0, 1};
  const Steps bad[] = {
      {},
      {one, one},
      {one, {SINTER_SIZE_ADD, 0, 0}},
      {one, one, {99, 0, 0}},
      {{SINTER_SIZE_SYMBOL, 0, 2}},
      {{SINTER_SIZE_SYMBOL, 0, -1}},
      {{SINTER_SIZE_EXPR, 0, 0}},
      Steps(SINTER_MAX_STACK + 1, one),
  };
  const int64_t symbols[] = {1, 1};
  for (const Steps &steps : bad) {
    CHECK(!isWellFormed(steps, 2));
    CHECK(evaluate(steps, symbols).error == SizeError::Malformed);
  }
}

TEST_CASE("the pool does each part once") {
  for (uint32_t threads : {1, 2, 5}) {
    ThreadPool pool;
    REQUIRE(pool.start(threads));
    REQUIRE(pool.threads() == threads);
    std::vector<uint32_t> done(threads);
    for (uint32_t round = 1; round <= 2000; ++round) {
      uint32_t parts = round % threads + 1;
      pool.run(
          parts,
          [](void *data, uint32_t part) {
            ++(*static_cast<std::vector<uint32_t> *>(data))[part];
          },
          &done);
    }
    CHECK(done[0] == 2000);
    CHECK(done[threads - 1] == 2000 / threads);
  }
}

TEST_CASE("the default number of threads is positive and can be chosen") {
  CHECK(defaultThreads() >= 1);
  setenv("SINTER_THREADS", "3", 1);
  CHECK(defaultThreads() == 3);
  setenv("SINTER_THREADS", "no", 1);
  CHECK(defaultThreads() >= 1);
  unsetenv("SINTER_THREADS");
}
