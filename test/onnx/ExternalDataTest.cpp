// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Support.h"
#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

using namespace sinter::onnx;
using namespace sinter::onnx::test;
namespace fs = std::filesystem;

namespace {
struct Fixture {
  TempDir outer;
  std::string dir = outer.path("model");

  Fixture() {
    fs::create_directories(dir + "/sub");
    outer.write("secret.bin", "0123456789");
    outer.write("model/data.bin", "0123456789");
    outer.write("model/sub/more.bin", "abcdef");
  }

  int errorOf(const std::string &location, PathWalk walk) {
    auto files = ExternalFiles::inDirectory(dir, walk);
    REQUIRE(files);
    auto file = files->open(location);
    return file ? 0 : file.error().number;
  }
};

::onnx::TensorProto externalTensor(
    const std::vector<std::pair<std::string, std::string>> &entries) {
  ::onnx::TensorProto tensor;
  tensor.set_data_type(::onnx::TensorProto::UINT8);
  tensor.add_dims(4);
  tensor.set_data_location(::onnx::TensorProto::EXTERNAL);
  for (const auto &[key, value] : entries) {
    auto *entry = tensor.add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
  return tensor;
}
} // namespace

TEST_CASE_METHOD(Fixture, "external files are those of the directory") {
  fs::create_symlink("data.bin", dir + "/inside.bin");
  fs::create_symlink("../secret.bin", dir + "/outside.bin");
  fs::create_symlink("sub", dir + "/link");
  fs::create_symlink("nowhere", dir + "/dangling");
  fs::create_hard_link(outer.path("secret.bin"), dir + "/hard.bin");
  REQUIRE(::mkfifo((dir + "/fifo").c_str(), 0600) == 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string name = dir + "/socket";
  name.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const Descriptor listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr *>(&address),
                 sizeof(address)) == 0);
  for (PathWalk walk : {PathWalk::automatic, PathWalk::components}) {
    for (const char *good : {"data.bin", "./data.bin", "sub/more.bin",
                             "sub//more.bin", "./sub/./more.bin"})
      CHECK(errorOf(good, walk) == 0);
    CHECK(errorOf("", walk) == 120);
    CHECK(errorOf(dir + "/data.bin", walk) == 121);
    CHECK(errorOf("/dev/zero", walk) == 121);
    for (const char *up : {"..", "../secret.bin", "sub/../data.bin", "sub/..",
                           "./../secret.bin", "nowhere/../data.bin"})
      CHECK(errorOf(up, walk) == 122);
    for (const char *link :
         {"inside.bin", "outside.bin", "link/more.bin", "dangling"})
      CHECK(errorOf(link, walk) == 123);
    CHECK(errorOf("hard.bin", walk) == 124);
    for (const char *other : {"sub", "sub/", ".", "fifo", "socket"})
      CHECK(errorOf(other, walk) == 125);
    for (const char *missing : {"none.bin", "none/x", "data.bin/x"})
      CHECK(errorOf(missing, walk) == 127);
    CHECK(errorOf(std::string(5000, 'a'), walk) == 127);
    CHECK(errorOf(std::string("data.bin\0x", 10), walk) == 131);
  }
  CHECK(ExternalFiles::inDirectory(dir + "/none").error().number == 100);
}

TEST_CASE_METHOD(Fixture, "external tensors are ranges of their file") {
  auto model =
      loadModel(outer.write("model/m.onnx", makeModel().SerializeAsString()));
  REQUIRE(model);
  auto textOfTensor = [&](const ::onnx::TensorProto &tensor) {
    auto contents = tensorContents(tensor, *model);
    return contents ? textOf(contents->bytes)
                    : std::to_string(contents.error().number);
  };
  auto read = [&](const std::string &offset, const std::string &length) {
    return textOfTensor(externalTensor(
        {{"location", "data.bin"}, {"offset", offset}, {"length", length}}));
  };
  CHECK(read("0", "4") == "0123");
  CHECK(read("6", "4") == "6789");
  CHECK(read("7", "4") == "126");
  CHECK(read("18446744073709551615", "4") == "126");
  CHECK(read("0", "5") == "143");
  CHECK(read("0", "18446744073709551615") == "143");
  for (const char *bad : {"-1", "x", "", " 1", "1 ", "18446744073709551616"}) {
    CHECK(read(bad, "4") == "128");
    CHECK(read("0", bad) == "128");
  }
  CHECK(textOfTensor(externalTensor({{"location", "data.bin"}})) == "0123");
  CHECK(textOfTensor(externalTensor({{"offset", "0"}})) == "120");
  CHECK(textOfTensor(externalTensor(
            {{"location", "data.bin"}, {"location", "x"}})) == "129");
  CHECK(textOfTensor(externalTensor({{"location", "../secret.bin"}})) == "122");
  auto tensor = externalTensor({{"location", "data.bin"}, {"checksum", "x"}});
  CHECK(textOfTensor(tensor) == "0123");
  tensor.set_raw_data("0123");
  CHECK(textOfTensor(tensor) == "144");
  const auto before = model->blobs.size();
  CHECK(read("6", "4") == "6789");
  CHECK(model->blobs.size() == before);
}
