// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Subgraphs, functions, and the composites that refuse what they cannot do.
#include "test/compiler/OnnxImportSupport.h"

#include <catch2/catch.hpp>

using namespace sinter::onnx::test;
using Catch::Matchers::Contains;

namespace {

void checkImports(const Imported &imported) {
  for (const sinter::Error &error : imported.errors)
    UNSCOPED_INFO(error.message);
  REQUIRE(imported.errors.empty());
}

void checkFails(const Imported &imported, int number,
                const std::string &fragment) {
  REQUIRE(imported.errors.size() == 1);
  CHECK(imported.errors.front().number == number);
  CHECK_THAT(imported.errors.front().message, Contains(fragment));
}

/// A branch that applies an op to `x` of the graph around.
void setBranch(::onnx::NodeProto &node, const std::string &name,
               const std::string &op) {
  auto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(::onnx::AttributeProto::GRAPH);
  auto &graph = *attribute.mutable_g();
  auto &inner = *graph.add_node();
  inner.set_op_type(op);
  inner.add_input("x");
  inner.add_output("inner");
  graph.add_output()->set_name("inner");
}

::onnx::FunctionProto &addFunction(ModelBuilder &model, const std::string &op) {
  auto &function = *model.model.add_functions();
  function.set_name("Twice");
  function.set_domain("mine");
  function.add_input("a");
  function.add_output("c");
  auto &opset = *function.add_opset_import();
  opset.set_domain("ai.onnx");
  opset.set_version(18);
  for (const char *names : {"ab", "bc"}) {
    auto &node = *function.add_node();
    node.set_op_type(op);
    node.add_input(std::string(1, names[0]));
    node.add_output(std::string(1, names[1]));
  }
  return function;
}

} // namespace

TEST_CASE("a known condition chooses its branch") {
  ModelBuilder model(18);
  model.input("x", {"N", "4"}).output("y");
  model.ints("four", {4}, true).ints("axis", {1}, true);
  model.node("Shape", {"x"}, {"shape"});
  model.node("Gather", {"shape", "axis"}, {"width"});
  model.node("Equal", {"width", "four"}, {"is_four"});
  auto &node = model.node("If", {"is_four"}, {"y"});
  setBranch(node, "then_branch", "Exp");
  setBranch(node, "else_branch", "Log");
  SECTION("of a dim that is constant") {
    Imported imported = model.import();
    checkImports(imported);
    CHECK_THAT(imported.text, Contains("graph.exp"));
    CHECK_THAT(imported.text, !Contains("graph.log"));
  }
  SECTION("of a dim that is not") {
    model.model.mutable_graph()->mutable_initializer(1)->set_int64_data(0, 0);
    Imported imported = model.import();
    checkImports(imported);
    CHECK_THAT(imported.text, Contains("graph.if"));
    CHECK_THAT(imported.text, Contains("graph.exp"));
    CHECK_THAT(imported.text, Contains("graph.log"));
  }
}

/// A Loop whose body appends `x` of the graph around to what it carries.
::onnx::NodeProto &addGrowingLoop(ModelBuilder &model,
                                  const std::string &condition) {
  auto &node = model.node("Loop", {"n", "", "x"}, {"y"});
  auto &attribute = *node.add_attribute();
  attribute.set_name("body");
  attribute.set_type(::onnx::AttributeProto::GRAPH);
  auto &body = *attribute.mutable_g();
  for (const char *name : {"i", "goes_on", "h"})
    body.add_input()->set_name(name);
  auto &concat = *body.add_node();
  concat.set_op_type("Concat");
  concat.add_input("h");
  concat.add_input("x");
  concat.add_output("next");
  setAttribute(concat, "axis", int64_t(0));
  body.add_output()->set_name(condition);
  body.add_output()->set_name("next");
  return node;
}

TEST_CASE("a dim that a loop changes becomes a symbol") {
  ModelBuilder model(18);
  model.input("x", {"N", "4"}).output("y");
  model.input("n", {}, ::onnx::TensorProto::INT64);
  SECTION("without a condition of its own") {
    addGrowingLoop(model, "goes_on");
    Imported imported = model.import();
    checkImports(imported);
    CHECK_THAT(imported.text, Contains("graph.bind \"y~0\""));
    CHECK_THAT(imported.text, Contains("graph.loop \"y~1\" to <\"y~0\">"));
    CHECK_THAT(imported.text, Contains("#graph.type<[\"y~2\", 4]>"));
  }
  SECTION("with a condition that is no bool") {
    addGrowingLoop(model, "i");
    checkFails(model.import(), 206, "no bool");
  }
}

TEST_CASE("branches of two ranks are refused") {
  ModelBuilder model(18);
  model.input("x", {"N", "4"}).output("y");
  model.input("c", {}, ::onnx::TensorProto::BOOL);
  auto &node = model.node("If", {"c"}, {"y"});
  setBranch(node, "then_branch", "Exp");
  setBranch(node, "else_branch", "ReduceMax");
  auto &branch = *node.mutable_attribute(1)->mutable_g()->mutable_node(0);
  setAttribute(branch, "keepdims", int64_t(0));
  checkFails(model.import(), 214, "ranks 2 and 0"); // E0214
}

TEST_CASE("functions of the model are expanded") {
  ModelBuilder model(18);
  model.input("x", {"N", "4"}).output("y");
  auto &call = model.node("Twice", {"x"}, {"y"});
  call.set_domain("mine");
  SECTION("with the attributes of the call") {
    auto &function = addFunction(model, "LeakyRelu");
    function.add_attribute("slope");
    auto &attribute = *function.mutable_node(0)->add_attribute();
    attribute.set_name("alpha");
    attribute.set_ref_attr_name("slope");
    setNumber(call, "slope", 0.5F);
    Imported imported = model.import();
    checkImports(imported);
    size_t first = imported.text.find("graph.select");
    REQUIRE(first != std::string::npos);
    CHECK(imported.text.find("graph.select", first + 1) != std::string::npos);
  }
  SECTION("that do not call themselves") {
    auto &function = addFunction(model, "Twice");
    for (auto &node : *function.mutable_node())
      node.set_domain("mine");
    Imported imported = model.import();
    REQUIRE(!imported.errors.empty());
    CHECK(imported.errors.front().number == 215); // E0215
  }
}

TEST_CASE("a resize by factors has dims that are multiples") {
  ModelBuilder model(13);
  model.input("x", {"N", "3", "H", "W"}).output("y");
  auto &scales = *model.model.mutable_graph()->add_initializer();
  scales.set_name("scales");
  scales.set_data_type(::onnx::TensorProto::FLOAT);
  scales.add_dims(4);
  for (float scale : {1.0F, 1.0F, 2.0F, 1.5F})
    scales.add_float_data(scale);
  auto &node = model.node("Resize", {"x", "", "scales"}, {"y"});
  SECTION("nearest") {
    Imported imported = model.import();
    checkImports(imported);
    CHECK_THAT(imported.text, Contains("[N, 3, 2*H, floordiv(3*W, 2)]"));
  }
  SECTION("unknown mode") {
    setAttribute(node, "mode", "area");
    checkFails(model.import(), 206, "mode is 'area'");
  }
  SECTION("antialias") {
    setAttribute(node, "antialias", int64_t(1));
    checkFails(model.import(), 207, "antialias");
  }
  SECTION("a factor that is not positive") {
    scales.set_float_data(2, -1);
    checkFails(model.import(), 206, "a scale is not positive");
  }
}

TEST_CASE("recurrences are loops") {
  ModelBuilder model(14);
  std::string steps = GENERATE("1", "3", "T");
  model.input("x", {steps, "N", "4"}).input("w", {"1", "20", "4"});
  model.input("r", {"1", "20", "5"}).output("y");
  auto &node = model.node("LSTM", {"x", "w", "r"}, {"y"});
  Imported imported = model.import();
  checkImports(imported);
  CHECK_THAT(imported.text, Contains("[" + steps + ", 1, N, 5]"));
  bool isLoop = imported.text.find("graph.loop") != std::string::npos;
  CHECK(isLoop == (steps != "1"));
  setAttribute(node, "input_forget", int64_t(1));
  checkFails(model.import(), 207, "input_forget");
}

TEST_CASE("updates are scattered into any size") {
  ModelBuilder model(18);
  std::string size = GENERATE("8", "N");
  model.input("x", {size, "4"}).input("u", {"2", "4"}).output("y");
  model.input("i", {"2", "1"}, ::onnx::TensorProto::INT64);
  model.node("ScatterND", {"x", "i", "u"}, {"y"});
  Imported imported = model.import();
  checkImports(imported);
  CHECK_THAT(imported.text, Contains("[" + size + ", 4]"));
}

TEST_CASE("equations of Einsum") {
  ModelBuilder model(18);
  model.input("x", {"N", "2", "3"}).input("z", {"N", "3", "5"}).output("y");
  auto &node = model.node("Einsum", {"x", "z"}, {"y"});
  auto [equation, dims] = GENERATE(
      table<std::string, std::string>({{"bij,bjk->bik", "[N, 2, 5]"},
                                       {"...ij,...jk->k...i", "[5, N, 2]"},
                                       {"bij, bjk", "[2, 5]"},
                                       {"bij,cjk->", "[]"},
                                       {"bij,bjk->biz", ""},
                                       {"bij,bj->bi", ""},
                                       {"bij", ""}}));
  setAttribute(node, "equation", equation);
  Imported imported = model.import();
  INFO(equation);
  if (dims.empty()) {
    checkFails(imported, 206, "");
    return;
  }
  checkImports(imported);
  CHECK_THAT(imported.text, Contains("type<" + dims + ">"));
}

TEST_CASE("quantization to wide integers is refused") {
  ModelBuilder model(21);
  model.input("x", {"N", "4"}).input("s", {}).output("y");
  auto &node = model.node("QuantizeLinear", {"x", "s"}, {"y"});
  SECTION("i8") {
    setAttribute(node, "output_dtype", int64_t(::onnx::TensorProto::INT8));
    Imported imported = model.import();
    checkImports(imported);
    CHECK_THAT(imported.text, Contains("graph.round"));
  }
  SECTION("i32") {
    setAttribute(node, "output_dtype", int64_t(::onnx::TensorProto::INT32));
    checkFails(model.import(), 207, "more than 16 bits");
  }
}
