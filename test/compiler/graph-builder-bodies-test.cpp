// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// If, Loop and Scan of a GraphBuilder: types, errors, and what models compute.
#include "sinter/GraphBuilder.h"
#include "sinter/runtime.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <unistd.h>

using namespace sinter;
using Catch::Matchers::Contains;

namespace {

constexpr ElementType f32 = ElementType::float32;

template <typename T>
void checkError(const Expected<T, Diagnostic> &result, int number,
                const char *part) {
  REQUIRE(!result.ok());
  CHECK(result.error().number == number);
  CHECK_THAT(result.message(), Contains(part));
}

/// Compiles the graph and runs it with one vector.
std::vector<float> run(GraphBuilder &graph, std::vector<float> input) {
  auto path = std::filesystem::temp_directory_path() /
              ("graph-bodies-" + std::to_string(getpid()) + ".so");
  for (const Diagnostic &error : graph.compile(path).errors)
    FAIL(error.message);
  auto model = Model::open(path.c_str());
  std::filesystem::remove(path);
  REQUIRE(model.ok());
  auto context = model->createContext();
  REQUIRE(context.ok());
  int64_t dims[] = {static_cast<int64_t>(input.size())};
  sinter_tensor from = {
      input.data(), 1, 1, dims, input.size() * sizeof(float), 0, 0};
  sinter_tensor to = {};
  auto done = context->run({&from, 1}, {&to, 1});
  if (!done)
    FAIL(done.message());
  auto *data = static_cast<const float *>(to.data);
  return {data, data + to.bytes / sizeof(float)};
}

struct Vector {
  GraphBuilder graph;
  Dim n = Dim::symbol("N");
  ValueOrError x = graph.input("x", {f32, {n}});
  ValueOrError total = graph.reduceSum(x, {0});
  ValueOrError isPositive = graph.less(graph.scalar(f32, 0), total);
};

} // namespace

TEST_CASE("ifElse runs one body; dims that differ become a symbol") {
  Vector v;
  GraphBuilder &g = v.graph;
  auto chosen = g.ifElse(
      v.isPositive, [&] { return Values{g.concat({v.x, v.x}, 0)}; },
      [&] { return Values{g.neg(v.x)}; });
  REQUIRE(chosen.ok());
  REQUIRE(chosen->size() == 1);
  std::string dim = g.typeOf(chosen->front())->dims.front().text();
  CHECK(dim != "N");
  CHECK(dim != "2*N");
  REQUIRE(g.output("y", chosen->front()).ok());
  CHECK(run(g, {1, 2}) == std::vector<float>{1, 2, 1, 2});
  CHECK(run(g, {-1, -3, 2}) == std::vector<float>{1, 3, -2});
}

TEST_CASE("loop carries values and stacks slices") {
  Vector v;
  GraphBuilder &g = v.graph;
  auto results =
      g.loop({.trips = v.n + 1, .condition = {}}, {g.scalar(f32, 1)},
             [&](const Dim &counter, const std::vector<Value> &carried) {
               ValueOrError number =
                   g.cast(g.dims({counter}, {}, ElementType::int64), f32);
               ValueOrError next = g.add(carried[0], number);
               return LoopStep{{next}, {carried[0]}, {}};
             });
  REQUIRE(results.ok());
  REQUIRE(results->size() == 2);
  CHECK(g.typeOf(results->back())->dims.front().text() == "N + 1");
  REQUIRE(g.output("y", results->back()).ok());
  CHECK(run(g, {0, 0, 0}) == std::vector<float>{1, 1, 2, 4});
}

TEST_CASE("loop ends where its condition fails; carried dims may grow") {
  Vector v;
  GraphBuilder &g = v.graph;
  auto results =
      g.loop({.trips = {}, .condition = v.isPositive}, {v.x},
             [&](const Dim &, const std::vector<Value> &carried) {
               ValueOrError longer = g.concat({carried[0], g.neg(v.x)}, 0);
               ValueOrError goesOn =
                   g.less(g.scalar(f32, 0), g.reduceSum(longer, {0}));
               return LoopStep{{longer}, {}, goesOn};
             });
  REQUIRE(results.ok());
  REQUIRE(g.output("y", results->front()).ok());
  CHECK(run(g, {2, 3}) == std::vector<float>{2, 3, -2, -3});
  CHECK(run(g, {-2}) == std::vector<float>{-2});
}

TEST_CASE("scan goes over elements") {
  Vector v;
  GraphBuilder &g = v.graph;
  auto results = g.scan({v.x}, {g.scalar(f32, 0)},
                        [&](const std::vector<Value> &elements,
                            const std::vector<Value> &carried) {
                          ValueOrError sum = g.add(carried[0], elements[0]);
                          return LoopStep{{sum}, {sum}, {}};
                        });
  REQUIRE(results.ok());
  REQUIRE(g.output("y", results->back()).ok());
  CHECK(run(g, {1, 2, 4}) == std::vector<float>{1, 3, 7});
}

TEST_CASE("bodies nest; a bound dim is a size") {
  Vector v;
  GraphBuilder &g = v.graph;
  auto count = g.bind(g.cast(v.total, ElementType::int64));
  REQUIRE(count.ok());
  REQUIRE(g.check(v.isPositive, "the sum must be positive").ok());
  auto results = g.ifElse(
      v.isPositive,
      [&] {
        auto inner = g.loop(
            {.trips = *count, .condition = {}}, {v.x},
            [&](const Dim &, const std::vector<Value> &carried) {
              return LoopStep{{g.mul(carried[0], g.scalar(f32, 2))}, {}, {}};
            });
        return Values{inner ? ValueOrError(inner->front())
                            : ValueOrError(inner.error())};
      },
      [&] { return Values{v.x}; });
  REQUIRE(results.ok());
  REQUIRE(g.output("y", results->front()).ok());
  CHECK(run(g, {1, 2}) == std::vector<float>{8, 16});
}

TEST_CASE("wrong bodies are errors and leave the graph alone") {
  Vector v;
  GraphBuilder &g = v.graph;
  auto same = [&] { return Values{v.x}; };
  std::string before = g.text();
  checkError(g.ifElse(v.total, same, same), 206, "expected one bool");
  checkError(g.ifElse(v.isPositive, same, [&] { return Values{}; }), 206,
             "different numbers");
  checkError(g.ifElse(v.isPositive, same, [&] { return Values{v.total}; }), 206,
             "differ in element type or rank");
  checkError(
      g.ifElse(v.isPositive, same, [&] { return Values{g.matmul(v.x, v.x)}; }),
      206, "matmul");
  auto step = [&](Values carried, std::optional<ValueOrError> condition) {
    return [=](const Dim &, const std::vector<Value> &) {
      return LoopStep{carried, {}, condition};
    };
  };
  checkError(g.loop({}, {v.x}, step({v.x}, {})), 206, "neither trips");
  LoopRange twice{.trips = 2, .condition = {}};
  checkError(g.loop(twice, {v.x}, step({}, {})), 206, "another number");
  checkError(g.loop(twice, {v.x}, step({v.total}, {})), 206, "rank");
  checkError(g.loop(twice, {v.x}, step({v.x}, v.isPositive)), 206, "condition");
  checkError(g.scan({v.total}, {}, {}), 206, "scalar");
  checkError(g.bind(v.x), 206, "bind");
  checkError(g.check(v.x, "no"), 206, "check");
  CHECK(g.text() == before);
}

TEST_CASE("a value of a body is used outside of it") { // E0325
  Vector v;
  GraphBuilder &g = v.graph;
  std::vector<ValueOrError> inner;
  auto results = g.ifElse(
      v.isPositive,
      [&] {
        inner.push_back(g.neg(v.x));
        return Values{inner.back()};
      },
      [&] {
        checkError(g.exp(inner.front()), 325, "body");
        return Values{v.x};
      });
  REQUIRE(results.ok());
  checkError(g.exp(inner.front()), 325, "body");
  // Of a body that came to nothing too.
  auto bad = g.loop({.trips = 3, .condition = {}}, {v.x},
                    [&](const Dim &, const std::vector<Value> &carried) {
                      inner.push_back(carried[0]);
                      return LoopStep{{v.total}, {}, {}};
                    });
  REQUIRE(!bad.ok());
  checkError(g.exp(inner.back()), 325, "body");
}
