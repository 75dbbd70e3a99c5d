// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models for a GPU with a driver that is not one: see fake_driver.cpp.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include <vector>

#include <dlfcn.h>

#include "fake_driver.h"
#include "sinter/runtime.hpp"

using namespace Catch::Matchers;

namespace {

/// A function of the fake driver.
template <typename Function> Function *find(const char *name) {
  void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  INFO(dlerror());
  REQUIRE(driver);
  void *function = dlsym(driver, name);
  REQUIRE(function);
  return reinterpret_cast<Function *>(function);
}

FakeCalls &calls() { return *find<FakeCalls *()>("fakeCalls")(); }

sinter::Model openModel() {
  auto model = sinter::Model::open(DEVICE_MODEL);
  INFO(model.message());
  REQUIRE(model.ok());
  return std::move(*model);
}

void run(sinter::Context &context, int64_t rows) {
  const int64_t dims[] = {rows, 4};
  std::vector<float> x, expected;
  for (int64_t i = 0; i < 4 * rows; ++i) {
    x.push_back(float(i + 1));
    expected.push_back(float(i + 1) * float(2 * (i % 4 + 1)) + float(i + 1));
  }
  sinter_tensor input{x.data(), 1, 2, dims, 4 * x.size(), 0, 0}, output = {};
  auto ran = context.run({&input, 1}, {&output, 1});
  INFO(ran.message());
  REQUIRE(ran.ok());
  REQUIRE(output.bytes == 4 * expected.size());
  const auto *y = static_cast<const float *>(output.data);
  CHECK(std::vector<float>(y, y + expected.size()) == expected);
}

std::string refusal() {
  auto context = openModel().createContext();
  REQUIRE_FALSE(context.ok());
  CHECK(context.error().status == SINTER_STATUS_DEVICE);
  return context.message();
}

} // namespace

TEST_CASE("runs of a shape are recorded once", "[driver]") {
  const FakeCalls before = calls();
  {
    sinter::Model model = openModel();
    CHECK(calls().modules == before.modules); // nothing happens until it runs
    auto context = model.createContext();
    INFO(context.message());
    REQUIRE(context.ok());
    CHECK(calls().modules == before.modules + 3);
    CHECK(calls().launches == before.launches + 1); // `init`
    run(*context, 5);
    CHECK(calls().launches == before.launches + 3);
    CHECK(calls().recordings == before.recordings);
    const unsigned allocations = calls().allocations;
    run(*context, 5);
    CHECK(calls().recordings == before.recordings + 1);
    CHECK(calls().repeats == before.repeats + 1);
    run(*context, 5);
    CHECK(calls().launches == before.launches + 5); // two of them recorded
    CHECK(calls().repeats == before.repeats + 2);
    CHECK(calls().allocations == allocations);
    run(*context, 2); // a shape of its own
    CHECK(calls().repeats == before.repeats + 2);
    run(*context, 2);
    run(*context, 700);
    run(*context, 5);
    CHECK(calls().recordings == before.recordings + 2);
    CHECK(calls().uploads == before.uploads + 8); // weights, and each x
    CHECK(calls().downloads == before.downloads + 7);
  }
  CHECK(calls().allocations == before.allocations);
  CHECK(calls().modules == before.modules);
}

TEST_CASE("contexts share what is loaded", "[driver]") {
  sinter::Model model = openModel();
  auto first = model.createContext(), second = model.createContext();
  REQUIRE((first.ok() && second.ok()));
  const FakeCalls before = calls();
  run(*first, 3);
  run(*second, 4);
  CHECK(calls().uploads == before.uploads + 2);
  CHECK(calls().modules == before.modules);
}

TEST_CASE("an empty batch launches nothing", "[driver]") {
  auto context = openModel().createContext();
  REQUIRE(context.ok());
  const unsigned launches = calls().launches;
  run(*context, 0);
  CHECK(calls().launches == launches);
}

TEST_CASE("GPUs of another kind are refused", "[driver]") {
  auto *setMajor = find<void(int)>("fakeSetMajor");
  setMajor(8);
  CHECK_THAT(refusal(),
             Contains("sm_90a") && Contains("'Fake'") && Contains("sm_80"));
  setMajor(0);
  CHECK_THAT(refusal(), Contains("there is none"));
  setMajor(9);
}

TEST_CASE("without a driver a model opens and does not run", "[no driver]") {
  CHECK_THAT(refusal(), Contains("there is no NVIDIA driver"));
}
