// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensor maps: what they say in a launch, the model of fake_device_maps.cpp,
// and those that are refused.
#include "FakeGpu.h"
#include "Sealed.h"

#include <functional>

#include "DeviceKernels.h"
#include "cuda/TensorMaps.h"

using namespace Catch::Matchers;
using namespace sinter::runtime;

namespace {

constexpr uint32_t none = SINTER_NONE;

/// Images of 16-bit channels: sizes are channels, width and their number.
sinter_tensor_map makeMap() {
  return {1,
          16,
          3,
          128,
          32,
          {{1, 0, 0}, {1, 1, 0}, {3, 2, 0}},
          {{}, {2, 0, 0}, {1 << 20, none, 0}},
          {64},
          {1, 2, 1},
          {-1},
          {-2}};
}

/// What evaluation says; "" if it is done.
std::string evaluateIn(const sinter_tensor_map &map, std::vector<int64_t> sizes,
                       uintptr_t memory, cuda::MapValues &values) {
  void *const buffers[] = {nullptr, reinterpret_cast<void *>(memory)};
  DeviceLaunch launch;
  launch.name = "conv";
  launch.buffers = buffers;
  launch.sizes = sizes;
  sinter_error error = {};
  sinter_status status = cuda::evaluate(map, launch, values, &error);
  CHECK(status == error.status);
  if (status)
    CHECK_THAT(error.message, Contains("kernel 'conv'"));
  return error.message;
}

std::string evaluateIn(const sinter_tensor_map &map,
                       std::vector<int64_t> sizes) {
  cuda::MapValues values;
  return evaluateIn(map, std::move(sizes), 4096, values);
}

/// What loading a model says of the map.
std::string check(const sinter_tensor_map &map) {
  const sinter_tensor_map maps[] = {makeMap(), map};
  const sinter_device_kernel kernels[] = {{},
                                          {nullptr, 0, 0, 0, 0, 0, maps, 2}};
  sinter_model_descriptor model = {};
  model.device_kernels = kernels;
  model.device_kernel_count = 2;
  sinter_error error = {};
  sinter_status status = checkDeviceKernels(model, "m.so", &error);
  CHECK(status == (error.message[0] ? SINTER_STATUS_BAD_MODEL : 0));
  return error.message;
}

std::vector<FakeMap> &encoded() {
  return *find<std::vector<FakeMap> *()>("fakeMaps")();
}

/// Images for the model, and what it makes of them.
struct Images {
  std::vector<int64_t> dims;
  std::vector<float> x, expected;
  Images(int64_t images, int64_t pixels) : dims{images, pixels, 4} {
    for (int64_t i = 0; i < 4 * images * pixels; ++i)
      x.push_back(float(i % 1000 + 1));
    for (int64_t i = 0; i < 4 * images * pixels; ++i) {
      const int64_t image = i / (4 * pixels) * 4 * pixels;
      expected.push_back(2 * x[size_t(i)] + x[size_t(image + 4 + i % 4)]);
    }
  }
  auto operator()(sinter::Context &context, sinter_tensor &output) const {
    const sinter_tensor input{
        const_cast<float *>(x.data()), 1, 3, dims.data(), 4 * x.size(), 0, 0};
    return context.run({&input, 1}, {&output, 1});
  }
  void runAndCheck(sinter::Context &context) const {
    std::vector<float> y(x.size(), -77);
    sinter_tensor output{y.data(), 0, 0, nullptr, 4 * y.size(), 0, 0};
    auto ran = (*this)(context, output);
    INFO(ran.message());
    REQUIRE(ran.ok());
    CHECK(y == expected);
  }
};

} // namespace

TEST_CASE("a tensor map takes its numbers from a launch", "[driver]") {
  cuda::MapValues values;
  REQUIRE(evaluateIn(makeMap(), {8, 56, 5}, 4096, values) == "");
  CHECK(values.memory == 4096 + 32);
  CHECK(values.dims[0] == 8);
  CHECK(values.dims[1] == 56);
  CHECK(values.dims[2] == 15);
  CHECK(values.strides[0] == 16);
  CHECK(values.strides[1] == 1 << 20);
}

TEST_CASE("what no tensor map has ends a launch", "[driver]") {
  const int64_t most = int64_t(1) << 32;
  CHECK(evaluateIn(makeMap(), {8, most, 1}) == "");
  for (int64_t dim : {int64_t(0), int64_t(-1), most + 1, INT64_MAX})
    CHECK_THAT(evaluateIn(makeMap(), {8, dim, 1}),
               Contains("a dim of " + std::to_string(dim) + ","));
  CHECK_THAT(evaluateIn(makeMap(), {8, 1, INT64_MAX}),
             Contains("exceeds 64 bits"));
  sinter_tensor_map map = makeMap();
  auto &stride = map.strides[2].factor;
  for (int64_t good : {int64_t(16), int64_t(48), (int64_t(1) << 40) - 16}) {
    stride = good;
    CHECK(evaluateIn(map, {8, 1, 1}) == "");
  }
  for (int64_t bad :
       {int64_t(0), int64_t(-16), int64_t(8), int64_t(24), int64_t(1) << 40}) {
    stride = bad;
    CHECK_THAT(evaluateIn(map, {8, 1, 1}),
               Contains("a stride of " + std::to_string(bad) + " bytes"));
  }
  map.strides[2] = {INT64_MAX, 1, 0};
  CHECK_THAT(evaluateIn(map, {8, 2, 1}), Contains("exceeds 64 bits"));
  // The stride of dim 0 is not read.
  map = makeMap();
  map.strides[0] = {7, 99, 0};
  CHECK(evaluateIn(map, {8, 1, 1}) == "");
  for (int64_t offset : {2, 8, 24}) {
    map.offset = offset;
    CHECK_THAT(evaluateIn(map, {8, 1, 1}), Contains("multiple of 16 bytes"));
    cuda::MapValues values;
    CHECK(evaluateIn(map, {8, 1, 1}, 4096 - uintptr_t(offset), values) == "");
  }
}

TEST_CASE("models with wrong tensor maps are refused", "[driver]") {
  using Map = sinter_tensor_map;
  auto refused = [](const std::function<void(Map &)> &change) {
    Map map = makeMap();
    change(map);
    CHECK_THAT(check(map), StartsWith("m.so: tensor map 1 of its kernel 1 "));
  };
  auto accepted = [](const std::function<void(Map &)> &change) {
    Map map = makeMap();
    change(map);
    CHECK(check(map) == "");
  };
  accepted([](Map &) {});
  for (uint32_t rank : {0u, 1u, 2u, 6u, UINT32_MAX})
    refused([=](Map &map) { map.rank = rank; });
  accepted([](Map &map) { map.pixels = 1024; });
  for (uint32_t pixels : {1025u, UINT32_MAX})
    refused([=](Map &map) { map.pixels = pixels; });
  for (uint32_t type : {0u, 2u, 11u, UINT32_MAX})
    refused([=](Map &map) { map.type = type; });
  for (uint32_t type : {1u, 10u})
    accepted([=](Map &map) { map.type = type; });
  refused([](Map &map) { map.offset = -16; });
  for (uint32_t box : {0u, 257u, UINT32_MAX}) {
    refused([=](Map &map) { map.box[0] = box; });
    accepted([=](Map &map) { map.box[1] = box; }); // of images: not read
  }
  for (uint32_t step : {0u, 9u, UINT32_MAX}) {
    refused([=](Map &map) { map.steps[2] = step; });
    accepted([=](Map &map) { map.steps[3] = step; }); // past the rank
  }
  // Boxes.
  auto asBox = [](Map &map) {
    map.rank = 2;
    map.pixels = 0;
    map.box[1] = 256;
  };
  accepted(asBox);
  for (uint32_t rank : {1u, 6u})
    refused([&](Map &map) { asBox(map), map.rank = rank; });
  for (uint32_t box : {0u, 257u})
    refused([&](Map &map) { asBox(map), map.box[1] = box; });
}

TEST_CASE("lists of tensor maps that are none are refused", "[driver]") {
  const std::vector<sinter_tensor_map> maps(SINTER_MAP_COUNT + 1, makeMap());
  sinter_device_kernel kernel = {};
  sinter_model_descriptor model = {};
  model.device_kernels = &kernel;
  model.device_kernel_count = 1;
  sinter_error error = {};
  auto checkList = [&](const sinter_tensor_map *list, uint64_t count) {
    kernel.maps = list;
    kernel.map_count = count;
    return checkDeviceKernels(model, "m.so", &error);
  };
  CHECK(checkList(nullptr, 0) == SINTER_STATUS_OK);
  CHECK(checkList(maps.data(), SINTER_MAP_COUNT) == SINTER_STATUS_OK);
  CHECK(checkList(nullptr, 1) == SINTER_STATUS_BAD_MODEL);
  CHECK_THAT(error.message,
             StartsWith("m.so: the tensor maps of its kernel 0"));
  CHECK(checkList(maps.data(), SINTER_MAP_COUNT + 1) ==
        SINTER_STATUS_BAD_MODEL);
  CHECK(checkList(maps.data(), UINT64_MAX) == SINTER_STATUS_BAD_MODEL);
}

TEST_CASE("launches have what tensor maps name", "[driver]") {
  sinter_tensor_map map = makeMap();
  const sinter_device_kernel kernel = {nullptr, 0, 0, 0, 0, 0, &map, 1};
  sinter_op launch = {};
  launch.buffer_count = 2;
  launch.size_count = 3;
  CHECK(hasOperandsOfMaps(launch, kernel));
  launch.buffer_count = 1;
  CHECK_FALSE(hasOperandsOfMaps(launch, kernel));
  launch.buffer_count = 2;
  launch.size_count = 2;
  CHECK_FALSE(hasOperandsOfMaps(launch, kernel));
  map.dims[2].size = none;
  CHECK(hasOperandsOfMaps(launch, kernel));
  map.strides[2].size = 2;
  CHECK_FALSE(hasOperandsOfMaps(launch, kernel));
  map.strides[2].size = none - 1;
  CHECK_FALSE(hasOperandsOfMaps(launch, kernel));
  map.strides[2].size = none;
  map.strides[0].size = map.dims[3].size = 99; // not read
  CHECK(hasOperandsOfMaps(launch, kernel));
}

TEST_CASE("kernels read through tensor maps", "[driver]") {
  const NoFaults faults;
  auto context = makeContext(openSealed(DEVICE_MAPS_LIBRARY));
  const size_t before = encoded().size();
  const FakeCalls callsBefore = calls();
  for (int i = 0; i < 3; ++i)
    Images(5, 3).runAndCheck(context);
  CHECK(calls().recordings == callsBefore.recordings + 1);
  CHECK(encoded().size() == before + 6); // of two runs; the third is repeated
  Images(300, 2).runAndCheck(context);
  Images(5, 7).runAndCheck(context);
  REQUIRE(encoded().size() == before + 12);
  const FakeMap *last = &encoded()[before + 9];
  CHECK((last[0].type == 11 && last[0].rank == 2 && last[0].pixels == 0));
  CHECK((last[0].dims[0] == 28 && last[0].dims[1] == 5));
  CHECK(last[0].strides[0] == 112);
  CHECK((last[0].box[0] == 32 && last[0].box[1] == 8));
  CHECK((last[1].rank == 3 && last[1].pixels == 64 && last[1].box[0] == 4));
  CHECK((last[1].lower[0] == -1 && last[1].upper[0] == -2));
  CHECK((last[1].steps[0] == 1 && last[1].steps[1] == 2));
  CHECK(last[2].memory == last[0].memory + 16);
  CHECK((last[2].box[2] == 256 && last[2].steps[2] == 1));
}

TEST_CASE("a matrix may have no elements, an image may not", "[driver]") {
  const NoFaults faults;
  auto context = makeContext(openSealed(DEVICE_MAPS_LIBRARY));
  sinter_tensor output = {};
  auto ran = Images(5, 0)(context, output);
  CHECK(ran.error().status == SINTER_STATUS_SHAPE);
  CHECK_THAT(ran.message(), Contains("kernel 'add'") && Contains("of 0,"));
  Images(5, 3).runAndCheck(context);
  Images(0, 3).runAndCheck(context); // launches nothing
}

TEST_CASE("a model with a wrong tensor map does not run", "[driver]") {
  auto open = [](const char *fault) {
    setenv("FAKE_MAPS", fault, 1);
    auto model = tryOpenSealed(DEVICE_MAPS_LIBRARY);
    unsetenv("FAKE_MAPS");
    return model;
  };
  auto rank = open("rank"), buffer = open("buffer"), box = open("box");
  REQUIRE_FALSE(rank.ok());
  CHECK(rank.error().status == SINTER_STATUS_BAD_MODEL);
  CHECK_THAT(rank.message(), Contains("tensor map 0 of its kernel 0"));
  REQUIRE_FALSE(buffer.ok());
  CHECK(buffer.error().status == SINTER_STATUS_BAD_MODEL);
  CHECK_THAT(buffer.message(), Contains("entry 1 of the plan's table 'ops'"));
  // What only the driver knows.
  REQUIRE(box.ok());
  auto context = makeContext(*box);
  sinter_tensor output = {};
  auto ran = Images(5, 3)(context, output);
  CHECK(ran.error().status == SINTER_STATUS_DEVICE);
  CHECK_THAT(ran.message(), Contains("kernel 'twice': a tensor map: the GPU "
                                     "reports: invalid"));
}
