// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the compiler would emit for y[K] = 2 x, z[K] = -x, u[K] = 2 z and v = y
// with z on the host, v by way of the host, and the rest on a GPU, whose driver
// is fake_driver.cpp.
#include "FakePlan.h"
#include "fake_driver.h"

namespace {

// Parameters: a, b, sum, extent.
void add(void **parameters, unsigned block, unsigned blocks) {
  auto at = [&](int index) {
    return *static_cast<float **>(parameters[index]);
  };
  for (int64_t i = block; i < *static_cast<int64_t *>(parameters[3]);
       i += blocks)
    at(2)[i] = at(0)[i] + at(1)[i];
}

int32_t negate(void *const *buffers, const int64_t *, void *, int64_t begin,
               int64_t end) {
  for (int64_t i = begin; i < end; ++i)
    static_cast<float *>(buffers[1])[i] =
        -static_cast<const float *>(buffers[0])[i];
  return 0;
}

const sinter_kernel kernels[] = {negate};
const FakeImage image = {FakeImage::expected, add, 4, 0};
const sinter_device_kernel deviceKernels[] = {
    {&image, sizeof(image), 128, 0, 0, 0, nullptr, 0}};

enum Buffer : uint32_t { X, Y, Z, U, V, OnDevice, Twice, Negated, Sum, OnHost };

flow::Plan makePlan() {
  constexpr uint32_t K = 0, none = SINTER_NONE;
  constexpr uint16_t host = SINTER_MEMORY_HOST, device = SINTER_MEMORY_DEVICE;
  flow::Plan plan;
  plan.symbols = {{plan.string("K"), SINTER_SYMBOL_INPUT, 0, 1 << 20}};
  const uint32_t size = plan.linear(K), bytes = plan.linear(K, 0, 4);
  const uint32_t dims = plan.list({size});
  auto arena = [&](int64_t slot) {
    return sinter_buffer{SINTER_BUFFER_ARENA,          device, 1, bytes,
                         plan.linear(K, 16, 4 * slot), 0,      0, 0};
  };
  plan.buffers = {
      {SINTER_BUFFER_INPUT, host, 1, bytes, none, 0, 0, 0},
      {SINTER_BUFFER_OUTPUT, host, 1, bytes, none, 0, 0, 0},
      {SINTER_BUFFER_OUTPUT, host, 1, bytes, none, 0, 0, 1},
      {SINTER_BUFFER_OUTPUT, host, 1, bytes, none, 0, 0, 2},
      {SINTER_BUFFER_OUTPUT, host, 1, bytes, none, 0, 0, 3},
      arena(0),
      arena(1),
      arena(2),
      arena(3),
      {SINTER_BUFFER_ARENA, host, 1, bytes, plan.constant(0), 0, 0, 0}};
  plan.inputs = {{plan.string("x"), 1, 1, dims, X, 0}};
  plan.outputs = {{plan.string("y"), 1, 1, dims, Y, 0},
                  {plan.string("z"), 1, 1, dims, Z, 0},
                  {plan.string("u"), 1, 1, dims, U, 0},
                  {plan.string("v"), 1, 1, dims, V, 0}};
  plan.block();
  auto copy = [&](uint32_t from, uint32_t to) {
    plan.op(SINTER_OP_COPY, {from, to}).extent = bytes;
  };
  auto addOnDevice = [&](uint32_t from, uint32_t to) {
    sinter_op &op = plan.op(SINTER_OP_DEVICE_LAUNCH, {from, from, to});
    op.results = 1;
    op.extent = size;
  };
  copy(X, OnDevice);
  addOnDevice(OnDevice, Twice);
  plan.launch(0, {X, Z}, 1, size, size);
  copy(Z, Negated);
  addOnDevice(Negated, Sum);
  copy(Twice, OnHost);
  copy(OnHost, V);
  copy(Twice, Y);
  copy(Sum, U);
  plan.block();
  plan.blocks[1].arena_expr = bytes;
  plan.blocks[1].device_arena_expr = plan.linear(K, 16, 16);
  return plan;
}

} // namespace

extern "C" __attribute__((visibility("default")))
const sinter_model_descriptor *
sinter_model_query(uint32_t) {
  static flow::FakeModel head(makePlan(), kernels, 1, "fake device and host");
  head.device_kernels = deviceKernels;
  head.device_kernel_count = 1;
  head.device = "sm_90a";
  return &head;
}
