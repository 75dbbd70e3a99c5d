// RUN: sinter-opt %s --decompose-to-stages --collapse-iterators --canonicalize | FileCheck %s

// CHECK-LABEL: @pointwise
func.func @pointwise(%a: tensor<?x4x5xf32, #graph.type<[N, 4, 5]>>) -> tensor<?x4x5xf32, #graph.type<[N, 4, 5]>> {
  // CHECK: %[[FLAT:.+]] = graph.reshape %{{.*}} dims [#graph.dim<20*N>]
  // CHECK: kernel.stage extents [#graph.dim<20*N>] {{.*}} ins(%[[FLAT]]
  // CHECK: graph.reshape %{{.*}} dims [#graph.dim<N>, #graph.dim<4>, #graph.dim<5>]
  %0 = graph.relu %a : tensor<?x4x5xf32, #graph.type<[N, 4, 5]>>
  return %0 : tensor<?x4x5xf32, #graph.type<[N, 4, 5]>>
}

// A convolution with a 1x1 window is a matrix product over all pixels.
// CHECK-LABEL: @pointwise_conv
func.func @pointwise_conv(%x: tensor<1x8x6x7xf32>, %w: tensor<16x8x1x1xf32>) -> tensor<1x16x6x7xf32, #graph.type<[1, 16, 6, 7]>> {
  // CHECK: kernel.stage extents [#graph.dim<16>, #graph.dim<42>, #graph.dim<8>]
  %0 = graph.conv %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] groups 1 : tensor<1x8x6x7xf32>, tensor<16x8x1x1xf32> -> tensor<1x16x6x7xf32, #graph.type<[1, 16, 6, 7]>>
  return %0 : tensor<1x16x6x7xf32, #graph.type<[1, 16, 6, 7]>>
}

// A broadcast between two iterators keeps them apart.
// CHECK-LABEL: @broadcast
func.func @broadcast(%a: tensor<4x5xf32>, %b: tensor<5xf32>) -> tensor<4x5xf32, #graph.type<[4, 5]>> {
  // CHECK: kernel.stage extents [#graph.dim<4>, #graph.dim<5>]
  %0 = graph.add %a, %b : tensor<4x5xf32>, tensor<5xf32> -> tensor<4x5xf32, #graph.type<[4, 5]>>
  return %0 : tensor<4x5xf32, #graph.type<[4, 5]>>
}
