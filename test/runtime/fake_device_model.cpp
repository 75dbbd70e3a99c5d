// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the compiler would emit for y[N, 4] = x[N, 4] * (2 * w[4]) + x on a GPU,
// whose driver is fake_driver.cpp. seal.cpp adds checksums, weights and
// trailer.
#include <cstddef>

#include "fake_driver.h"
#include "sinter/abi.h"

namespace {

template <typename T> T get(void **parameters, unsigned index) {
  return *static_cast<T *>(parameters[index]);
}

// Parameters: w, result, count, extent.
void twice(void **parameters, unsigned block, unsigned) {
  if (block == 0)
    for (int64_t i = 0; i < get<int64_t>(parameters, 2); ++i)
      get<float *>(parameters, 1)[i] = 2 * get<float *>(parameters, 0)[i];
}

// Parameters: x, w, result, extent, scratch of each block.
void multiply(void **parameters, unsigned block, unsigned blocks) {
  auto *scratch = get<float *>(parameters, 4) + 16 * block;
  for (int64_t row = block; row < get<int64_t>(parameters, 3); row += blocks)
    for (int64_t j = 0; j < 4; ++j) {
      scratch[j] = get<float *>(parameters, 0)[4 * row + j] *
                   get<float *>(parameters, 1)[j];
      get<float *>(parameters, 2)[4 * row + j] = scratch[j];
    }
}

// Parameters: a, b, sum, extent.
void add(void **parameters, unsigned block, unsigned blocks) {
  for (int64_t i = block; i < get<int64_t>(parameters, 3); i += blocks)
    get<float *>(parameters, 2)[i] =
        get<float *>(parameters, 0)[i] + get<float *>(parameters, 1)[i];
}

enum Expr : uint32_t { N, Four, Bytes, RowBytes, Zero, Elements, Twice, Exprs };
enum Buffer : uint32_t { X, Y, W, W2, OnDevice, Product, Sum, Buffers };
enum Text : uint32_t {
  NameX = 1,
  NameY = 3,
  NameN = 5,
  NameMultiply = 7,
  NameAdd = 16
};
constexpr uint16_t host = SINTER_MEMORY_HOST, device = SINTER_MEMORY_DEVICE;
constexpr uint32_t none = SINTER_NONE;

constexpr sinter_op launch(uint32_t kernel, uint32_t buffers, uint32_t count,
                           uint32_t extent) {
  return {SINTER_OP_DEVICE_LAUNCH,
          kernel,
          buffers,
          count,
          0,
          0,
          extent,
          none,
          0,
          1,
          1,
          0,
          0,
          {none, none}};
}
constexpr sinter_op copy(uint32_t buffers) {
  return {SINTER_OP_COPY, 0, buffers, 2, 0, 0, Bytes,
          none,           0, 0,       1, 0, 0, {none, none}};
}
constexpr sinter_op withSize(sinter_op op, uint32_t size) {
  op.sizes = size;
  op.size_count = 1;
  return op;
}
constexpr sinter_op withName(sinter_op op, uint32_t name) {
  op.text = name;
  return op;
}
constexpr sinter_op withScratch(sinter_op op, uint32_t scratch) {
  op.scratch = scratch;
  return op;
}

struct Plan {
  sinter_plan head;
  sinter_size_step steps[12];
  sinter_size_expr exprs[Exprs];
  sinter_symbol symbols[1];
  sinter_value_info inputs[1], outputs[1];
  sinter_buffer buffers[Buffers];
  sinter_op ops[5];
  sinter_block blocks[2];
  alignas(8) uint32_t indices[16];
  alignas(8) char text[24];
};

#define TABLE(field, number) {offsetof(Plan, field), number}
constexpr Plan plan = {
    {SINTER_PLAN_MAGIC,
     SINTER_ABI_VERSION,
     sizeof(sinter_plan),
     16,
     TABLE(text, 24),
     TABLE(indices, 16),
     TABLE(steps, 12),
     TABLE(exprs, Exprs),
     TABLE(symbols, 1),
     TABLE(inputs, 1),
     TABLE(outputs, 1),
     TABLE(buffers, Buffers),
     TABLE(ops, 5),
     TABLE(blocks, 2),
     {}},
    {{SINTER_SIZE_SYMBOL, 0, 0}, // N * 16
     {SINTER_SIZE_CONST, 0, 16},
     {SINTER_SIZE_MUL, 0, 0},
     {SINTER_SIZE_CONST, 0, 4},
     {SINTER_SIZE_CONST, 0, 0},
     {SINTER_SIZE_SYMBOL, 0, 0}, // N * 4
     {SINTER_SIZE_CONST, 0, 4},
     {SINTER_SIZE_MUL, 0, 0},
     {SINTER_SIZE_SYMBOL, 0, 0}, // N * 32
     {SINTER_SIZE_CONST, 0, 32},
     {SINTER_SIZE_MUL, 0, 0},
     {SINTER_SIZE_CONST, 0, 0}},
    {{0, 1}, {3, 1}, {0, 3}, {1, 1}, {4, 1}, {5, 3}, {8, 3}},
    {{NameN, SINTER_SYMBOL_INPUT, 0, 1 << 20}},
    {{NameX, 1, 2, 0, X, 0}},
    {{NameY, 1, 2, 0, Y, 0}},
    {{SINTER_BUFFER_INPUT, host, 1, Bytes, none, 2, 0, 0},
     {SINTER_BUFFER_OUTPUT, host, 1, Bytes, none, 2, 0, 0},
     {SINTER_BUFFER_WEIGHT, device, 1, RowBytes, none, 1, 1, 64},
     {SINTER_BUFFER_MODEL, device, 1, RowBytes, none, 1, 1, 0},
     {SINTER_BUFFER_ARENA, device, 1, Bytes, Zero, 2, 0, 0},
     {SINTER_BUFFER_ARENA, device, 1, Bytes, Bytes, 2, 0, 0},
     {SINTER_BUFFER_ARENA, device, 1, Bytes, Bytes, 2, 0, 0}},
    {withSize(launch(0, 2, 2, Four), 1), copy(4),
     withName(withScratch(launch(1, 6, 3, N), RowBytes), NameMultiply),
     withName(launch(2, 9, 3, Elements), NameAdd), copy(12)},
    {{0, 1, none, none}, {1, 4, none, Twice}},
    {N, Four, W, W2, X, OnDevice, OnDevice, W2, Product, OnDevice, Product, Sum,
     Sum, Y, 0, 0},
    "\0x\0y\0N\0multiply\0add"};

const FakeImage images[] = {{FakeImage::expected, twice, 4, 0},
                            {FakeImage::expected, multiply, 5, 0},
                            {FakeImage::expected, add, 4, 0}};
const sinter_device_kernel kernels[] = {
    {&images[0], sizeof(FakeImage), 128, 0, 0, 0, nullptr, 0},
    {&images[1], sizeof(FakeImage), 128, 64 * 1024, 3, 0, nullptr, 0},
    {&images[2], sizeof(FakeImage), 128, 0, 0, 0, nullptr, 0}};
const char *const features[] = {nullptr};

// volatile: seal.cpp fills in the checksum of the plan.
volatile const sinter_model_descriptor descriptor = {
    SINTER_MODEL_MAGIC,
    SINTER_ABI_VERSION,
    sizeof(sinter_model_descriptor),
    &plan,
    sizeof(plan),
    0,
    0,
    80,
    nullptr,
    0,
    "fake 1",
    features,
    nullptr,
    kernels,
    3,
    "sm_90a"};

} // namespace

extern "C" __attribute__((visibility("default")))
const sinter_model_descriptor *
sinter_model_query(uint32_t) {
  return const_cast<const sinter_model_descriptor *>(&descriptor);
}
