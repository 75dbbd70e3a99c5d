// RUN: sinter-opt %s --decompose-to-stages --canonicalize --mlir-disable-threading --emit-cuda | FileCheck %s

// Steps of both operands pass through shared memory. Of f32, what tf32 cuts off is a product of its own.
// CHECK-LABEL: // product
// CHECK: wgmma.mma_async{{.*}}.f32.tf32.tf32
// CHECK: copyAsync<16>(to + swizzled(rowA0, kA0 / 4), b0
// CHECK: copyAsync<4>(to + swizzled(rowB0, kB0 / 4) + kB0 % 4 * 4, b1
// CHECK: splitShared<
// CHECK: multiply(some, aLow, b, k != 0);
// CHECK: multiply(some, a, bLow, true);
// CHECK: multiply(some, a, b, true);
// CHECK: writePack(b2 +
func.func @product(%x: tensor<512x256xf32>, %w: tensor<256x512xf32>) -> tensor<512x512xf32, #graph.type<[512, 512]>> {
  %0 = graph.matmul %x, %w : tensor<512x256xf32>, tensor<256x512xf32> -> tensor<512x512xf32, #graph.type<[512, 512]>>
  return %0 : tensor<512x512xf32, #graph.type<[512, 512]>>
}

// Of 16 bits, the GPU copies whole tiles: one warp says which, the others multiply. An operand stays as it lies: lines
// of the second run along its columns.
// CHECK-LABEL: // halves
// CHECK: wgmma.mma_async{{.*}}.f32.f16.f16
// CHECK: p, 1, 1, 0, 1;
// CHECK: // mapA: b0 from byte 0, type 10
// CHECK-NEXT: dim 256, box 64
// CHECK-NEXT: dim 512, stride 512, box [[ROWS:[0-9]+]]
// CHECK: // mapB: b1 from byte 0, type 10
// CHECK-NEXT: dim 512, box 64
// CHECK-NEXT: dim 256, stride 1024, box 64
// CHECK: const __grid_constant__ TensorMap mapA,
// CHECK: waitForEarlier();
// CHECK: waitAtBarrier(full + slot * 8, phase);
// CHECK: const u64 b = matrixAcross(from +
// CHECK: multiply(sum, a, b, k != 0 || step != 0);
// CHECK: arriveAtBarrier(empty + last * 8);
// CHECK: waitAtBarrier(empty + slot * 8, phase ^ 1);
// CHECK: expectBytes(barrier,
// CHECK: copyBox(to, &mapA, barrier, int(k0), int(firstA));
// CHECK: copyBox(to + {{.*}}, &mapB, barrier, int(firstB) + panel * 64, int(k0));
func.func @halves(%x: tensor<512x256xf16>, %w: tensor<256x512xf16>) -> tensor<512x512xf16, #graph.type<[512, 512]>> {
  %0 = graph.matmul %x, %w : tensor<512x256xf16>, tensor<256x512xf16> -> tensor<512x512xf16, #graph.type<[512, 512]>>
  return %0 : tensor<512x512xf16, #graph.type<[512, 512]>>
}

// Iterators of a batch are dims of a map, and so are symbols.
// CHECK-LABEL: // batches
// CHECK: // mapA: b0
// CHECK-NEXT: dim 64, box 64
// CHECK-NEXT: dim 1 * size[[S:[0-9]+]], stride 128, box
// CHECK-NEXT: dim 1 * size[[B:[0-9]+]], stride 2 * size[[STRIDE:[0-9]+]], box 1
// CHECK: copyBox(to, &mapA, barrier, int(k0), int(firstA), int(i0));
func.func @batches(%x: tensor<?x?x64xbf16, #graph.type<[b, s, 64]>>, %w: tensor<?x64x128xbf16, #graph.type<[b, 64, 128]>>) -> tensor<?x?x128xbf16, #graph.type<[b, s, 128]>> {
  %0 = graph.matmul %x, %w : tensor<?x?x64xbf16, #graph.type<[b, s, 64]>>, tensor<?x64x128xbf16, #graph.type<[b, 64, 128]>> -> tensor<?x?x128xbf16, #graph.type<[b, s, 128]>>
  return %0 : tensor<?x?x128xbf16, #graph.type<[b, s, 128]>>
}

// Lines that begin at no multiple of 16 bytes are copied by threads.
// CHECK-LABEL: // uneven
// CHECK: copyAsync<16>(to + swizzled(rowA0, kA0 / 8), b0
// CHECK: copyAsync<4>(to + rowB0 / 64 * 8192 +
func.func @uneven(%x: tensor<512x256xf16>, %w: tensor<256x250xf16>) -> tensor<512x250xf16, #graph.type<[512, 250]>> {
  %0 = graph.matmul %x, %w : tensor<512x256xf16>, tensor<256x250xf16> -> tensor<512x250xf16, #graph.type<[512, 250]>>
  return %0 : tensor<512x250xf16, #graph.type<[512, 250]>>
}

// No map has rows in reverse.
// CHECK-LABEL: // reversed
// CHECK-NOT: mapA
// CHECK: copyAsync<16>(to + swizzled(rowA0, kA0 / 8), b0
func.func @reversed(%x: tensor<512x256xf16>, %w: tensor<64x256xf16>) -> tensor<512x64xf32, #graph.type<[512, 64]>> {
  %0 = kernel.stage extents [#graph.dim<512>, #graph.dim<64>, #graph.dim<256>] maps [affine_map<(m, n, k) -> (511 - m, k)>, affine_map<(m, n, k) -> (n, k)>] fills [unit, unit] init 0.0 : f32 ins(%x, %w : tensor<512x256xf16>, tensor<64x256xf16>) -> tensor<512x64xf32, #graph.type<[512, 64]>> {
  ^bb0(%a: f16, %b: f16, %sum: f32):
    %1 = arith.extf %a : f16 to f32
    %2 = arith.extf %b : f16 to f32
    %3 = arith.mulf %1, %2 : f32
    %4 = arith.addf %sum, %3 : f32
    kernel.yield %4 : f32
  }
  return %0 : tensor<512x64xf32, #graph.type<[512, 64]>>
}

// Pixels of an image with its channels last, as a tap meets them: what is beyond the border is 0.
// CHECK-LABEL: // pixels
// CHECK: // mapA: b0 from byte 0, type 10, [[PIXELS:[0-9]+]] pixels
// CHECK-NEXT: dim 128, box 64
// CHECK-NEXT: dim 28, stride 256, box 1, step 2, from -1 to -2
// CHECK-NEXT: dim 30, stride 7168, box 1, step 2, from -1 to -2
// CHECK-NEXT: dim 4, stride 215040, box 1
// CHECK: copyPixels(to, &mapA, barrier, int(rA6), pixelA2, pixelA1, pixelA0, u16(rA5 * 1), u16(rA4 * 1));
func.func @pixels(%x: tensor<4x30x28x128xf16>, %w: tensor<64x3x3x128xf16>) -> tensor<4x15x14x64xf32, #graph.type<[4, 15, 14, 64]>> {
  %0 = kernel.stage extents [#graph.dim<4>, #graph.dim<15>, #graph.dim<14>, #graph.dim<64>, #graph.dim<3>, #graph.dim<3>, #graph.dim<128>] maps [affine_map<(n, h, w, k, y, x, c) -> (n, h * 2 + y - 1, w * 2 + x - 1, c)>, affine_map<(n, h, w, k, y, x, c) -> (k, y, x, c)>] fills [0.0 : f16, unit] init 0.0 : f32 ins(%x, %w : tensor<4x30x28x128xf16>, tensor<64x3x3x128xf16>) -> tensor<4x15x14x64xf32, #graph.type<[4, 15, 14, 64]>> {
  ^bb0(%a: f16, %b: f16, %sum: f32):
    %1 = arith.extf %a : f16 to f32
    %2 = arith.extf %b : f16 to f32
    %3 = arith.mulf %1, %2 : f32
    %4 = arith.addf %sum, %3 : f32
    kernel.yield %4 : f32
  }
  return %0 : tensor<4x15x14x64xf32, #graph.type<[4, 15, 14, 64]>>
}

// Blocks of a cluster copy their shares of the products, and begin the next tile's once all have read their sums.
// CHECK-LABEL: // parts
// CHECK: __cluster_dims__([[PARTS:[248]]])
// CHECK: const idx steps = allSteps * (part + 1) / [[PARTS]] - firstStep;
// CHECK: const idx k0 = (firstStep + step) * 64;
// CHECK: copyBox(to, &mapA, barrier, int(k0), int(firstA));
// CHECK: __syncwarp();
// CHECK: syncCluster();
// CHECK: sumShared<[[PARTS]]>(total + e,
// CHECK: publishShared();
// CHECK: syncCluster();
func.func @parts(%x: tensor<64x8192xf16>, %w: tensor<8192x64xf16>) -> tensor<64x64xf16, #graph.type<[64, 64]>> {
  %0 = graph.matmul %x, %w : tensor<64x8192xf16>, tensor<8192x64xf16> -> tensor<64x64xf16, #graph.type<[64, 64]>>
  return %0 : tensor<64x64xf16, #graph.type<[64, 64]>>
}

// Groups are a batch: they move channels, not pixels. An axis without a filter is one step wide, a slice begins within.
// CHECK-LABEL: // groups
// CHECK: // mapA: b0 from byte 0, type 16, [[PIXELS:[0-9]+]] pixels
// CHECK-NEXT: dim 256, box 64
// CHECK-NEXT: dim 44, stride 512, box 1, step 1, from 0 to -4
// CHECK-NEXT: dim 9, stride 22528, box 1, step 1, from 3 to -5
// CHECK-NEXT: dim 4, stride 202752, box 1
// CHECK: // mapB: b1 from byte 0, type 16
// CHECK-NEXT: dim 320, box 64
// CHECK-NEXT: dim 64, stride 640, box
// CHECK-NEXT: dim 4, stride 40960, box 1
// CHECK: copyPixels(to, &mapA, barrier, int(i0 * 64 + rA5), pixelA2, pixelA1, pixelA0, u16(rA4 * 1), u16(0));
// CHECK: copyBox(to + {{.*}}, &mapB, barrier, int(k0), int(firstB), int(i0));
func.func @groups(%x: tensor<4x9x44x256xbf16>, %w: tensor<4x64x5x64xbf16>) -> tensor<4x4x40x64xf32, #graph.type<[4, 4, 40, 64]>> {
  %0 = kernel.stage extents [#graph.dim<4>, #graph.dim<4>, #graph.dim<40>, #graph.dim<64>, #graph.dim<5>, #graph.dim<64>] maps [affine_map<(g, n, w, k, x, c) -> (n, 3, w + x, g * 64 + c)>, affine_map<(g, n, w, k, x, c) -> (g, k, x, c)>] fills [unit, unit] init 0.0 : f32 ins(%x, %w : tensor<4x9x44x256xbf16>, tensor<4x64x5x64xbf16>) -> tensor<4x4x40x64xf32, #graph.type<[4, 4, 40, 64]>> {
  ^bb0(%a: bf16, %b: bf16, %sum: f32):
    %1 = arith.extf %a : bf16 to f32
    %2 = arith.extf %b : bf16 to f32
    %3 = arith.mulf %1, %2 : f32
    %4 = arith.addf %sum, %3 : f32
    kernel.yield %4 : f32
  }
  return %0 : tensor<4x4x40x64xf32, #graph.type<[4, 4, 40, 64]>>
}

// A slice is a matrix that begins elsewhere.
// CHECK-LABEL: // slice
// CHECK: // mapA: b0 from byte 1040, type 10
// CHECK-NEXT: dim 248, box 64
// CHECK-NEXT: dim 128, stride 2048, box
func.func @slice(%x: tensor<300x512xf16>, %w: tensor<64x248xf16>) -> tensor<128x64xf32, #graph.type<[128, 64]>> {
  %0 = kernel.stage extents [#graph.dim<128>, #graph.dim<64>, #graph.dim<248>] maps [affine_map<(m, n, k) -> (m * 2 + 1, k + 8)>, affine_map<(m, n, k) -> (n, k)>] fills [unit, unit] init 0.0 : f32 ins(%x, %w : tensor<300x512xf16>, tensor<64x248xf16>) -> tensor<128x64xf32, #graph.type<[128, 64]>> {
  ^bb0(%a: f16, %b: f16, %sum: f32):
    %1 = arith.extf %a : f16 to f32
    %2 = arith.extf %b : f16 to f32
    %3 = arith.mulf %1, %2 : f32
    %4 = arith.addf %sum, %3 : f32
    kernel.yield %4 : f32
  }
  return %0 : tensor<128x64xf32, #graph.type<[128, 64]>>
}

// The border of an image is a copy of zeros.
// CHECK-LABEL: // image
// CHECK: copyAsync<4>(to + {{.*}}, b0 + {{.*}}, {{.*}}Unsigned<idx>({{.*}} - 1) < Unsigned<idx>(56)
func.func @image(%x: tensor<1x64x56x56xf32>, %w: tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32, #graph.type<[1, 64, 56, 56]>> {
  %0 = graph.conv %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] groups 1 : tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32> -> tensor<1x64x56x56xf32, #graph.type<[1, 64, 56, 56]>>
  return %0 : tensor<1x64x56x56xf32, #graph.type<[1, 64, 56, 56]>>
}

// Few results with many products each: blocks of a cluster share a tile.
// CHECK-LABEL: // deep
// CHECK: __cluster_dims__([[PARTS:[248]]])
// CHECK: const idx part = idx(item) % [[PARTS]];
// CHECK: syncCluster();
// CHECK: sumShared<[[PARTS]]>(total + e,
// CHECK: syncCluster();
func.func @deep(%x: tensor<64x8192xf32>, %w: tensor<8192x64xf32>) -> tensor<64x64xf32, #graph.type<[64, 64]>> {
  %0 = graph.matmul %x, %w : tensor<64x8192xf32>, tensor<8192x64xf32> -> tensor<64x64xf32, #graph.type<[64, 64]>>
  return %0 : tensor<64x64xf32, #graph.type<[64, 64]>>
}

// Few columns are no tile: a thread or a team has each result.
// CHECK-LABEL: // vector
// CHECK-NOT: multiply(
// CHECK: // threads
func.func @vector(%x: tensor<512x256xf32>, %w: tensor<256x1xf32>) -> tensor<512x1xf32, #graph.type<[512, 1]>> {
  %0 = graph.matmul %x, %w : tensor<512x256xf32>, tensor<256x1xf32> -> tensor<512x1xf32, #graph.type<[512, 1]>>
  return %0 : tensor<512x1xf32, #graph.type<[512, 1]>>
}
