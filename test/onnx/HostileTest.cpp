// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Support.h"
#include <catch2/catch.hpp>
#include <random>
#include <sys/stat.h>

using namespace sinter::onnx;
using namespace sinter::onnx::test;

/// Loads bytes as a model and reads every tensor; returns the error of loading.
static int loadAll(const TempDir &dir, std::string_view bytes) {
  auto model = loadModel(dir.write("m.onnx", bytes));
  if (!model)
    return model.error().number;
  forEachTensorOfModel(model->proto, [&](::onnx::TensorProto &tensor) {
    (void)tensorContents(tensor, *model);
  });
  return 0;
}

/// Wraps `content` as a field; `tag` is one or two bytes.
static std::string wrap(std::string_view tag, std::string_view content) {
  std::string bytes(tag);
  size_t length = content.size();
  for (; length >= 128; length >>= 7)
    bytes.push_back(static_cast<char>(length | 128));
  bytes.push_back(static_cast<char>(length));
  return bytes.append(content);
}

TEST_CASE("a model truncated anywhere is refused, or is a model") {
  TempDir dir;
  const std::string whole = makeModel(70).SerializeAsString();
  ::onnx::ModelProto plain;
  size_t loaded = 0;
  for (size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    const std::string part = whole.substr(0, size);
    const bool isModel = plain.ParseFromString(part) && plain.has_graph();
    CHECK((loadAll(dir, part) == 0) == isModel);
    loaded += isModel;
  }
  CHECK(loaded < 10);
}

TEST_CASE("changed bytes never do harm") {
  TempDir dir;
  const std::string whole = makeModel(70).SerializeAsString();
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = whole;
    for (unsigned n = 1 + random() % 4; n != 0; --n)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    (void)loadAll(dir, bytes);
  }
}

TEST_CASE("random bytes never do harm") {
  TempDir dir;
  std::mt19937 random(2);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes(random() % 200, '\0');
    for (char &byte : bytes)
      byte = static_cast<char>(random());
    // Half of them start as a graph does, so that more is read.
    if (i % 2 != 0)
      bytes = wrap("\x3a", bytes);
    (void)loadAll(dir, bytes);
  }
}

TEST_CASE("deep nesting is refused") {
  TempDir dir;
  // Graph in attribute in node in graph.
  auto nest = [](int depth) {
    std::string graph;
    for (int i = 0; i < depth; ++i)
      graph = wrap("\x0a", wrap("\x2a", wrap("\x32", graph)));
    return wrap("\x3a", graph);
  };
  CHECK(loadAll(dir, nest(60)) == 0);
  CHECK(loadAll(dir, nest(66)) == 0);
  CHECK(loadAll(dir, nest(67)) == 105);
  CHECK(loadAll(dir, nest(10000)) == 105);
  // A type in a type: sequences of sequences, in an input of the graph.
  std::string type;
  for (int i = 0; i < 10000; ++i)
    type = wrap("\x22", wrap("\x0a", type));
  CHECK(loadAll(dir, wrap("\x3a", wrap("\x5a", wrap("\x12", type)))) == 108);
}

TEST_CASE("what is no model file is refused") {
  TempDir dir;
  CHECK(loadAll(dir, "") == 109);
  CHECK(loadAll(dir, "hello, world") != 0);
  CHECK(loadModel(dir.path("none")).error().number == 100);
  CHECK(loadModel(dir.path("")).error().number == 101);
  REQUIRE(::mkfifo(dir.path("fifo").c_str(), 0600) == 0);
  CHECK(loadModel(dir.path("fifo")).error().number == 101);
}

TEST_CASE("a payload beyond 2 GB of the file is found") {
  TempDir dir;
  // A sparse file: a doc_string of 3 GB cannot be kept, raw_data can.
  const uint64_t length = 3ULL << 30;
  auto varint = [](uint64_t value) {
    std::string bytes;
    for (; value >= 128; value >>= 7)
      bytes.push_back(static_cast<char>(value | 128));
    bytes.push_back(static_cast<char>(value));
    return bytes;
  };
  auto write = [&](const char *tag) {
    const std::string head = tag + varint(length);
    const std::string tensor = "\x2a" + varint(head.size() + length) + head;
    const std::string start = "\x3a" + varint(tensor.size() + length) + tensor;
    const auto path = dir.write("big.onnx", start);
    std::filesystem::resize_file(path, start.size() + length);
    // After the graph, another one that is merged into it.
    std::string tail(80, 'z');
    std::ofstream(path, std::ios::binary | std::ios::app)
        << wrap("\x3a", wrap("\x2a", wrap("\x4a", tail)));
    return path;
  };
  auto model = loadModel(write("\x4a"));
  REQUIRE(model);
  REQUIRE(model->cuts.size() == 2);
  CHECK(model->blobs.bytes(model->cuts[0]).size() == length);
  CHECK(textOf(model->blobs.bytes(model->cuts[1])) == std::string(80, 'z'));
  CHECK(loadModel(write("\x62")).error().number == 107);
}
