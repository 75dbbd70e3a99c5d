// RUN: sinter-opt %s --decompose-to-stages --canonicalize --mlir-disable-threading --emit-cuda | FileCheck %s

// Both operands pass through shared memory: that of the rows along the products, the other along the columns.
// CHECK-LABEL: // product
// CHECK: copyAsync<4>(toA
// CHECK: copyAsync<4>(toB
// CHECK: waitForCopies<1>();
// CHECK: multiply(part[i][j], a[i], b[j]);
// CHECK: writePack(b2 +
func.func @product(%x: tensor<512x256xf32>, %w: tensor<256x512xf32>) -> tensor<512x512xf32, #graph.type<[512, 512]>> {
  %0 = graph.matmul %x, %w : tensor<512x256xf32>, tensor<256x512xf32> -> tensor<512x512xf32, #graph.type<[512, 512]>>
  return %0 : tensor<512x512xf32, #graph.type<[512, 512]>>
}

// The border of an image is a copy of zeros.
// CHECK-LABEL: // image
// CHECK: copyAsync<{{[14]}}>(to{{[AB]}}{{.*}}, b0, {{.*}}Unsigned<idx>({{.*}} - 1) < Unsigned<idx>(56)
func.func @image(%x: tensor<1x64x56x56xf32>, %w: tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32, #graph.type<[1, 64, 56, 56]>> {
  %0 = graph.conv %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] groups 1 : tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32> -> tensor<1x64x56x56xf32, #graph.type<[1, 64, 56, 56]>>
  return %0 : tensor<1x64x56x56xf32, #graph.type<[1, 64, 56, 56]>>
}

// Few columns are no block: a thread or a team has each result.
// CHECK-LABEL: // vector
// CHECK-NOT: multiply(
// CHECK: // threads
func.func @vector(%x: tensor<512x256xf32>, %w: tensor<256x1xf32>) -> tensor<512x1xf32, #graph.type<[512, 1]>> {
  %0 = graph.matmul %x, %w : tensor<512x256xf32>, tensor<256x1xf32> -> tensor<512x1xf32, #graph.type<[512, 1]>>
  return %0 : tensor<512x1xf32, #graph.type<[512, 1]>>
}
