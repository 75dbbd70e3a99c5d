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

// Of 16 bits, an operand stays as it lies: lines of the second run along its columns.
// CHECK-LABEL: // halves
// CHECK: wgmma.mma_async{{.*}}.f32.f16.f16
// CHECK: p, 1, 1, 0, 1;
// CHECK: copyAsync<16>(to + swizzled(rowA0, kA0 / 8), b0
// CHECK: copyAsync<16>(to + rowB0 / 64 * 8192 + swizzled(kB0, (rowB0 % 64) / 8), b1
// CHECK: const u64 b = matrixAcross(from +
// CHECK: multiply(sum, a, b, k != 0 || step != 0);
// CHECK: f16(
func.func @halves(%x: tensor<512x256xf16>, %w: tensor<256x512xf16>) -> tensor<512x512xf16, #graph.type<[512, 512]>> {
  %0 = graph.matmul %x, %w : tensor<512x256xf16>, tensor<256x512xf16> -> tensor<512x512xf16, #graph.type<[512, 512]>>
  return %0 : tensor<512x512xf16, #graph.type<[512, 512]>>
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
