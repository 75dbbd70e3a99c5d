// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the compiler would emit for twice = 2 x and y[n, p, c] = twice[n, p, c]
// + x[n, 1, c], of x[N, P, 4], on a GPU, whose driver is fake_driver.cpp:
// kernels that read through tensor maps only. The variable FAKE_MAPS of the
// environment names a fault.
#include <cstdlib>

#include "FakePlan.h"
#include "fake_driver.h"

namespace {

template <typename T> T &get(void **parameters, int index) {
  return *static_cast<T *>(parameters[index]);
}

// Parameters: x, twice, N, P, extent, map of x.
void twice(void **parameters, unsigned block, unsigned blocks) {
  const auto &x = get<FakeMap>(parameters, 5);
  const uint64_t count = 4 * get<uint64_t>(parameters, 3);
  for (uint64_t n = block; n < get<uint64_t>(parameters, 4); n += blocks)
    for (uint64_t i = 0; i < count; ++i)
      get<float *>(parameters, 1)[count * n + i] = 2 * x.at({i, n});
}

// Parameters: twice, x, y, N, P, extent, scratch of each block, map of images
// in twice, map of x from pixel 1 on.
void add(void **parameters, unsigned block, unsigned blocks) {
  const auto &image = get<FakeMap>(parameters, 7);
  const auto &pixel = get<FakeMap>(parameters, 8);
  auto *scratch = get<float *>(parameters, 6) + 16 * block;
  float *y = get<float *>(parameters, 2);
  const auto pixels = get<uint64_t>(parameters, 4);
  for (uint64_t n = block; n < get<uint64_t>(parameters, 5); n += blocks) {
    for (uint64_t c = 0; c < 4; ++c)
      scratch[c] = pixel.at({c, 0, n});
    for (uint64_t p = 0; p < pixels; ++p)
      for (uint64_t c = 0; c < 4; ++c)
        y[4 * (pixels * n + p) + c] = image.at({c, p, n}) + scratch[c];
  }
}

constexpr uint32_t none = SINTER_NONE;
enum Size : uint32_t { N, P };

sinter_tensor_map rows[] = {{0,
                             1,
                             2,
                             0,
                             0,
                             {{4, P, 0}, {1, N, 0}},
                             {{}, {16, P, 0}},
                             {32, 8},
                             {1, 1},
                             {},
                             {}}};
const sinter_tensor_map pixels[] = {{0,
                                     1,
                                     3,
                                     64,
                                     0,
                                     {{4, none, 0}, {1, P, 0}, {1, N, 0}},
                                     {{}, {16, none, 0}, {16, P, 0}},
                                     {4},
                                     {1, 2, 1},
                                     {-1},
                                     {-2}},
                                    {1,
                                     1,
                                     3,
                                     0,
                                     16,
                                     {{4, none, 0}, {1, none, 0}, {1, N, 0}},
                                     {{}, {16, none, 0}, {16, P, 0}},
                                     {4, 1, 256},
                                     {1, 1, 1},
                                     {},
                                     {}}};
const FakeImage images[] = {{FakeImage::expected, twice, 5, 1},
                            {FakeImage::expected, add, 7, 2}};
const sinter_device_kernel deviceKernels[] = {
    {&images[0], sizeof(FakeImage), 128, 0, 0, 0, rows, 1},
    {&images[1], sizeof(FakeImage), 128, 0, 0, 0, pixels, 2}};

enum Buffer : uint32_t { X, Y, OnDevice, Twice, Sum };

flow::Plan makePlan() {
  constexpr uint16_t host = SINTER_MEMORY_HOST, device = SINTER_MEMORY_DEVICE;
  flow::Plan plan;
  plan.symbols = {{plan.string("N"), SINTER_SYMBOL_INPUT, 0, 1 << 20},
                  {plan.string("P"), SINTER_SYMBOL_INPUT, 0, 1 << 20}};
  auto bytesTimes = [&](int64_t factor) {
    return plan.expr({{SINTER_SIZE_SYMBOL, 0, N},
                      {SINTER_SIZE_SYMBOL, 0, P},
                      {SINTER_SIZE_MUL, 0, 0},
                      {SINTER_SIZE_CONST, 0, 16 * factor},
                      {SINTER_SIZE_MUL, 0, 0}});
  };
  const uint32_t images = plan.linear(N), pixels = plan.linear(P);
  const uint32_t bytes = bytesTimes(1);
  const uint32_t dims = plan.list({images, pixels, plan.constant(4)});
  plan.buffers = {
      {SINTER_BUFFER_INPUT, host, 1, bytes, none, 0, 0, 0},
      {SINTER_BUFFER_OUTPUT, host, 1, bytes, none, 0, 0, 0},
      {SINTER_BUFFER_ARENA, device, 1, bytes, plan.constant(0), 0, 0, 0},
      {SINTER_BUFFER_ARENA, device, 1, bytes, bytes, 0, 0, 0},
      {SINTER_BUFFER_ARENA, device, 1, bytes, bytesTimes(2), 0, 0, 0}};
  plan.inputs = {{plan.string("x"), 1, 3, dims, X, 0}};
  plan.outputs = {{plan.string("y"), 1, 3, dims, Y, 0}};
  plan.block();
  auto launch = [&](uint32_t kernel, std::initializer_list<uint32_t> operands,
                    const char *name) -> sinter_op & {
    sinter_op &op = plan.op(SINTER_OP_DEVICE_LAUNCH, operands);
    op.kernel = kernel;
    op.results = 1;
    op.extent = images;
    op.sizes = plan.list({images, pixels});
    op.size_count = 2;
    op.text = plan.string(name);
    return op;
  };
  plan.op(SINTER_OP_COPY, {X, OnDevice}).extent = bytes;
  launch(0, {OnDevice, Twice}, "twice");
  launch(1, {Twice, OnDevice, Sum}, "add").scratch = plan.constant(16);
  plan.op(SINTER_OP_COPY, {Sum, Y}).extent = bytes;
  plan.block();
  plan.blocks[1].arena_expr = plan.constant(0);
  plan.blocks[1].device_arena_expr = bytesTimes(3);
  return plan;
}

void makeFault() {
  const char *wish = std::getenv("FAKE_MAPS");
  const std::string fault = wish ? wish : "";
  if (fault == "rank")
    rows[0].rank = 6;
  if (fault == "buffer")
    rows[0].buffer = 2;
  if (fault == "box")
    rows[0].box[0] = 3;
}

} // namespace

extern "C" __attribute__((visibility("default")))
const sinter_model_descriptor *
sinter_model_query(uint32_t) {
  static flow::FakeModel head(makePlan(), nullptr, 0, "fake device maps");
  makeFault();
  head.device_kernels = deviceKernels;
  head.device_kernel_count = 2;
  head.device = "sm_90a";
  return &head;
}
