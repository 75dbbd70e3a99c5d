// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Copies to shared memory and products on the tensor cores of sm_90a, for
// kernels that have them. Tiles in shared memory have lines of 128 bytes, whose
// 16-byte chunks are swizzled; they begin at multiples of 1024 bytes.
#pragma once

#include "sinter/prelude.h"

SINTER_DEVICE u32 sharedAddress(const void *pointer) {
  return u32(__cvta_generic_to_shared(pointer));
}

/// Where a chunk of 16 bytes of a line is in a tile.
SINTER_DEVICE u32 swizzled(u32 line, u32 chunk) {
  return line * 128 + ((chunk ^ (line & 7)) << 4);
}

//===- Copies -------------------------------------------------------------===//

/// Starts a copy of 4, 8 or 16 bytes to shared memory; zeros if it is not
/// inside.
template <int Bytes>
SINTER_DEVICE void copyAsync(u32 to, const void *from, bool isInside) {
  int bytes = isInside ? Bytes : 0;
  if constexpr (Bytes == 16)
    asm volatile(
        "cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(to),
        "l"(from), "r"(bytes)
        : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], %3, %2;" ::"r"(to),
                 "l"(from), "r"(bytes), "n"(Bytes)
                 : "memory");
}
SINTER_DEVICE void storeShared(u32 to, u16 value) {
  asm volatile("st.shared.u16 [%0], %1;" ::"r"(to), "h"(value) : "memory");
}
SINTER_DEVICE void commitCopies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}
/// Until all groups of copies but the last `N` are there.
template <int N> SINTER_DEVICE void waitForCopies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}
/// Lets the tensor cores see what this thread has put into shared memory.
SINTER_DEVICE void publishShared() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

//===- Copies by the GPU --------------------------------------------------===//

/// A barrier in shared memory is at its first phase when it has begun; phases
/// are even and odd in turn.
SINTER_DEVICE void initBarrier(u32 barrier, u32 count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier),
               "r"(count)
               : "memory");
}
/// Lets copies see barriers that have begun.
SINTER_DEVICE void publishBarriers() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}
/// Arrives, and has the phase wait for so many bytes.
SINTER_DEVICE void expectBytes(u32 barrier, u32 bytes) {
  asm volatile(
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier),
      "r"(bytes)
      : "memory");
}
SINTER_DEVICE void arriveAtBarrier(u32 barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier)
               : "memory");
}
/// Until the phase of this parity is over. With SINTER_TRAPS, for so many
/// clocks: a kernel that would wait for ever ends the run. All in one: a branch
/// that the compiler sees would part the threads of a warpgroup.
SINTER_DEVICE void waitAtBarrier(u32 barrier, u32 parity) {
#ifdef SINTER_TRAPS
  asm volatile(
      "{ .reg .pred p; .reg .u64 begin, now; mov.u64 begin, %%clock64;"
      " again: mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;"
      " @p bra over; mov.u64 now, %%clock64; sub.u64 now, now, begin;"
      " setp.lt.u64 p, now, %2; @p bra again; trap; over: }" ::"r"(barrier),
      "r"(parity), "n"(SINTER_TRAPS)
      : "memory");
#else
  asm volatile("{ .reg .pred p;"
               " again: mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;"
               " @!p bra again; }" ::"r"(barrier),
               "r"(parity)
               : "memory");
#endif
}

struct alignas(64) TensorMap {
  u8 bytes[128];
};
SINTER_DEVICE void prefetchMap(const TensorMap *map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(map) : "memory");
}

#define SINTER_COPY(rank, kind)                                                \
  "cp.async.bulk.tensor." rank ".shared::cluster.global" kind                  \
  ".mbarrier::complete_tx::bytes [%0], "

/// Starts the copy of a box of a tensor, from these elements on.
SINTER_DEVICE void copyBox(u32 to, const TensorMap *map, u32 barrier, int c0,
                           int c1) {
  asm volatile(SINTER_COPY("2d", "") "[%1, {%3, %4}], [%2];" ::"r"(to),
               "l"(map), "r"(barrier), "r"(c0), "r"(c1)
               : "memory");
}
SINTER_DEVICE void copyBox(u32 to, const TensorMap *map, u32 barrier, int c0,
                           int c1, int c2) {
  asm volatile(SINTER_COPY("3d", "") "[%1, {%3, %4, %5}], [%2];" ::"r"(to),
               "l"(map), "r"(barrier), "r"(c0), "r"(c1), "r"(c2)
               : "memory");
}
SINTER_DEVICE void copyBox(u32 to, const TensorMap *map, u32 barrier, int c0,
                           int c1, int c2, int c3) {
  asm volatile(SINTER_COPY("4d", "") "[%1, {%3, %4, %5, %6}], [%2];" ::"r"(to),
               "l"(map), "r"(barrier), "r"(c0), "r"(c1), "r"(c2), "r"(c3)
               : "memory");
}
SINTER_DEVICE void copyBox(u32 to, const TensorMap *map, u32 barrier, int c0,
                           int c1, int c2, int c3, int c4) {
  asm volatile(
      SINTER_COPY("5d", "") "[%1, {%3, %4, %5, %6, %7}], [%2];" ::"r"(to),
      "l"(map), "r"(barrier), "r"(c0), "r"(c1), "r"(c2), "r"(c3), "r"(c4)
      : "memory");
}

/// Starts the copy of pixels of an image: channels from `c` on, pixels from x,
/// y, z of image `n` on, each moved by a tap's distance along each axis.
SINTER_DEVICE void copyPixels(u32 to, const TensorMap *map, u32 barrier, int c,
                              int x, int n, u16 dx) {
  asm volatile(
      SINTER_COPY("3d", ".im2col") "[%1, {%3, %4, %5}], [%2], {%6};" ::"r"(to),
      "l"(map), "r"(barrier), "r"(c), "r"(x), "r"(n), "h"(dx)
      : "memory");
}
SINTER_DEVICE void copyPixels(u32 to, const TensorMap *map, u32 barrier, int c,
                              int x, int y, int n, u16 dx, u16 dy) {
  asm volatile(SINTER_COPY("4d", ".im2col") "[%1, {%3, %4, %5, %6}], [%2], "
                                            "{%7, %8};" ::"r"(to),
               "l"(map), "r"(barrier), "r"(c), "r"(x), "r"(y), "r"(n), "h"(dx),
               "h"(dy)
               : "memory");
}
SINTER_DEVICE void copyPixels(u32 to, const TensorMap *map, u32 barrier, int c,
                              int x, int y, int z, int n, u16 dx, u16 dy,
                              u16 dz) {
  asm volatile(SINTER_COPY("5d", ".im2col") "[%1, {%3, %4, %5, %6, %7}], [%2], "
                                            "{%8, %9, %10};" ::"r"(to),
               "l"(map), "r"(barrier), "r"(c), "r"(x), "r"(y), "r"(z), "r"(n),
               "h"(dx), "h"(dy), "h"(dz)
               : "memory");
}

//===- Threads ------------------------------------------------------------===//

/// Some threads of the block, whole warps, at barrier `number`, which is not 0.
SINTER_DEVICE void syncThreads(int number, int count) {
  asm volatile("bar.sync %0, %1;" ::"r"(number), "r"(count) : "memory");
}

//===- Factors of tf32 ----------------------------------------------------===//

SINTER_DEVICE float roundedToTf32(float x) {
  u32 bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
  return __uint_as_float(bits);
}

/// Splits `Count` times 16 bytes of floats, `step` bytes apart, into what tf32
/// holds, which stays at `from`, and the rest, which goes to `to`. Both are
/// rounded to nearest: the cores would cut bits off, and errors add up.
template <int Count>
SINTER_DEVICE void splitShared(u32 from, u32 to, u32 step) {
  float x[Count][4];
#pragma unroll
  for (int i = 0; i < Count; ++i)
    asm volatile("ld.shared.v4.f32 {%0, %1, %2, %3}, [%4];"
                 : "=f"(x[i][0]), "=f"(x[i][1]), "=f"(x[i][2]), "=f"(x[i][3])
                 : "r"(from + i * step)
                 : "memory");
#pragma unroll
  for (int i = 0; i < Count; ++i) {
    float low[4];
#pragma unroll
    for (int e = 0; e < 4; ++e) {
      float high = roundedToTf32(x[i][e]);
      float rest = roundedToTf32(x[i][e] - high);
      low[e] = rest == rest ? rest : 0.0f; // of an infinity
      x[i][e] = high;
    }
    asm volatile(
        "st.shared.v4.f32 [%0], {%1, %2, %3, %4};" ::"r"(from + i * step),
        "f"(x[i][0]), "f"(x[i][1]), "f"(x[i][2]), "f"(x[i][3])
        : "memory");
    asm volatile(
        "st.shared.v4.f32 [%0], {%1, %2, %3, %4};" ::"r"(to + i * step),
        "f"(low[0]), "f"(low[1]), "f"(low[2]), "f"(low[3])
        : "memory");
  }
}

/// Where a column of results is in a row of them: threads that read eight
/// neighbours each, four at a time, then meet in no bank.
SINTER_DEVICE int spread(int column) {
  return column ^ (((column >> 3 ^ column >> 5) & 1) << 2);
}

//===- Clusters -----------------------------------------------------------===//

/// All threads of all blocks of the cluster.
SINTER_DEVICE void syncCluster() {
  asm volatile("barrier.cluster.arrive.release.aligned;\n"
               "barrier.cluster.wait.acquire.aligned;" ::
                   : "memory");
}
/// Sums 16 bytes of floats of each block of the cluster, in order, at the place
/// that `address` is in this one. All are on their way before the first is
/// added.
template <int Blocks> SINTER_DEVICE void sumShared(float *sum, u32 address) {
  float x[Blocks][4];
#pragma unroll
  for (int block = 0; block < Blocks; ++block)
    asm volatile("{ .reg .u32 remote; mapa.shared::cluster.u32 remote, %4, %5;"
                 " ld.shared::cluster.v4.f32 {%0, %1, %2, %3}, [remote]; }"
                 : "=f"(x[block][0]), "=f"(x[block][1]), "=f"(x[block][2]),
                   "=f"(x[block][3])
                 : "r"(address), "r"(block)
                 : "memory");
#pragma unroll
  for (int e = 0; e < 4; ++e) {
    sum[e] = x[0][e];
#pragma unroll
    for (int block = 1; block < Blocks; ++block)
      sum[e] += x[block][e];
  }
}

//===- Products -----------------------------------------------------------===//

/// A tile whose lines run along the products.
SINTER_DEVICE u64 matrix(u32 address) {
  return u64((address & 0x3ffff) >> 4) | u64(1) << 16 | u64(1024 >> 4) << 32 |
         u64(1) << 62;
}
/// A tile whose lines run along rows or columns, 64 of them: panels of lines
/// for each product, `panel` bytes apart.
SINTER_DEVICE u64 matrixAcross(u32 address, u32 panel) {
  return u64((address & 0x3ffff) >> 4) | u64(panel >> 4) << 16 |
         u64(1024 >> 4) << 32 | u64(1) << 62;
}

/// Sums have their values here: the compiler moves nothing of them past this.
template <int N> SINTER_DEVICE void settle(float (&sum)[N]) {
#pragma unroll
  for (int i = 0; i < N; ++i)
    asm volatile("" : "+f"(sum[i])::"memory");
}
/// Orders what the warpgroup's registers had before with products to come.
SINTER_DEVICE void beginProducts() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}
SINTER_DEVICE void commitProducts() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
/// Until all groups of products but the last `N` are done.
template <int N> SINTER_DEVICE void waitForProducts() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory");
}
/// The same; sums of a group that is done are not read before.
template <int Left, int N> SINTER_DEVICE void waitForProducts(float (&sum)[N]) {
  waitForProducts<Left>();
#pragma unroll
  for (int i = 0; i < N; ++i)
    asm volatile("" : "+f"(sum[i])::"memory");
}
