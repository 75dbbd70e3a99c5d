// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define CATCH_CONFIG_MAIN
#include "sinter/GraphBuilder.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <limits>

using namespace sinter;
using Catch::Matchers::Contains;

namespace {

constexpr ElementType f32 = ElementType::float32;

TensorType floats(std::vector<Dim> dims) { return {f32, std::move(dims)}; }

/// The dims of a value as text.
std::string dimsOf(GraphBuilder &graph, const ValueOrError &value) {
  auto type = graph.typeOf(value);
  REQUIRE(type.ok());
  std::string text;
  for (const Dim &dim : type->dims)
    text += (text.empty() ? "" : ", ") + dim.text();
  return text;
}

template <typename T>
void checkError(const Expected<T, Diagnostic> &result, int number,
                const char *part) {
  REQUIRE(!result.ok());
  CHECK(result.error().number == number);
  CHECK_THAT(result.message(), Contains(part));
}

} // namespace

TEST_CASE("types are inferred, dims are expressions") {
  GraphBuilder graph;
  Dim n = Dim::symbol("N");
  ValueOrError x = graph.input("x", floats({n, 3}));
  ValueOrError y = graph.input("y", floats({2 * n + 1, 3}));
  ValueOrError joined = graph.concat({x, y}, 0);
  CHECK(dimsOf(graph, joined) == "3*N + 1, 3");
  CHECK(dimsOf(graph, graph.transpose(joined, {1, 0})) == "3, 3*N + 1");
  CHECK(dimsOf(graph, graph.reshape(x, {n * 3})) == "3*N");
  CHECK(dimsOf(graph, graph.expand(graph.scalar(f32, 1),
                                   {Dim::max(n, 4), Dim::mod(n, 2)})) ==
        "max(N, 4), mod(N, 2)");
  CHECK(dimsOf(graph, graph.iota(Dim::ceilDiv(n - 1, 8))) ==
        "ceildiv(N + -1, 8)");
  CHECK(dimsOf(graph, graph.reduceSum(x, {1}, /*keepDims=*/true)) == "N, 1");
  CHECK(graph.typeOf(graph.cast(x, ElementType::int8))->element ==
        ElementType::int8);
  CHECK(graph.typeOf(graph.less(x, x))->element == ElementType::boolean);
}

TEST_CASE("any bytes are a symbol's name") {
  GraphBuilder graph;
  for (std::string_view name : {"a b", "\"", "\\", "min", "3", "\xff", ""}) {
    ValueOrError x = graph.input(std::string("x") + std::string(name),
                                 floats({Dim::symbol(name)}));
    REQUIRE(x.ok());
    CHECK(dimsOf(graph, x).size() >= name.size());
  }
}

TEST_CASE("a violated requirement is an error and leaves the graph alone") {
  GraphBuilder graph;
  ValueOrError x = graph.input("x", floats({2, 3}));
  std::string before = graph.text();
  graph.setLabel("layer1");
  ValueOrError bad = graph.matmul(x, x);
  checkError(bad, 206, "node 'layer1' (matmul)"); // E0206
  CHECK(bad.error().fault == Fault::model);
  CHECK(graph.text() == before);
  SECTION("it goes through what is built on it") {
    checkError(graph.relu(graph.add(x, bad)), 206, "layer1");
    checkError(graph.concat({x, bad}, 0), 206, "layer1");
    checkError(graph.output("y", bad), 206, "layer1");
    checkError(graph.typeOf(bad), 206, "layer1");
  }
}

TEST_CASE("values, dims and types that cannot be") {
  GraphBuilder graph, other;
  ValueOrError x = graph.input("x", floats({2}));
  checkError(other.relu(x), 320, "not of this graph"); // E0320
  Dim huge = std::numeric_limits<int64_t>::max();
  checkError(graph.reshape(x, {huge + 1}), 321, "64-bit"); // E0321
  checkError(graph.iota(Dim::floorDiv(1, 0)), 321, "floordiv");
  Dim deep = Dim::symbol("N");
  for (int level = 0; level < 10000; ++level)
    deep = Dim::min(deep, level);
  checkError(graph.iota(deep), 321, "deeper");
  checkError(graph.cast(x, ElementType(99)), 324, "99"); // E0324
  checkError(graph.scalar(ElementType(8), 1), 324, "8");
  checkError(graph.input("x", floats({2})), 208, "'x'");          // E0208
  checkError(graph.input("z", floats({-2})), 211, "-2");          // E0211
  checkError(graph.input("h", floats({huge, huge})), 216, "'h'"); // E0216
  checkError(graph.expand(x, {huge, 2}), 206, "exceeds 64 bits");
  checkError(graph.input("s", {ElementType(8), {}}), 210, "'s'"); // E0210
  REQUIRE(graph.output("y", x).ok());
  checkError(graph.output("y", x), 208, "'y'");
}

TEST_CASE("the bytes of a constant are those of its type") { // E0323
  GraphBuilder graph;
  const float data[6] = {};
  CHECK(graph.constant({2, 3}, data).ok());
  checkError(graph.constant({2, 2}, data), 323, "16 bytes and there are 24");
  checkError(graph.constant({-1}, data), 323, "24");
  int64_t large = int64_t(1) << 62;
  checkError(graph.constant({large, large}, data), 323, "24");
  checkError(graph.constantView(ElementType::float64, {6},
                                std::as_bytes(std::span(data))),
             323, "48 bytes");
  CHECK(graph.constant({0, 5}, {}).ok());
}

TEST_CASE("compiling") {
  auto folder = std::filesystem::temp_directory_path() /
                ("graph-builder-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::string path = folder / "model.so";
  GraphBuilder graph;
  CompileResult none = graph.compile(path);
  REQUIRE(none.errors.size() == 1);
  CHECK(none.errors.front().number == 322); // E0322
  CHECK(!std::filesystem::exists(path));
  ValueOrError x = graph.input("x", floats({Dim::symbol("N")}));
  const float weights[] = {1, 2, 3};
  ValueOrError w =
      graph.constantView(f32, {3}, std::as_bytes(std::span(weights)));
  REQUIRE(graph.output("sum", graph.reduceSum(graph.mul(w, w), {0})).ok());
  REQUIRE(graph.output("y", graph.tanh(x)).ok());
  CompileOptions options;
  options.outputs = {"y"};
  CHECK(graph.compile(path, options).errors.front().number == 335); // E0335
  CHECK(graph.compile(path).errors.empty());
  CHECK(std::filesystem::exists(path));
  // Values stay good after a compilation.
  REQUIRE(graph.output("z", graph.exp(x)).ok());
  std::vector<std::string> stages;
  CompileResult again = graph.compile(
      path, {}, [&](const std::string &stage) { stages.push_back(stage); });
  CHECK(again.errors.empty());
  CHECK(stages.front() == "import");
  CHECK(stages.back() == "emit");
  std::filesystem::remove_all(folder);
}
