// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The softmax of an attention, a tile of scores at a time. Tiles are laid out
// as WarpgroupProduct says: a thread has parts of two rows, as have the three
// threads beside it.
#pragma once

#include "sinter/tensor.h"

/// Of the two rows of a thread: the largest score so far, this thread's part of
/// the sum of powers, and what sums of earlier tiles must be multiplied by.
struct SoftmaxRows {
  float largest[2], sum[2], scale[2];
};

SINTER_DEVICE float negativeInfinity() { return __uint_as_float(0xff800000u); }

SINTER_DEVICE float powerOf2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

SINTER_DEVICE SoftmaxRows beginRows() {
  return {{negativeInfinity(), negativeInfinity()}, {}, {}};
}

/// Hides scores from the `count`th on, counted from the thread's first column.
template <int N> SINTER_DEVICE void hideFrom(float (&score)[N], int count) {
#pragma unroll
  for (int i = 0; i < N; ++i)
    if (i / 4 * 8 + i % 2 >= count)
      score[i] = negativeInfinity();
}

/// Makes powers of scores: exp(score - largest).
template <int N>
SINTER_DEVICE void addPowers(float (&score)[N], SoftmaxRows &rows) {
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    float largest = rows.largest[half];
#pragma unroll
    for (int i = 2 * half; i < N; i += 4)
      largest = maximum(largest, maximum(score[i], score[i + 1]));
    largest = maximum(largest, exchange(largest, 1));
    largest = maximum(largest, exchange(largest, 2));
    float origin = largest == negativeInfinity() ? 0.0f : largest;
    float before = rows.largest[half];
    rows.largest[half] = largest;
    // exp(x) is 2^(x log2(e)). Far from 0 the error of that product counts:
    // scores are moved to 0 first, in all rows of a warp, which branches once.
    if (__any_sync(~0u, fabsf(origin) > 65536.0f)) {
#pragma unroll
      for (int i = 2 * half; i < N; i += 4) {
        score[i] -= origin;
        score[i + 1] -= origin;
      }
      before -= origin;
      origin = 0.0f;
    }
    const float factor = 1.44269504f;
    float shift = -origin * factor;
    float sum = 0.0f;
#pragma unroll
    for (int i = 2 * half; i < N; i += 4) {
      score[i] = powerOf2(fmaf(score[i], factor, shift));
      score[i + 1] = powerOf2(fmaf(score[i + 1], factor, shift));
      sum += score[i] + score[i + 1];
    }
    rows.scale[half] = powerOf2(fmaf(before, factor, shift));
    rows.sum[half] = fmaf(rows.sum[half], rows.scale[half], sum);
  }
}

template <int N>
SINTER_DEVICE void scaleRows(float (&sum)[N], const float (&scale)[2]) {
#pragma unroll
  for (int i = 0; i < N; ++i)
    sum[i] *= scale[i / 2 % 2];
}

/// Adds up what the threads of a row have.
SINTER_DEVICE float sumOfRow(float x) {
  x += exchange(x, 1);
  return x + exchange(x, 2);
}

/// The parts of 16 rows and 16 columns of 16 bits that a thread of a warp has
/// as rows of products: `address` is of row lane % 16, column lane / 16 * 8.
SINTER_DEVICE void readRows(u32 (&rows)[4], u32 address) {
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(rows[0]), "=r"(rows[1]), "=r"(rows[2]), "=r"(rows[3])
      : "r"(address)
      : "memory");
}

SINTER_DEVICE u32 roundPair(f16, float a, float b) {
  u32 pair;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(b), "f"(a));
  return pair;
}
SINTER_DEVICE u32 roundPair(bf16, float a, float b) {
  u32 pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(b), "f"(a));
  return pair;
}
/// As the rows of products with values: 4 registers for each 16 columns.
template <typename T, int N>
SINTER_DEVICE void roundRows(u32 (&rows)[N], const float (&x)[2 * N]) {
#pragma unroll
  for (int i = 0; i < N; ++i)
    rows[i] = roundPair(T(), x[2 * i], x[2 * i + 1]);
}
