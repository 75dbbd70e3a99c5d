// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define CATCH_CONFIG_MAIN
#include "test/compiler/OnnxImportSupport.h"

#include <catch2/catch.hpp>

using namespace sinter::onnx::test;
using Catch::Matchers::Contains;

namespace {

/// The one error of a model that does not import.
const sinter::Error &onlyError(const Imported &imported) {
  REQUIRE(imported.errors.size() == 1);
  return imported.errors.front();
}

void checkImports(const Imported &imported) {
  for (const sinter::Error &error : imported.errors)
    UNSCOPED_INFO(error.message);
  REQUIRE(imported.errors.empty());
}

} // namespace

TEST_CASE("auto_pad becomes pads, a bias becomes an add") {
  ModelBuilder model(11);
  model.input("x", {"N", "3", "224", "224"}).input("w", {"8", "3", "3", "3"});
  model.input("b", {"8"}).output("y");
  auto &conv = model.node("Conv", {"x", "w", "b"}, {"y"});
  setAttribute(conv, "strides", std::vector<int64_t>{2, 2});
  SECTION("upper") {
    setAttribute(conv, "auto_pad", "SAME_UPPER");
    Imported imported = model.import();
    checkImports(imported);
    CHECK_THAT(imported.text, Contains("pads [0, 0, 1, 1]"));
    CHECK_THAT(imported.text, Contains("graph.add"));
    CHECK_THAT(imported.text, Contains("#graph.type<[N, 8, 112, 112]>"));
  }
  SECTION("lower") {
    setAttribute(conv, "auto_pad", "SAME_LOWER");
    CHECK_THAT(model.import().text, Contains("pads [1, 1, 0, 0]"));
  }
  SECTION("valid") {
    setAttribute(conv, "auto_pad", "VALID");
    CHECK_THAT(model.import().text, Contains("#graph.type<[N, 8, 111, 111]>"));
  }
  SECTION("another word") {
    setAttribute(conv, "auto_pad", "MAYBE");
    CHECK(onlyError(model.import()).number == 206);
  }
}

TEST_CASE("pools count windows that leave the input only in ceil mode") {
  ModelBuilder model(11);
  model.input("x", {"1", "4", "7", "H"}).output("y");
  auto &pool = model.node("MaxPool", {"x"}, {"y"});
  setAttribute(pool, "kernel_shape", std::vector<int64_t>{2, 2});
  setAttribute(pool, "strides", std::vector<int64_t>{2, 2});
  SECTION("floor") {
    CHECK_THAT(model.import().text, Contains("[1, 4, 3, floordiv(H, 2)]"));
  }
  SECTION("ceil") {
    setAttribute(pool, "ceil_mode", int64_t(1));
    CHECK_THAT(model.import().text, Contains("[1, 4, 4, ceildiv(H, 2)]"));
  }
  SECTION("indices are not supported") {
    pool.add_output("indices");
    const Imported imported = model.import();
    CHECK(onlyError(imported).number == 207);
    CHECK_THAT(onlyError(imported).message, Contains("'indices'"));
  }
}

TEST_CASE("a shape computed from shapes is known") {
  ModelBuilder model(13);
  model.input("x", {"N", "S", "768"}).output("y");
  model.ints("zero", {0}, true).ints("one", {1}, true).ints("axes", {0});
  model.ints("heads", {12}).ints("rest", {-1});
  model.node("Shape", {"x"}, {"shape"});
  model.node("Gather", {"shape", "zero"}, {"n"});
  model.node("Gather", {"shape", "one"}, {"s"});
  model.node("Unsqueeze", {"n", "axes"}, {"n1"});
  model.node("Unsqueeze", {"s", "axes"}, {"s1"});
  SECTION("Reshape divides by what is given") {
    setAttribute(model.node("Concat", {"n1", "s1", "heads", "rest"}, {"to"}),
                 "axis", int64_t(0));
    model.node("Reshape", {"x", "to"}, {"y"});
    Imported imported = model.import();
    checkImports(imported);
    CHECK_THAT(imported.text, Contains("graph.reshape %arg0 dims "
                                       "[#graph.dim<N>, #graph.dim<S>, "
                                       "#graph.dim<12>, #graph.dim<64>]"));
  }
  SECTION("arithmetic, comparison and selection") {
    model.ints("minus", {-1}).ints("ones", {1});
    model.node("Mul", {"n1", "s1"}, {"ns"});
    model.node("Equal", {"rest", "minus"}, {"open"});
    model.node("Where", {"open", "ones", "rest"}, {"closed"});
    setAttribute(model.node("Concat", {"ns", "heads", "closed"}, {"to"}),
                 "axis", int64_t(0));
    setAttribute(model.node("Slice", {"to", "axes", "heads"}, {"same"}),
                 "unused", int64_t(0));
    model.node("ConstantOfShape", {"same"}, {"y"});
    Imported imported = model.import();
    checkImports(imported);
    CHECK_THAT(imported.text,
               Contains("tensor<?x12x1xf32, #graph.type<[N*S, 12, 1]>>"));
  }
  SECTION("Range counts") {
    model.node("Range", {"zero", "s", "one"}, {"y"});
    Imported imported = model.import();
    checkImports(imported);
    CHECK_THAT(imported.text, Contains("graph.iota"));
    CHECK_THAT(imported.text, Contains("tensor<?xi64, #graph.type<[S]>>"));
  }
}

TEST_CASE("a shape that the input's values give becomes symbols") {
  ModelBuilder model(13);
  std::string sizes = GENERATE("2", "M");
  model.input("x", {"N"}).input("to", {sizes}, ::onnx::TensorProto::INT64);
  model.output("y").node("Reshape", {"x", "to"}, {"y"});
  Imported imported = model.import();
  if (sizes == "2") {
    checkImports(imported);
    CHECK_THAT(imported.text, Contains("graph.bind \"y~0\""));
    CHECK_THAT(imported.text, Contains("[\"y~0\", \"y~1\"]"));
    return;
  }
  CHECK(onlyError(imported).number == 207);
  CHECK_THAT(onlyError(imported).message, Contains("rank of the result"));
}

TEST_CASE("slices are clamped") {
  ModelBuilder model(13);
  model.input("x", {"10", "N"}).output("y");
  auto slice = [&](std::vector<int64_t> starts, std::vector<int64_t> ends,
                   std::vector<int64_t> steps) {
    model.ints("starts", starts).ints("ends", ends).ints("axes", {0, 1});
    model.ints("steps", steps);
    model.node("Slice", {"x", "starts", "ends", "axes", "steps"}, {"y"});
    Imported imported = model.import();
    checkImports(imported);
    return imported.text;
  };
  SECTION("to the end") {
    CHECK_THAT(slice({2, 1}, {INT64_MAX, INT64_MAX}, {3, 1}),
               Contains("#graph.type<[3, max(0, N + -1)]>"));
  }
  SECTION("from the end") {
    CHECK_THAT(slice({-3, -3}, {100, INT64_MAX}, {1, 1}),
               Contains("#graph.type<[3, min(N, 3)]>"));
  }
  SECTION("backwards") {
    CHECK_THAT(slice({-1, INT64_MAX}, {INT64_MIN, INT64_MIN}, {-1, -1}),
               Contains("#graph.type<[10, N]>"));
  }
  SECTION("nothing") {
    CHECK_THAT(slice({5, 0}, {5, 0}, {1, 1}), Contains("#graph.type<[0, 0]>"));
  }
}

TEST_CASE("all errors are reported in one run") {
  ModelBuilder model(13);
  model.input("x", {"2", "3"}).output("y");
  model.node("Warp", {"x"}, {"a"});
  model.node("Relu", {"a"}, {"b"});
  setAttribute(model.node("Softmax", {"x"}, {"c"}), "axis", int64_t(5));
  setAttribute(model.node("Relu", {"x", "x"}, {"d"}), "axis", int64_t(5));
  setAttribute(model.node("Gelu", {"x"}, {"e"}), "approximate", "none");
  setNumber(model.node("Flatten", {"x"}, {"f"}), "axis", 1);
  model.node("Add", {"b", "nowhere"}, {"y"});
  std::vector<int> numbers;
  for (const sinter::Error &error : model.import().errors)
    numbers.push_back(error.number);
  CHECK(numbers == std::vector<int>{200, 205, 206, 201, 204, 202});
}

TEST_CASE("old broadcasting follows the axis") {
  ModelBuilder model(6);
  model.input("x", {"N", "8", "4", "4"}).input("b", {"8"}).output("y");
  auto &add = model.node("Add", {"x", "b"}, {"y"});
  setAttribute(add, "broadcast", int64_t(1));
  setAttribute(add, "axis", int64_t(1));
  Imported imported = model.import();
  checkImports(imported);
  CHECK_THAT(imported.text, Contains("tensor<8x1x1xf32"));
}

TEST_CASE("composites become small ops") {
  auto [type, fragment] = GENERATE(table<std::string, std::string>(
      {{"Softmax", "graph.reduce_max"},
       {"LogSoftmax", "graph.log"},
       {"ReduceMean", "graph.div"},
       {"ReduceLogSumExp", "graph.exp"},
       {"GlobalAveragePool", "graph.reduce_sum"},
       {"HardSwish", "graph.min"},
       {"Elu", "graph.select"},
       {"ArgMax", "graph.iota"},
       {"Trilu", "graph.less"},
       {"Flatten", "graph.reshape"}}));
  ModelBuilder model(18);
  model.input("x", {"N", "8", "S"}).output("y");
  model.node(type, {"x"}, {"y"});
  Imported imported = model.import();
  INFO(type);
  checkImports(imported);
  CHECK_THAT(imported.text, Contains(fragment));
}
