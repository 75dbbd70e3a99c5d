// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors in a GPU's memory and streams of the caller's, with a driver that
// puts off what it may: see fake_driver.cpp.
#include "FakeGpu.h"
#include "Sealed.h"

#include <cstring>

#include "DLPack.h"

using namespace Catch::Matchers;
namespace dlpack = sinter::runtime::dlpack;

namespace {

/// One run with tensors on the device, in the order of `stream` if there is
/// one; `gap` floats before the tensors.
struct DeviceRun {
  Rows test;
  OnDevice x, y;
  size_t gap;
  explicit DeviceRun(int64_t rows, float first = 1, size_t gap = 0)
      : test(rows, first), x(test.count() + gap), y(test.count() + gap),
        gap(gap) {
    std::copy(test.x.begin(), test.x.end(), x.data() + gap);
  }
  void operator()(sinter::Context &context) const {
    sinter_tensor input = x.tensor(test.dims), output = y.tensor();
    for (sinter_tensor *tensor : {&input, &output}) {
      tensor->data = static_cast<float *>(tensor->data) + gap;
      tensor->bytes -= 4 * gap;
    }
    run(context, {&input, 1}, {&output, 1});
    CHECK(output.data == y.data() + gap);
    CHECK(output.memory == SINTER_MEMORY_DEVICE);
  }
  void check() const {
    std::vector<float> found = y.values();
    CHECK(std::vector<float>(found.begin() + std::ptrdiff_t(gap),
                             found.end()) == test.expected);
    CHECK(std::count(found.begin(), found.end(), -77) == std::ptrdiff_t(gap));
  }
  void runAndCheck(sinter::Context &context) const {
    std::fill(y.data(), y.data() + test.count() + gap, -77.0f);
    (*this)(context);
    check();
  }
};

} // namespace

TEST_CASE("tensors on the device are used where they are", "[driver]") {
  const NoFaults faults;
  auto context = makeContext(openModel());
  const DeviceRun first(5), second(5, 100);
  const FakeCalls before = calls();
  first.runAndCheck(context);
  first.runAndCheck(context);
  first.runAndCheck(context);
  CHECK(calls().uploads == before.uploads);
  CHECK(calls().downloads == before.downloads);
  CHECK(calls().moves == before.moves);
  CHECK(calls().recordings == before.recordings + 1);
  CHECK(calls().repeats == before.repeats + 2);
  second.runAndCheck(context); // others, once: through the arena
  CHECK(calls().moves == before.moves + 2);
  CHECK(calls().recordings == before.recordings + 2);
  first.runAndCheck(context);
  CHECK(calls().moves == before.moves + 2);
  CHECK(calls().recordings == before.recordings + 2);
  second.runAndCheck(context); // again: recorded
  second.runAndCheck(context);
  CHECK(calls().moves == before.moves + 2);
  CHECK(calls().recordings == before.recordings + 3);
}

TEST_CASE("tensors that change with each run share a recording", "[driver]") {
  const NoFaults faults;
  auto context = makeContext(openModel());
  const FakeCalls before = calls();
  std::vector<std::unique_ptr<DeviceRun>> runs;
  for (int i = 0; i < 50; ++i) {
    runs.push_back(std::make_unique<DeviceRun>(3, float(i)));
    runs.back()->runAndCheck(context);
  }
  CHECK(calls().recordings == before.recordings + 1);
  CHECK(calls().repeats == before.repeats + 49);
  CHECK(calls().moves == before.moves + 2 * 49);
}

TEST_CASE("a recording ends with what it was for", "[driver]") {
  const NoFaults faults;
  auto context = makeContext(openModel());
  const DeviceRun small(3), large(300, 7);
  for (int i = 0; i < 3; ++i)
    small.runAndCheck(context);
  large.runAndCheck(context); // the arena moves
  small.runAndCheck(context);
  large.runAndCheck(context);
  small.runAndCheck(context);
}

TEST_CASE("tensors that kernels cannot use are copied", "[driver]") {
  const NoFaults faults;
  auto context = makeContext(openModel());
  const DeviceRun aside(5, 1, 1), aligned(5, 50, 16);
  const FakeCalls before = calls();
  for (int i = 0; i < 3; ++i)
    aside.runAndCheck(context);
  CHECK(calls().moves == before.moves + 6);
  for (int i = 0; i < 3; ++i)
    aligned.runAndCheck(context);
  CHECK(calls().moves == before.moves + 8);
  CHECK(calls().uploads == before.uploads);
}

TEST_CASE("a run on the caller's stream waits for nothing", "[driver]") {
  const NoFaults faults;
  const DeviceRun first(5), second(5, 100);
  auto context = makeContext(openModel());
  first.runAndCheck(context);
  const FakeCalls before = calls();
  {
    const Stream one, other;
    REQUIRE(context.setStream(one.get()).ok());
    one.write(first.x, Rows(5, 31).x); // comes first
    std::fill(first.y.data(), first.y.data() + 20, -77.0f);
    first(context);
    CHECK(calls().waits == before.waits);
    CHECK(first.y.values() == std::vector<float>(20, -77));
    one.finish();
    CHECK(first.y.values() == Rows(5, 31).expected);
    // The arena of a run is not overwritten by one on another stream.
    one.write(first.x, Rows(5, 32).x);
    first(context);
    REQUIRE(context.setStream(other.get()).ok());
    second(context);
    CHECK(calls().waits == before.waits + 1);
    other.finish();
    CHECK(first.y.values() == Rows(5, 32).expected);
    second.check();
    first(context);
  } // the streams are gone before the context
  CHECK(first.y.values() == Rows(5, 32).expected);
  REQUIRE(context.setStream(nullptr).ok()); // CUDA's default one
  const unsigned waits = calls().waits;
  first(context);
  CHECK(calls().waits == waits);
  call("cuStreamSynchronize", static_cast<void *>(nullptr));
  CHECK(first.y.values() == Rows(5, 32).expected);
  REQUIRE(context.setStream(SINTER_OWN_STREAM).ok());
  second.runAndCheck(context);
}

TEST_CASE("a context ends when its work is done", "[driver]") {
  const NoFaults faults;
  const DeviceRun test(5);
  const Stream stream;
  {
    auto context = makeContext(openModel());
    REQUIRE(context.setStream(stream.get()).ok());
    test(context);
  }
  stream.finish();
  test.check();
}

TEST_CASE("host tensors may be used when a run returns", "[driver]") {
  const NoFaults faults;
  const Stream stream;
  auto context = makeContext(openModel());
  REQUIRE(context.setStream(stream.get()).ok());
  Rows test(5);
  const std::vector<float> given = test.x;
  const OnDevice y(20);
  for (int i = 0; i < 3; ++i) {
    sinter_tensor input{test.x.data(), 1, 2, test.dims.data(), 80, 0, 0};
    sinter_tensor output = {};
    run(context, {&input, 1}, {&output, 1});
    CHECK(std::memcmp(output.data, test.expected.data(), 80) == 0);
    output = y.tensor();
    std::fill(y.data(), y.data() + 20, -77.0f);
    run(context, {&input, 1}, {&output, 1});
    std::fill(test.x.begin(), test.x.end(), 0.0f);
    stream.finish();
    CHECK(y.values() == test.expected);
    test.x = given;
  }
}

TEST_CASE("large tensors of the host pass in pieces", "[driver]") {
  const NoFaults faults;
  const Stream stream;
  auto context = makeContext(openModel());
  for (bool isOwn : {true, false}) {
    REQUIRE(context.setStream(isOwn ? SINTER_OWN_STREAM : stream.get()).ok());
    // Of one piece, of some, and more than there is room for.
    for (int64_t rows : {50000, 200000, 700001}) {
      const Rows test(rows, 3);
      const OnDevice y(test.count());
      for (int i = 0; i < 3; ++i) {
        std::vector<float> x = test.x, result(test.count(), -77);
        sinter_tensor input{x.data(),     1, 2, test.dims.data(),
                            4 * x.size(), 0, 0};
        sinter_tensor output{result.data(), 0, 0, nullptr, 4 * x.size(), 0, 0};
        const FakeCalls before = calls();
        run(context, {&input, 1}, {&output, 1});
        CHECK((result == test.expected));
        CHECK((calls().uploads - before.uploads > 1) == (rows > 65536));
        CHECK((calls().downloads - before.downloads > 1) == (rows > 65536));
        output = y.tensor();
        run(context, {&input, 1}, {&output, 1});
        std::fill(x.begin(), x.end(), 0.0f); // it is the caller's again
        stream.finish();
        CHECK((y.values() == test.expected));
      }
    }
  }
}

TEST_CASE("page-locked tensors pass without a copy of the host", "[driver]") {
  const NoFaults faults;
  const Stream stream;
  auto context = makeContext(openModel());
  const Rows test(700001, 3);
  const Locked x(test.x), result(test.x);
  const OnDevice y(test.count()), deviceX(test.count());
  std::copy(test.x.begin(), test.x.end(), deviceX.data());
  sinter_tensor input{x.data(), 1, 2, test.dims.data(), 4 * test.count(), 0, 0};
  for (void *set : {SINTER_OWN_STREAM, stream.get()}) {
    REQUIRE(context.setStream(set).ok());
    for (int i = 0; i < 3; ++i) {
      std::copy(test.x.begin(), test.x.end(), x.data());
      std::fill(result.data(), result.data() + test.count(), -77.0f);
      const FakeCalls before = calls();
      sinter_tensor output{result.data(), 0, 0, nullptr, input.bytes, 0, 0};
      run(context, {&input, 1}, {&output, 1});
      CHECK(calls().uploads == before.uploads + 1);
      CHECK(calls().downloads == before.downloads + 1);
      CHECK(std::equal(test.expected.begin(), test.expected.end(),
                       result.data()));
      output = y.tensor();
      run(context, {&input, 1}, {&output, 1});
      CHECK(calls().uploads == before.uploads + 2);
      std::fill(x.data(), x.data() + test.count(), 0.0f);
      stream.finish();
      CHECK((y.values() == test.expected));
      std::fill(result.data(), result.data() + test.count(), -77.0f);
      const sinter_tensor onDevice = deviceX.tensor(test.dims);
      output = {result.data(), 0, 0, nullptr, input.bytes, 0, 0};
      run(context, {&onDevice, 1}, {&output, 1});
      CHECK(std::equal(test.expected.begin(), test.expected.end(),
                       result.data()));
    }
  }
}

TEST_CASE("the context gives outputs on the device", "[driver]") {
  const NoFaults faults;
  const DeviceRun test(5);
  DLManagedTensor *given = nullptr;
  void *data = nullptr;
  {
    auto context = makeContext(openModel());
    const sinter_tensor input = test.x.tensor(test.test.dims);
    for (int i = 0; i < 3; ++i) {
      sinter_tensor output = {};
      output.memory = SINTER_MEMORY_DEVICE;
      const FakeCalls before = calls();
      run(context, {&input, 1}, {&output, 1});
      CHECK(calls().downloads == before.downloads);
      CHECK((output.rank == 2 && output.bytes == 80));
      CHECK((!data || output.data == data));
      data = output.data;
    }
    auto tensor = context.outputToDLPack(0);
    REQUIRE(tensor.ok());
    given = *tensor;
    sinter_tensor next = {};
    next.memory = SINTER_MEMORY_DEVICE;
    run(context, {&input, 1}, {&next, 1});
    CHECK(next.data != data);
  }
  auto &managed = *reinterpret_cast<dlpack::Managed *>(given);
  CHECK(managed.tensor.data == data);
  CHECK(managed.tensor.device.type == dlpack::Cuda);
  CHECK(managed.tensor.device.number == 0);
  CHECK(std::memcmp(data, test.test.expected.data(), 80) == 0);
  auto back = sinter::tensorFromDLPack(&managed.tensor);
  REQUIRE(back.ok());
  CHECK(back->memory == SINTER_MEMORY_DEVICE);
  managed.deleter(given);
}

TEST_CASE("an input that is kept is the context's", "[driver]") {
  const NoFaults faults;
  auto context = makeContext(openModel());
  for (bool isOnDevice : {false, true, false}) {
    Rows test(isOnDevice ? 5 : 7, 11);
    const DeviceRun other(5, 11);
    sinter_tensor input{test.x.data(),    1, 2, test.dims.data(),
                        4 * test.count(), 0, 0};
    REQUIRE(context.keepInput(0, isOnDevice ? other.x.tensor(test.dims) : input)
                .ok());
    std::fill(test.x.begin(), test.x.end(), 0.0f);
    std::fill(other.x.data(), other.x.data() + 20, 0.0f);
    const FakeCalls before = calls();
    for (int i = 0; i < 3; ++i) {
      sinter_tensor output = {};
      run(context, {}, {&output, 1});
      REQUIRE(output.bytes == 4 * test.count());
      CHECK(std::memcmp(output.data, test.expected.data(), output.bytes) == 0);
    }
    CHECK(calls().uploads == before.uploads);
    CHECK(calls().moves == before.moves);
  }
}

TEST_CASE("the host has its part of tensors on the device", "[driver]") {
  const NoFaults faults;
  const Stream stream;
  const sinter::Model model = openSealed(DEVICE_HOST_LIBRARY);
  auto context = makeContext(model);
  constexpr int64_t K = 21;
  int64_t dims[] = {K};
  std::vector<float> values[4], x;
  for (int64_t i = 0; i < K; ++i) {
    x.push_back(float(i + 1));
    values[0].push_back(2 * x.back());
    values[1].push_back(-x.back());
    values[2].push_back(-2 * x.back());
    values[3].push_back(2 * x.back());
  }
  // Bits: which of x, y, z, u, v are on the device; then, whose stream it is.
  for (unsigned places = 0; places < 64; ++places) {
    CAPTURE(places);
    REQUIRE(
        context.setStream(places & 32 ? stream.get() : SINTER_OWN_STREAM).ok());
    const OnDevice deviceX(K), y(K), z(K), u(K), v(K);
    const OnDevice *const results[] = {&y, &z, &u, &v};
    std::copy(x.begin(), x.end(), deviceX.data());
    std::vector<float> host[4];
    sinter_tensor input{x.data(), 1, 1, dims, 4 * K, 0, 0}, outputs[4];
    if (places & 1)
      input = deviceX.tensor(dims);
    for (unsigned i = 0; i < 4; ++i) {
      host[i].assign(K, -77);
      outputs[i] = {host[i].data(), 0, 0, nullptr, 4 * K, 0, 0};
      if (places & 2 << i)
        outputs[i] = results[i]->tensor();
    }
    run(context, {&input, 1}, outputs);
    stream.finish();
    for (unsigned i = 0; i < 4; ++i)
      CHECK((places & 2 << i ? results[i]->values() : host[i]) == values[i]);
  }
}

TEST_CASE("memory that is not where it is said to be", "[driver]") {
  const NoFaults faults;
  auto context = makeContext(openModel());
  Rows test(5);
  const OnDevice x(20);
  auto refusal = [&](sinter_tensor input, sinter_tensor output) {
    auto ran = context.run({&input, 1}, {&output, 1});
    CHECK(ran.error().status == SINTER_STATUS_BAD_ARGUMENT);
    return std::string(ran.message());
  };
  sinter_tensor host{test.x.data(), 1, 2, test.dims.data(), 80, 0, 0};
  sinter_tensor lie = host, good = x.tensor(test.dims), none = {};
  lie.memory = SINTER_MEMORY_DEVICE;
  CHECK_THAT(refusal(lie, none),
             Contains("input 'x'") && Contains("model's GPU"));
  CHECK_THAT(refusal(good, lie), Contains("output 'y'"));
  CHECK(context.setInput(0, lie).error().status == SINTER_STATUS_BAD_ARGUMENT);
  CHECK(context.keepInput(0, lie).error().status == SINTER_STATUS_BAD_ARGUMENT);
  lie.memory = 2;
  CHECK_THAT(refusal(lie, none), Contains("no memory 2"));
  good.reserved = 1;
  CHECK_THAT(refusal(good, none), Contains("input 'x'"));
}
