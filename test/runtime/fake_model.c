// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the compiler would emit for y[N,4] = (a[N,4] + b[M,4]) * (2 * w[4]) with
// N == M checked at run time. seal.cpp adds checksums, weights and trailer.
#include <stddef.h>

#include "sinter/abi.h"

static int32_t twice(void *const *buffers, const int64_t *sizes, void *scratch,
                     int64_t begin, int64_t end) {
  const float *w = buffers[0];
  float *result = buffers[1];
  for (int64_t i = begin; i < end; ++i)
    result[i] = 2 * w[i];
  return 0;
}

static int32_t add(void *const *buffers, const int64_t *sizes, void *scratch,
                   int64_t begin, int64_t end) {
  const float *a = buffers[0], *b = buffers[1];
  float *sum = buffers[2], *row = scratch;
  for (int64_t i = begin; i < end; ++i) {
    for (int64_t j = 0; j < sizes[0]; ++j)
      row[j] = a[4 * i + j] + b[4 * i + j];
    for (int64_t j = 0; j < sizes[0]; ++j)
      sum[4 * i + j] = row[j];
  }
  return 0;
}

static int32_t multiply(void *const *buffers, const int64_t *sizes,
                        void *scratch, int64_t begin, int64_t end) {
  const float *sum = buffers[0], *w = buffers[1];
  float *y = buffers[2];
  for (int64_t i = begin; i < end; ++i) {
    if (sum[4 * i] == 666)
      return 7;
    for (int64_t j = 0; j < 4; ++j)
      y[4 * i + j] = sum[4 * i + j] * w[j];
  }
  return 0;
}

enum { N, M, FOUR, N_BYTES, M_BYTES, W_BYTES, ZERO, EXPRS };
enum { A, B, Y, W, W2, SUM, BUFFERS };
enum { NAME_A = 1, NAME_B = 3, NAME_Y = 5, NAME_N = 7, NAME_M = 9, GUARD = 11 };

static const struct {
  sinter_plan head;
  sinter_size_step steps[11];
  sinter_size_expr exprs[EXPRS];
  sinter_symbol symbols[2];
  sinter_value_info inputs[2], outputs[1];
  sinter_buffer buffers[BUFFERS];
  sinter_op ops[4];
  sinter_block blocks[2];
  _Alignas(8) uint32_t indices[17];
  _Alignas(8) char text[48];
} plan;

#define TABLE(field, number) {offsetof(__typeof__(plan), field), number}
static const __typeof__(plan) plan = {
    .head = {.magic = SINTER_PLAN_MAGIC,
             .version = SINTER_ABI_VERSION,
             .struct_size = sizeof(sinter_plan),
             .model_bytes = 16,
             .text = TABLE(text, 48),
             .indices = TABLE(indices, 17),
             .steps = TABLE(steps, 11),
             .exprs = TABLE(exprs, EXPRS),
             .symbols = TABLE(symbols, 2),
             .inputs = TABLE(inputs, 2),
             .outputs = TABLE(outputs, 1),
             .buffers = TABLE(buffers, BUFFERS),
             .ops = TABLE(ops, 4),
             .blocks = TABLE(blocks, 2)},
    .steps = {{SINTER_SIZE_SYMBOL, 0, 0}, // N * 16
              {SINTER_SIZE_CONST, 0, 16},
              {SINTER_SIZE_MUL, 0, 0},
              {SINTER_SIZE_SYMBOL, 0, 1}, // M * 16
              {SINTER_SIZE_CONST, 0, 16},
              {SINTER_SIZE_MUL, 0, 0},
              {SINTER_SIZE_CONST, 0, 4},
              {SINTER_SIZE_CONST, 0, 0}},
    .exprs = {[N] = {0, 1},
              [M] = {3, 1},
              [FOUR] = {6, 1},
              [N_BYTES] = {0, 3},
              [M_BYTES] = {3, 3},
              [W_BYTES] = {1, 1},
              [ZERO] = {7, 1}},
    .symbols = {{NAME_N, 0, 0, 1 << 20}, {NAME_M, 0, 0, INT64_MAX}},
    .inputs = {{NAME_A, 1, 2, 0, A, 0}, {NAME_B, 1, 2, 2, B, 0}},
    .outputs = {{NAME_Y, 1, 2, 0, Y, 0}},
    .buffers =
        {[A] = {SINTER_BUFFER_INPUT, 0, 1, N_BYTES, SINTER_NONE, 2, 0, 0},
         [B] = {SINTER_BUFFER_INPUT, 0, 1, M_BYTES, SINTER_NONE, 2, 2, 1},
         [Y] = {SINTER_BUFFER_OUTPUT, 0, 1, N_BYTES, SINTER_NONE, 2, 0, 0},
         [W] = {SINTER_BUFFER_WEIGHT, 0, 1, W_BYTES, SINTER_NONE, 1, 1, 64},
         [W2] = {SINTER_BUFFER_MODEL, 0, 1, W_BYTES, SINTER_NONE, 1, 1, 0},
         [SUM] = {SINTER_BUFFER_ARENA, 0, 1, N_BYTES, ZERO, 2, 0, 0}},
    .ops = {{SINTER_OP_LAUNCH, 0, 4, 2, 0, 0, FOUR, SINTER_NONE, 0, 1, 1},
            {SINTER_OP_GUARD, 0, 0, 0, 6, 2, SINTER_NONE, SINTER_NONE, GUARD, 0,
             1},
            {SINTER_OP_LAUNCH, 1, 8, 3, 1, 1, N, W_BYTES, 0, 1, 2},
            {SINTER_OP_LAUNCH, 2, 11, 3, 0, 0, N, SINTER_NONE, 0, 1, 3}},
    .blocks = {{0, 1, SINTER_NONE, 0}, {1, 3, N_BYTES, 0}},
    .indices = {N, FOUR, M, FOUR, W, W2, N, M, A, B, SUM, SUM, W2, Y},
    .text = "\0a\0b\0y\0N\0M\0a and b differ in rows"};

static const sinter_kernel kernels[] = {twice, add, multiply};
static const char *const features[] = {
#ifdef __x86_64__
    "sse2",
#endif
    NULL};

// volatile: seal.cpp fills in the checksum of the plan.
static volatile const sinter_model_descriptor descriptor = {
    .magic = SINTER_MODEL_MAGIC,
    .abi_version = SINTER_ABI_VERSION,
    .struct_size = sizeof(sinter_model_descriptor),
    .plan = &plan,
    .plan_length = sizeof(plan),
    .weights_length = 80,
    .kernels = kernels,
    .kernel_count = 3,
    .compiler_version = "fake 1",
    .cpu_features = features};

__attribute__((visibility("default"))) const sinter_model_descriptor *
sinter_model_query(uint32_t max_version) {
  return max_version >= SINTER_ABI_VERSION
             ? (const sinter_model_descriptor *)&descriptor
             : NULL;
}
