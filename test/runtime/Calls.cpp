// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a program may ask beside a run: the log, an end of the run, DLPack.
#define CATCH_CONFIG_MAIN
#include "Sealed.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "DLPack.h"

using namespace Catch::Matchers;
namespace dlpack = sinter::runtime::dlpack;

namespace {

struct Line {
  sinter_log_level level;
  std::string text;
};

void keep(void *user, sinter_log_level level, const char *message) {
  static_cast<std::vector<Line> *>(user)->push_back({level, message});
}

/// Input x and output y of the model of fake_kernels.cpp.
struct Run {
  int64_t size;
  std::vector<float> x, y;
  explicit Run(int64_t size, float first = 7)
      : size(size), x(size_t(size), 7), y(size_t(size)) {
    x[0] = first;
  }
  sinter_status operator()(sinter::Context &context) {
    const sinter_tensor input = {x.data(), 1, 1, &size, 4 * x.size(), 0, 0};
    sinter_tensor output = {y.data(), 0, 0, nullptr, 4 * y.size(), 0, 0};
    std::fill(y.begin(), y.end(), 0);
    return context.run({&input, 1}, {&output, 1}).error().status;
  }
};

sinter_error refused(const dlpack::Tensor &tensor) {
  return sinter::tensorFromDLPack(&tensor).error();
}

} // namespace

TEST_CASE("the log tells what is done, and contexts inherit it") {
  std::vector<Line> lines;
  sinter_open_options options = {};
  options.log = keep;
  options.log_user = &lines;
  auto model = openSealed(KERNELS_LIBRARY, options);
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0].text, Contains(": opened, 0 bytes of weights"));
  auto many = model.createContext(1000);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1].level == SINTER_LOG_WARNING);
  CHECK_THAT(lines[1].text, StartsWith("1000 threads for "));
  auto context = model.createContext(1);
  Run five(5), six(6);
  for (Run *run : {&five, &five, &six})
    CHECK((*run)(*context) == SINTER_STATUS_OK);
  REQUIRE(lines.size() == 4); // nothing is new in the second run
  CHECK_THAT(lines[2].text, StartsWith("sizes: K = 5; an arena of "));
  CHECK_THAT(lines[3].text, StartsWith("sizes: K = 6; an arena of "));
  context->setLog(nullptr, nullptr);
  CHECK(five(*context) == SINTER_STATUS_OK);
  CHECK(lines.size() == 4);
  options.struct_size = 8;
  sinter_model *none = nullptr;
  CHECK(sinter_model_open_with(KERNELS_LIBRARY, &options, &none, nullptr) ==
        SINTER_STATUS_BAD_ARGUMENT);
}

TEST_CASE("a request to end is answered by one run, unless it is withdrawn") {
  auto model = openSealed(KERNELS_LIBRARY);
  auto context = model.createContext(2);
  Run run(40);
  context->cancel();
  CHECK(run(*context) == SINTER_STATUS_CANCELLED);
  CHECK(run(*context) == SINTER_STATUS_OK);
  CHECK(run.x == run.y);
  context->cancel();
  context->cancel(false);
  CHECK(run(*context) == SINTER_STATUS_OK);
  // Between two ops: the second launch is not begun.
  struct Stop {
    sinter::Context *context;
    uint32_t last = 0;
  } stop{&*context};
  context->setProfile(
      [](void *user, uint32_t op, uint64_t) {
        auto *stop = static_cast<Stop *>(user);
        stop->last = op;
        if (op == 1)
          stop->context->cancel();
      },
      &stop);
  CHECK(run(*context) == SINTER_STATUS_CANCELLED);
  CHECK(stop.last == 1);
}

TEST_CASE("a long launch ends within, when another thread asks") {
  auto model = openSealed(KERNELS_LIBRARY);
  for (uint32_t threads : {1, 2}) {
    auto context = model.createContext(threads);
    Run run(400, 5);
    REQUIRE(run(*context) == SINTER_STATUS_OK); // now it is known to be long
    CHECK(run.x == run.y);
    sinter_status status = SINTER_STATUS_OK;
    std::thread other([&] { status = run(*context); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    context->cancel();
    other.join();
    CHECK(status == SINTER_STATUS_CANCELLED);
    auto done = std::count(run.y.begin(), run.y.end(), 7.0f);
    CHECK(done < 399);
    CHECK(run(*context) == SINTER_STATUS_OK); // in pieces, with the same result
    CHECK(run.x == run.y);
  }
}

TEST_CASE("DLPack tensors come in without a copy") {
  float data[6] = {};
  int64_t shape[] = {2, 3}, dense[] = {3, 1}, turned[] = {1, 2};
  dlpack::Tensor tensor = {data,  {dlpack::Cpu, 0}, 2, {dlpack::Float, 32, 1},
                           shape, nullptr,          0};
  auto found = sinter::tensorFromDLPack(&tensor);
  REQUIRE(found.ok());
  CHECK(found->data == data);
  CHECK((found->type == 1 && found->rank == 2 && found->bytes == 24));
  CHECK(found->dims == shape);
  tensor.strides = dense;
  tensor.byteOffset = 4;
  CHECK(sinter::tensorFromDLPack(&tensor)->data == data + 1);
  tensor.strides = turned;
  CHECK(refused(tensor).status == SINTER_STATUS_SHAPE);
  shape[0] = 1; // of a dim of 1 the stride says nothing
  turned[1] = 1;
  CHECK(sinter::tensorFromDLPack(&tensor).ok());
  tensor.strides = nullptr;
  shape[1] = -1;
  CHECK(refused(tensor).status == SINTER_STATUS_SHAPE);
  shape[1] = INT64_MAX;
  CHECK(refused(tensor).status == SINTER_STATUS_SHAPE);
  shape[1] = 3;
  tensor.type = {dlpack::Float, 32, 4};
  CHECK(refused(tensor).status == SINTER_STATUS_TYPE);
  tensor.type = {dlpack::Int, 4, 1};
  CHECK(refused(tensor).status == SINTER_STATUS_TYPE);
  tensor.type = {dlpack::Float, 32, 1};
  CHECK(sinter::tensorFromDLPack(&tensor)->memory == SINTER_MEMORY_HOST);
  tensor.device.type = dlpack::CudaHost;
  CHECK(sinter::tensorFromDLPack(&tensor)->memory == SINTER_MEMORY_HOST);
  for (auto type : {dlpack::Cuda, dlpack::CudaManaged}) {
    tensor.device.type = type;
    CHECK(sinter::tensorFromDLPack(&tensor)->memory == SINTER_MEMORY_DEVICE);
  }
  tensor.device.type = 10; // ROCm
  CHECK(refused(tensor).status == SINTER_STATUS_UNSUPPORTED);
}

TEST_CASE("an output goes out as DLPack and outlives its context") {
  Run run(40);
  const sinter_tensor input = {run.x.data(), 1, 1, &run.size, 160, 0, 0};
  sinter_tensor output = {};
  DLManagedTensor *given = nullptr;
  {
    auto context = openSealed(KERNELS_LIBRARY).createContext(1);
    CHECK(!context->outputToDLPack(0).ok()); // before any run
    CHECK(run(*context) == SINTER_STATUS_OK);
    CHECK(!context->outputToDLPack(0).ok()); // it is the caller's
    REQUIRE(context->run({&input, 1}, {&output, 1}).ok());
    CHECK(!context->outputToDLPack(1).ok());
    auto tensor = context->outputToDLPack(0);
    REQUIRE(tensor.ok());
    given = *tensor;
    CHECK(context->outputToDLPack(0).error().status ==
          SINTER_STATUS_BAD_ARGUMENT);
    sinter_tensor next = {};
    REQUIRE(context->run({&input, 1}, {&next, 1}).ok());
    CHECK(next.data != output.data);
  }
  auto *managed = reinterpret_cast<dlpack::Managed *>(given);
  CHECK(managed->tensor.data == output.data);
  auto found = sinter::tensorFromDLPack(&managed->tensor);
  REQUIRE(found.ok());
  CHECK((found->rank == 1 && found->dims[0] == 40));
  CHECK(std::memcmp(found->data, run.x.data(), found->bytes) == 0);
  managed->deleter(given);
}

TEST_CASE("a model without a GPU has neither its memory nor a stream") {
  auto context = openSealed(KERNELS_LIBRARY).createContext(1);
  Run run(40);
  sinter_tensor input = {run.x.data(), 1, 1, &run.size, 160, 0, 0}, output = {};
  input.memory = SINTER_MEMORY_DEVICE;
  auto ran = context->run({&input, 1}, {&output, 1});
  CHECK(ran.error().status == SINTER_STATUS_BAD_ARGUMENT);
  CHECK_THAT(ran.message(), Contains("the model is not for one"));
  input.memory = SINTER_MEMORY_HOST;
  output.memory = SINTER_MEMORY_DEVICE;
  CHECK(context->run({&input, 1}, {&output, 1}).error().status ==
        SINTER_STATUS_BAD_ARGUMENT);
  CHECK(context->setStream(SINTER_OWN_STREAM).error().status ==
        SINTER_STATUS_BAD_ARGUMENT);
  // What is kept is a copy here too.
  REQUIRE(context->keepInput(0, input).ok());
  const std::vector<float> kept = run.x;
  std::fill(run.x.begin(), run.x.end(), 0.0f);
  output = {};
  REQUIRE(context->run({}, {&output, 1}).ok());
  CHECK(std::memcmp(output.data, kept.data(), 160) == 0);
}
