// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// y[K] = x[K] by way of a buffer in the arena and one of a slab. Element 0 of x
// says what goes wrong on the way: 1 writes past the arena's buffer, 2 before
// it, 3 past the slab's, 4 past the output; 5 takes a millisecond an element.
#include "FakePlan.h"

#include <chrono>
#include <thread>

namespace {

float *at(void *const *buffers, int index) {
  return static_cast<float *>(buffers[index]);
}

/// Over one iteration; sizes[0] is K and sizes[1] the fault that is this op's.
int32_t copyWhole(void *const *buffers, const int64_t *sizes, void *, int64_t,
                  int64_t) {
  const float *from = at(buffers, 0);
  float *to = at(buffers, 1);
  // Buffers end at multiples of 64 bytes, with 16 elements in each.
  const int64_t end = (sizes[0] + 15) / 16 * 16;
  for (int64_t i = 0; i < sizes[0]; ++i)
    to[i] = from[i];
  if (from[0] == float(sizes[1]))
    to[end] = 1;
  if (from[0] == 2 && sizes[1] == 1)
    to[-1024] = 1;
  return 0;
}

int32_t copySlowly(void *const *buffers, const int64_t *, void *, int64_t begin,
                   int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    if (at(buffers, 0)[0] == 5)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    at(buffers, 1)[i] = at(buffers, 0)[i];
  }
  return 0;
}

const sinter_kernel kernels[] = {copyWhole, copySlowly};

enum Buffer : uint32_t { X, Y, InArena, InSlab };

flow::Plan makePlan() {
  constexpr uint32_t K = 0, none = SINTER_NONE;
  flow::Plan plan;
  plan.symbols = {{plan.string("K"), SINTER_SYMBOL_INPUT, 0, 1 << 20},
                  {plan.string("R"), SINTER_SYMBOL_RUN, 0, 1 << 20}};
  const uint32_t size = plan.linear(K), bytes = plan.linear(K, 0, 4);
  plan.buffers = {
      {SINTER_BUFFER_INPUT, SINTER_MEMORY_HOST, 1, bytes, none, 0, 0, 0},
      {SINTER_BUFFER_OUTPUT, SINTER_MEMORY_HOST, 1, bytes, none, 0, 0, 0},
      {SINTER_BUFFER_ARENA, SINTER_MEMORY_HOST, 1, bytes, plan.constant(0), 0,
       0, 0},
      {SINTER_BUFFER_DYNAMIC, SINTER_MEMORY_HOST, 1, plan.linear(1, 0, 4), none,
       0, 0, 0}};
  plan.inputs = {{plan.string("x"), 1, 1, plan.list({size}), X, 0}};
  plan.outputs = {{plan.string("y"), 1, 1, plan.list({size}), Y, 0}};
  plan.block();
  auto copy = [&](std::initializer_list<uint32_t> buffers, int64_t fault) {
    sinter_op &op = plan.op(SINTER_OP_LAUNCH, buffers);
    op.results = 1;
    op.extent = plan.constant(1);
    op.sizes = plan.list({size, plan.constant(fault)});
    op.size_count = 2;
  };
  plan.bind(1, size);
  copy({X, InArena}, 1);
  copy({InArena, InSlab}, 3);
  plan.launch(1, {InSlab, Y}, 1, size, size);
  copy({InSlab, Y}, 4);
  plan.block();
  plan.blocks[1].arena_expr = bytes;
  return plan;
}

} // namespace

extern "C" __attribute__((visibility("default")))
const sinter_model_descriptor *
sinter_model_query(uint32_t) {
  static const flow::FakeModel head(makePlan(), kernels, 2, "fake kernels");
  return &head;
}
