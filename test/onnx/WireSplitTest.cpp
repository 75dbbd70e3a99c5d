// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Support.h"
#include <catch2/catch.hpp>

using namespace sinter::onnx;
using namespace sinter::onnx::test;

static int errorOf(std::string_view bytes) {
  auto split = splitModel(bytesOf(bytes), "m");
  return split ? 0 : split.error().number;
}

/// A length-delimited field with a one-byte tag.
static std::string field(int number, std::string_view content) {
  std::string bytes(1, static_cast<char>(number << 3 | 2));
  size_t length = content.size();
  for (; length >= 128; length >>= 7)
    bytes.push_back(static_cast<char>(length | 128));
  bytes.push_back(static_cast<char>(length));
  return bytes.append(content);
}

static std::string inTensor(std::string_view content) {
  return field(7, field(5, content));
}

TEST_CASE("what has no payload is copied as it is") {
  CHECK(splitModel({}, "m")->stream.empty());
  auto model = makeModel(10).SerializeAsString();
  model += std::string("\x98\x06\x05", 3); // An unknown varint.
  model += std::string("\x9d\x06"
                       "abcd",
                       6); // An unknown fixed32.
  model += std::string("\x99\x06"
                       "abcdefgh",
                       10); // An unknown fixed64.
  auto split = splitModel(bytesOf(model), "m");
  REQUIRE(split);
  CHECK(split->stream == model);
  CHECK(split->cuts.empty());
}

TEST_CASE("a cut names the bytes of the payload") {
  const std::string payload(1000, 'x');
  const std::string model = inTensor(field(9, payload));
  auto split = splitModel(bytesOf(model), "m");
  REQUIRE(split);
  REQUIRE(split->cuts.size() == 1);
  CHECK(model.substr(split->cuts[0].offset, split->cuts[0].length) == payload);
  ::onnx::ModelProto proto;
  REQUIRE(proto.ParseFromString(split->stream));
  const auto &tensor = proto.graph().initializer(0);
  CHECK_FALSE(tensor.has_raw_data());
  CHECK(tensor.external_data(0).key() == blobMarkerKey);
  CHECK(tensor.external_data(0).value() == "0");
}

TEST_CASE("malformed fields are refused") {
  CHECK(errorOf("\x80") == 102);
  CHECK(errorOf(std::string(11, '\x80')) == 102);
  CHECK(errorOf("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02") == 102);
  CHECK(errorOf("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") == 0);
  CHECK(errorOf("\x3a\x05") == 103);
  CHECK(errorOf("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") == 103);
  CHECK(errorOf("\x0d"
                "abc") == 103);
  CHECK(errorOf("\x09"
                "abcdefg") == 103);
  // A field may not reach past its message, also where the file goes on.
  CHECK(errorOf(field(7, "\x2a\x05") + std::string(20, '\x08')) == 103);
  CHECK(errorOf("\x0b\x0c") == 104); // A group.
  CHECK(errorOf("\x0e") == 104);
  CHECK(errorOf("\x38\x01") == 104); // The graph as a varint.
  CHECK(errorOf(inTensor("\x48\x01")) == 104);
  CHECK(errorOf(std::string("\x00\x01", 2)) == 112);
  CHECK(errorOf("\x80\x80\x80\x80\x10\x01") == 112);
  CHECK(errorOf(inTensor(field(9, "a") + field(9, "b"))) == 110);
  CHECK(errorOf(inTensor(field(13, field(1, blobMarkerKey)))) == 106);
}

TEST_CASE("lengths longer than needed are read") {
  const std::string payload(70, 'x');
  const std::string tensor = field(9, payload);
  std::string bytes("\x2a", 1);
  bytes.push_back(static_cast<char>(tensor.size() | 128));
  bytes += std::string("\x80\x80\x80\x80\x80\x00", 6) + tensor;
  auto split = splitModel(bytesOf(field(7, bytes)), "m");
  REQUIRE(split);
  ::onnx::ModelProto proto;
  CHECK(proto.ParseFromString(split->stream));
  CHECK(proto.graph().initializer(0).external_data_size() == 1);
}
