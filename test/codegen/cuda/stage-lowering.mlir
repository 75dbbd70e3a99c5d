// RUN: sinter-opt %s --decompose-to-stages --canonicalize --fuse-elementwise --mlir-disable-threading --emit-cuda | FileCheck %s

// Neighbours are read and written 16 bytes at a time; a product goes into the sum that uses it.
// CHECK-LABEL: // elementwise
// CHECK: typedef int idx;
// CHECK: extern "C" __global__ void __launch_bounds__(256)
// CHECK: kernel(const float *__restrict__ b0,
// CHECK: {{^}}  waitForEarlier();
// CHECK-NEXT: {{^}}  launchLater();
// CHECK-NEXT: {{^}}  for (i64 item =
// CHECK: if (at >= 262144)
// CHECK: Pack<float, 4> result;
// CHECK: readPack<4>(b0 + i0 * 1024 + (i1 * 4))
// CHECK: for (int lane = 0; lane < 4; ++lane) {
// CHECK: = fma(
// CHECK: result.at[lane] =
// CHECK: writePack(b3 +
func.func @elementwise(%a: tensor<1024x1024xf32>, %b: tensor<1024x1024xf32>, %c: tensor<1024xf32>) -> tensor<1024x1024xf32, #graph.type<[1024, 1024]>> {
  %0 = graph.mul %a, %b : tensor<1024x1024xf32>, tensor<1024x1024xf32> -> tensor<1024x1024xf32, #graph.type<[1024, 1024]>>
  %1 = graph.add %0, %c : tensor<1024x1024xf32, #graph.type<[1024, 1024]>>, tensor<1024xf32> -> tensor<1024x1024xf32, #graph.type<[1024, 1024]>>
  return %1 : tensor<1024x1024xf32, #graph.type<[1024, 1024]>>
}

// Sizes are parameters; a dim that may be 1 is compared.
// CHECK-LABEL: // symbols
// CHECK: const i64 size0,
// CHECK: const idx s0 = size0;
// CHECK: == 1 ? 0 :
func.func @symbols(%a: tensor<?x?xf32, #graph.type<[M, N]>>, %b: tensor<?xf32, #graph.type<[K]>>) -> tensor<?x?xf32, #graph.type<[M, bcast(K, N)]>> {
  %0 = graph.sub %a, %b : tensor<?x?xf32, #graph.type<[M, N]>>, tensor<?xf32, #graph.type<[K]>> -> tensor<?x?xf32, #graph.type<[M, bcast(K, N)]>>
  return %0 : tensor<?x?xf32, #graph.type<[M, bcast(K, N)]>>
}

// Functions of the math library come with its header.
// CHECK-LABEL: // functions
// CHECK: #include "sinter/math.h"
// CHECK: math::exp(
func.func @functions(%a: tensor<8xf32, #graph.type<[8]>>) -> tensor<8xf32, #graph.type<[8]>> {
  %0 = graph.exp %a : tensor<8xf32, #graph.type<[8]>>
  return %0 : tensor<8xf32, #graph.type<[8]>>
}

// A warp shares the fold of a long row, a block that of a very long one.
// CHECK-LABEL: // rows
// CHECK: const int member = threadIdx.x % 32;
// CHECK: auto combine = [](float a, float b) { return maximum(a, b); };
// CHECK: for (idx at = member * 4; at < idx(512); at += 128) {
// CHECK: readPack<4>(
// CHECK: acc[lane] = v
// CHECK: folded = combine(folded, acc[lane]);
// CHECK: folded = foldWarp<32>(folded, combine);
// CHECK: if (member == 0) {
func.func @rows(%a: tensor<4096x512xf32>) -> tensor<4096xf32, #graph.type<[4096]>> {
  %0 = graph.reduce_max %a axes [1] : tensor<4096x512xf32> -> tensor<4096xf32, #graph.type<[4096]>>
  return %0 : tensor<4096xf32, #graph.type<[4096]>>
}

// CHECK-LABEL: // total
// CHECK: foldBlock<256>(folded, 0.0f, combine)
func.func @total(%a: tensor<65536xf32>) -> tensor<f32, #graph.type<[]>> {
  %0 = graph.reduce_sum %a axes [0] : tensor<65536xf32> -> tensor<f32, #graph.type<[]>>
  return %0 : tensor<f32, #graph.type<[]>>
}

// An iterator that runs further than the dim reads the fill there.
// CHECK-LABEL: // longer
// CHECK: Unsigned<idx>({{.*}}) < Unsigned<idx>(3) ?
func.func @longer(%a: tensor<3xf32>) -> tensor<8xf32, #graph.type<[8]>> {
  %0 = kernel.stage extents [#graph.dim<8>] maps [affine_map<(d0) -> (d0)>] fills [0.0 : f32] ins(%a : tensor<3xf32>) -> tensor<8xf32, #graph.type<[8]>> {
  ^bb0(%x: f32):
    kernel.yield %x : f32
  }
  return %0 : tensor<8xf32, #graph.type<[8]>>
}
