// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Support.h"
#include <catch2/catch.hpp>
#include <iostream>

using namespace sinter::onnx;
using namespace sinter::onnx::test;

static size_t checkRoundTrip(const std::string &path) {
  ::onnx::ModelProto plain;
  REQUIRE(plain.ParseFromString(readFile(path)));
  auto model = loadModel(path);
  REQUIRE(model);
  ::onnx::ModelProto whole = model->proto;
  const size_t count = putBack(whole, *model);
  CHECK(count == model->cuts.size());
  CHECK(whole.SerializeAsString() == plain.SerializeAsString());
  forEachTensorOfModel(model->proto, [&](::onnx::TensorProto &tensor) {
    CHECK(tensor.raw_data().size() <= maxInlineBytes);
    auto contents = tensorContents(tensor, *model);
    if (!contents)
      UNSCOPED_INFO(contents.error().message);
    REQUIRE(contents);
  });
  return count;
}

TEST_CASE("a payload is cut in every place that can have one") {
  TempDir dir;
  // Lengths of one, two and three bytes as varints.
  for (size_t size : {65, 100, 127, 128, 300, 16383, 16384, 70000}) {
    INFO(size);
    const auto path = dir.write("m.onnx", makeModel(size).SerializeAsString());
    CHECK(checkRoundTrip(path) == 13);
  }
  CHECK(checkRoundTrip(
            dir.write("m.onnx", makeModel(64).SerializeAsString())) == 0);
}

TEST_CASE("cut payloads are read through their tensors without a copy") {
  TempDir dir;
  const auto path = dir.write("m.onnx", makeModel().SerializeAsString());
  auto model = loadModel(path);
  REQUIRE(model);
  const auto before = model->blobs.size();
  CHECK(before == 13);
  auto moved = *std::move(model);
  auto w = tensorContents(moved.proto.graph().initializer(0), moved);
  REQUIRE(w);
  CHECK(w->elements == 100);
  CHECK(w->bytes.size() == 100);
  CHECK(w->bytes[99] == std::byte{100});
  CHECK(moved.blobs.size() == before);
  auto small = tensorContents(moved.proto.graph().initializer(1), moved);
  REQUIRE(small);
  CHECK(small->bytes[7] == std::byte{9});
  auto again = tensorContents(moved.proto.graph().initializer(1), moved);
  REQUIRE(again);
  CHECK(again->blob == small->blob);
}

TEST_CASE("every shared model loads as by a plain parse") {
  const char *fromEnvironment = std::getenv("SINTER_SHARED_DIR");
  const std::filesystem::path shared =
      fromEnvironment ? fromEnvironment : SINTER_SHARED_DIR;
  const auto models = shared / "data" / "models";
  if (!std::filesystem::exists(models)) {
    WARN("skipped: every shared model loads as by a plain parse: no "
         << models.string());
    return;
  }
  size_t count = 0;
  for (const auto &entry : std::filesystem::directory_iterator(models)) {
    const auto path = entry.path() / "model.onnx";
    if (!std::filesystem::exists(path))
      continue;
    INFO(path.string());
    checkRoundTrip(path.string());
    ++count;
  }
  std::cout << count << " shared models\n";
  CHECK(count > 0);
}
