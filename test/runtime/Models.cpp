// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <sys/syscall.h>
#include <unistd.h>

#include "sinter/abi.h"
#include "sinter/runtime.hpp"

using namespace Catch::Matchers;

namespace {

/// Inputs a and b of the fake model and what it should answer.
struct Case {
  int64_t dims[2];
  std::vector<float> a, b, expected;
  explicit Case(int64_t rows) : dims{rows, 4} {
    for (int64_t i = 0; i < 4 * rows; ++i) {
      a.push_back(float(i));
      b.push_back(float(3 * i));
      expected.push_back(float(4 * i) * float(2 * (i % 4 + 1)));
    }
  }
  std::vector<sinter_tensor> inputs() {
    return {{a.data(), 1, 2, dims, 4 * a.size(), 0, 0},
            {b.data(), 1, 2, dims, 4 * b.size(), 0, 0}};
  }
};

sinter::Model openModel() {
  auto model = sinter::Model::open(FAKE_MODEL);
  INFO(model.message());
  REQUIRE(model.ok());
  return std::move(*model);
}

bool runs(sinter::Context &context, int64_t rows) {
  Case test(rows);
  sinter_tensor output = {};
  if (!context.run(test.inputs(), {&output, 1}).ok())
    return false;
  const auto *found = static_cast<const float *>(output.data);
  return output.rank == 2 && output.dims[0] == rows && output.dims[1] == 4 &&
         output.bytes == 4 * test.expected.size() &&
         std::equal(test.expected.begin(), test.expected.end(), found);
}

std::string read(const char *path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Writes `bytes` beside `path` and renames: `path` is then another file.
void replace(const std::string &path, const std::string &bytes) {
  std::ofstream(path + ".new", std::ios::binary)
      .write(bytes.data(), std::streamsize(bytes.size()));
  REQUIRE(std::rename((path + ".new").c_str(), path.c_str()) == 0);
}

/// The fake model with another compiler's name, correctly sealed.
std::string renamed(std::string file, char digit) {
  file[file.find("fake 1") + 5] = digit;
  sinter_trailer trailer;
  char *end = file.data() + file.size() - sizeof(trailer);
  std::memcpy(&trailer, end, sizeof(trailer));
  trailer.checksum = 0xcbf29ce484222325;
  for (size_t i = 0; i < trailer.weights_offset; ++i)
    trailer.checksum = (trailer.checksum ^ uint8_t(file[i])) * 0x100000001b3;
  std::memcpy(end, &trailer, sizeof(trailer));
  return file;
}

/// What opening a file of these bytes says.
sinter_error openBytes(const std::string &bytes) {
  std::string path =
      std::string(FAKE_MODEL) + "." + std::to_string(getpid()) + ".broken";
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), std::streamsize(bytes.size()));
  auto model = sinter::Model::open(path.c_str());
  std::remove(path.c_str());
  return model.error();
}

} // namespace

TEST_CASE("a model describes itself") {
  auto model = openModel();
  REQUIRE(model.inputCount() == 2);
  REQUIRE(model.outputCount() == 1);
  CHECK(!model.input(2));
  auto info = *model.input(1);
  CHECK(std::string(info.name) == "b");
  CHECK(info.type == 1);
  REQUIRE(info.rank == 2);
  CHECK(info.dims[0] == -1);
  CHECK(std::string(info.labels[0]) == "M");
  CHECK(info.dims[1] == 4);
  CHECK(info.labels[1] == nullptr);
  CHECK(std::string(model.compiler()) == "fake 1");
}

TEST_CASE("all shapes and thread counts give the same bits") {
  auto model = openModel();
  for (uint32_t threads : {1, 2, 3, 7}) {
    auto context = model.createContext(threads);
    REQUIRE(context.ok());
    CHECK(context->threads() == threads);
    for (int64_t rows : {1, 5, 1000, 5, 0, 5})
      CHECK(runs(*context, rows));
  }
}

TEST_CASE("contexts run at the same time and outlive the handle") {
  std::vector<sinter::Context> contexts;
  {
    auto model = openModel();
    for (int i = 0; i < 2; ++i)
      contexts.push_back(std::move(*model.createContext(2)));
  }
  bool good[2] = {true, true};
  auto work = [&](int i) {
    for (int64_t round = 0; round < 300; ++round)
      good[i] &= runs(contexts[size_t(i)], round % 50);
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  CHECK((good[0] && good[1]));
}

TEST_CASE("stored inputs and the caller's output") {
  auto model = openModel();
  auto context = model.createContext(1);
  sinter_tensor none = {};
  CHECK(context->run({}, {&none, 1}).error().status != SINTER_STATUS_OK);
  Case test(3);
  auto inputs = test.inputs();
  REQUIRE(context->setInput(0, inputs[0]).ok());
  REQUIRE(context->setInput(1, inputs[1]).ok());
  std::vector<float> result(20);
  sinter_tensor output = {result.data(), 0, 0, nullptr, 80, 0, 0};
  REQUIRE(context->run({}, {&output, 1}).ok());
  CHECK(output.data == result.data());
  CHECK(output.bytes == 48);
  result.resize(12);
  CHECK(result == test.expected);

  sinter_tensor small = {result.data(), 0, 0, nullptr, 47, 0, 0};
  auto answer = context->run({}, {&small, 1});
  CHECK(answer.error().status == SINTER_STATUS_TOO_SMALL);
  CHECK(small.bytes == 48);
  CHECK(small.dims[0] == 3);
  CHECK(runs(*context, 3));
}

TEST_CASE("wrong inputs are named") {
  auto model = openModel();
  auto context = model.createContext(1);
  Case test(3), longer(4);
  sinter_tensor output = {};
  auto answer = [&](const std::vector<sinter_tensor> &inputs) {
    return context->run(inputs, {&output, 1}).error();
  };
  auto inputs = test.inputs();
  inputs[1].type = 11;
  CHECK(answer(inputs).status == SINTER_STATUS_TYPE);
  CHECK_THAT(answer(inputs).message,
             Equals("input 'b': expected element type 1, found 11"));
  inputs = test.inputs();
  const int64_t wide[] = {2, 6};
  inputs[0].dims = wide;
  CHECK(answer(inputs).status == SINTER_STATUS_SHAPE);
  CHECK_THAT(answer(inputs).message,
             Equals("input 'a', dim 1: expected 4, found 6"));
  inputs = test.inputs();
  inputs[0].bytes = 47;
  CHECK(answer(inputs).status == SINTER_STATUS_SHAPE);
  inputs[0].rank = 1;
  CHECK(answer(inputs).status == SINTER_STATUS_SHAPE);
  inputs = {test.inputs()[0], longer.inputs()[1]};
  CHECK(answer(inputs).status == SINTER_STATUS_GUARD);
  CHECK_THAT(answer(inputs).message,
             Equals("a and b differ in rows (3 and 4)"));
  const int64_t large[] = {(1 << 20) + 1, 4};
  std::vector<float> data(size_t(4 * large[0]));
  inputs = test.inputs();
  inputs[0] = {data.data(), 1, 2, large, 4 * data.size()};
  CHECK_THAT(answer(inputs).message,
             Equals("input 'a', dim 0 ('N'): expected 0..1048576, found "
                    "1048577"));
  inputs.pop_back();
  CHECK(answer(inputs).status == SINTER_STATUS_BAD_ARGUMENT);
  test.a[0] = 666;
  test.b[0] = 0;
  CHECK(answer(test.inputs()).status == SINTER_STATUS_KERNEL);
  CHECK(runs(*context, 3));
}

TEST_CASE("damaged and foreign files are refused") {
  std::string file = read(FAKE_MODEL);
  REQUIRE(file.size() > 4096);
  for (size_t length : {size_t(0), size_t(63), size_t(200), file.size() / 2,
                        file.size() - 64, file.size() - 1})
    CHECK(openBytes(file.substr(0, length)).status == SINTER_STATUS_BAD_MODEL);
  for (size_t at = 0; at < file.size() - 64 - 80; at += 997) {
    std::string flipped = file;
    flipped[at] ^= 1;
    CHECK(openBytes(flipped).status == SINTER_STATUS_BAD_MODEL);
  }
  for (size_t at = file.size() - 64; at < file.size() - 24; ++at) {
    std::string flipped = file;
    flipped[at] ^= 0x40;
    CHECK(openBytes(flipped).status == SINTER_STATUS_BAD_MODEL);
  }
  CHECK(openBytes(read(UNSEALED_MODEL)).status == SINTER_STATUS_BAD_MODEL);
  CHECK(openBytes(std::string(9999, 'x')).status == SINTER_STATUS_BAD_MODEL);
  CHECK(sinter::Model::open("/nowhere/model.so").error().status ==
        SINTER_STATUS_IO);
  CHECK(sinter::Model::open("/").error().status == SINTER_STATUS_IO);
}

TEST_CASE("a file that was replaced is loaded anew") {
  std::string path = std::string(FAKE_MODEL) + ".replaced";
  std::string file = read(FAKE_MODEL);
  std::vector<sinter::Model> models;
  for (char digit = '1'; digit <= '4'; ++digit) {
    replace(path, renamed(file, digit));
    for (int again = 0; again < 2; ++again) {
      auto model = sinter::Model::open(path.c_str());
      INFO(model.message());
      REQUIRE(model.ok());
      CHECK(model->compiler() == std::string("fake ") + digit);
      models.push_back(std::move(*model));
    }
  }
  std::remove(path.c_str());
  models.erase(models.begin()); // its descriptor's number is free again
  CHECK(models[0].compiler() == std::string("fake 1"));
  CHECK(openModel().compiler() == std::string("fake 1"));
  for (const auto &model : models) {
    auto context = model.createContext(1);
    CHECK(runs(*context, 5));
  }
}

#if defined(__x86_64__)
TEST_CASE("a model without AMX requests no tiles of the system") {
  auto model = openModel();
  constexpr long GetPermission = 0x1022;
  unsigned long granted = 0;
  if (syscall(SYS_arch_prctl, GetPermission, &granted) == 0)
    CHECK((granted >> 18 & 1) == 0);
}
#endif
