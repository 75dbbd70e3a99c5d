// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Support.h"
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>

using namespace sinter;
using namespace sinter::onnx;
using namespace sinter::onnx::test;
using ::onnx::TensorProto;

namespace {
struct Fixture {
  TempDir dir;
  LoadedModel model =
      *loadModel(dir.write("m.onnx", makeModel().SerializeAsString()));
  TensorProto tensor;

  TensorProto &start(TensorProto::DataType type, int64_t count) {
    tensor.Clear();
    tensor.set_name("t");
    tensor.set_data_type(type);
    tensor.add_dims(count);
    return tensor;
  }
  Result<TensorContents> read() { return tensorContents(tensor, model); }
  int error() {
    auto contents = read();
    return contents ? 0 : contents.error().number;
  }
  template <typename T> std::vector<T> values() {
    auto contents = read();
    REQUIRE(contents);
    std::vector<T> result(contents->bytes.size() / sizeof(T));
    if (!result.empty())
      std::memcpy(result.data(), contents->bytes.data(),
                  contents->bytes.size());
    return result;
  }
};
} // namespace

TEST_CASE_METHOD(Fixture, "typed fields become bytes") {
  start(TensorProto::FLOAT, 2).add_float_data(1.5F);
  tensor.add_float_data(-2);
  CHECK(values<float>() == std::vector<float>{1.5F, -2});
  tensor.set_data_type(TensorProto::COMPLEX64);
  tensor.set_dims(0, 1);
  CHECK(values<float>() == std::vector<float>{1.5F, -2});
  start(TensorProto::DOUBLE, 1).add_double_data(0.1);
  CHECK(values<double>() == std::vector<double>{0.1});
  start(TensorProto::INT64, 1).add_int64_data(-7);
  CHECK(values<int64_t>() == std::vector<int64_t>{-7});
  start(TensorProto::UINT64, 1).add_uint64_data(~0ULL);
  CHECK(values<uint64_t>() == std::vector<uint64_t>{~0ULL});
  start(TensorProto::UINT32, 1).add_uint64_data(0xffffffffU);
  CHECK(values<uint32_t>() == std::vector<uint32_t>{0xffffffffU});
  tensor.set_uint64_data(0, 1ULL << 32);
  CHECK(error() == 145);
}

TEST_CASE_METHOD(Fixture, "int32_data holds the narrow types") {
  start(TensorProto::INT32, 1).add_int32_data(-5);
  CHECK(values<int32_t>() == std::vector<int32_t>{-5});
  for (auto type : {TensorProto::FLOAT16, TensorProto::BFLOAT16,
                    TensorProto::UINT16, TensorProto::INT16}) {
    start(type, 2).add_int32_data(0xc000);
    tensor.add_int32_data(type == TensorProto::INT16 ? -2 : 0xfffe);
    CHECK(values<uint16_t>() == std::vector<uint16_t>{0xc000, 0xfffe});
    tensor.set_int32_data(0, 0x10000);
    CHECK(error() == 145);
  }
  for (auto type : {TensorProto::INT8, TensorProto::UINT8, TensorProto::BOOL,
                    TensorProto::FLOAT8E4M3FN}) {
    start(type, 1).add_int32_data(1);
    CHECK(values<uint8_t>() == std::vector<uint8_t>{1});
    tensor.set_int32_data(0, 256);
    CHECK(error() == 145);
  }
  start(TensorProto::INT4, 3).add_int32_data(0x21);
  tensor.add_int32_data(0x03);
  CHECK(values<uint8_t>() == std::vector<uint8_t>{0x21, 0x03});
  tensor.add_int32_data(0);
  CHECK(error() == 143);
  // Six bits: four elements in three bytes, as the schema gives them.
  start(static_cast<TensorProto::DataType>(27), 5);
  for (int value : {0x3f, 0x01, 0x2a, 0x15, 0x3f})
    tensor.add_int32_data(value);
  CHECK(values<uint8_t>() == std::vector<uint8_t>{0x7f, 0xa0, 0x56, 0x3f});
}

TEST_CASE_METHOD(Fixture, "strings are kept apart") {
  start(TensorProto::STRING, 2).add_string_data("a");
  tensor.add_string_data("");
  auto contents = read();
  REQUIRE(contents);
  CHECK(contents->strings == std::vector<std::string_view>{"a", ""});
  CHECK(contents->bytes.empty());
  tensor.add_string_data("c");
  CHECK(error() == 143);
  start(TensorProto::STRING, 1).set_raw_data("a");
  CHECK(error() == 147);
}

TEST_CASE_METHOD(Fixture, "shapes are checked against the payload") {
  start(TensorProto::FLOAT, 2).set_raw_data("1234567");
  CHECK(error() == 143);
  start(TensorProto::FLOAT, 2).add_float_data(1);
  CHECK(error() == 143);
  start(TensorProto::FLOAT, 3);
  CHECK(error() == 143);
  start(TensorProto::FLOAT, 0);
  CHECK(values<float>().empty());
  tensor.clear_dims();
  tensor.add_float_data(3);
  CHECK(read()->elements == 1);
  start(TensorProto::UINT8, -1);
  CHECK(error() == 141);
  start(TensorProto::UINT8, 0).add_dims(-1);
  CHECK(error() == 141);
  start(TensorProto::UINT8, 1LL << 60);
  CHECK(error() == 142);
  start(TensorProto::FLOAT, 1LL << 50);
  CHECK(error() == 143);
  start(TensorProto::UINT8, 1LL << 40).add_dims(1LL << 40);
  CHECK(error() == 142);
  tensor.add_dims(0);
  CHECK(error() == 0);
  start(TensorProto::UINT8, std::numeric_limits<int64_t>::max())
      .add_dims(std::numeric_limits<int64_t>::max());
  CHECK(error() == 142);
  // A cut payload too.
  tensor = model.proto.graph().initializer(0);
  tensor.set_dims(0, 99);
  CHECK(error() == 143);
}

TEST_CASE_METHOD(Fixture, "odd tensors are refused") {
  start(TensorProto::UNDEFINED, 0);
  CHECK(error() == 140);
  tensor.set_data_type(1000);
  CHECK(error() == 140);
  start(TensorProto::FLOAT, 1).set_raw_data("1234");
  tensor.add_float_data(1);
  CHECK(error() == 144);
  start(TensorProto::FLOAT, 1).add_int32_data(1);
  CHECK(error() == 149);
  start(TensorProto::FLOAT, 0).mutable_segment();
  CHECK(error() == 146);
  tensor = model.proto.graph().initializer(0);
  tensor.set_data_location(TensorProto::EXTERNAL);
  CHECK(error() == 144);
  tensor = model.proto.graph().initializer(0);
  for (const char *value : {"13", "x", "", "-1", "99999999999999999999"}) {
    tensor.mutable_external_data(0)->set_value(value);
    CHECK(error() == 148);
  }
  *tensor.add_external_data() = tensor.external_data(0);
  CHECK(error() == 144);
}

TEST_CASE("errors know their class") {
  CHECK(errorClass(100) == ErrorClass::usage);
  CHECK(errorClass(146) == ErrorClass::unsupported);
  CHECK(errorClass(9999) == ErrorClass::internal);
}
