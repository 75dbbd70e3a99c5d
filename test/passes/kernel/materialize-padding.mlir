// RUN: sinter-opt %s --decompose-to-stages --materialize-padding | FileCheck %s
// RUN: sinter-opt %s --decompose-to-stages --assign-layouts --materialize-padding | FileCheck %s --check-prefix=LAYOUT

// CHECK-DAG: #[[BORDER:.+]] = affine_map<(d0, d1, d2) -> (d0, d1, d2 - 1)>
// CHECK-DAG: #[[WINDOW:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d3, d2 * 2 + d4)>

// The border is written once, then the fold needs no bounds.
// CHECK-LABEL: @conv
func.func @conv(%x: tensor<1x4x9xf32>, %w: tensor<6x4x3xf32>) -> tensor<1x6x5xf32, #graph.type<[1, 6, 5]>> {
  // CHECK: %[[PADDED:.+]] = kernel.stage extents [#graph.dim<1>, #graph.dim<4>, #graph.dim<11>] maps [#[[BORDER]]] fills [0.000000e+00 : f32]
  // CHECK: kernel.stage extents {{.*}} maps [#[[WINDOW]], #{{.*}}] fills [unit, unit] {{.*}} ins(%[[PADDED]],
  %0 = graph.conv %x, %w strides [2] pads [1, 1] dilations [1] groups 1 : tensor<1x4x9xf32>, tensor<6x4x3xf32> -> tensor<1x6x5xf32, #graph.type<[1, 6, 5]>>
  return %0 : tensor<1x6x5xf32, #graph.type<[1, 6, 5]>>
}

// Without padding nothing changes.
// CHECK-LABEL: @unpadded
func.func @unpadded(%x: tensor<1x4x9xf32>, %w: tensor<6x4x3xf32>) -> tensor<1x6x7xf32, #graph.type<[1, 6, 7]>> {
  // CHECK-COUNT-1: kernel.stage
  // CHECK-NOT: kernel.stage
  %0 = graph.conv %x, %w strides [1] pads [0, 0] dilations [1] groups 1 : tensor<1x4x9xf32>, tensor<6x4x3xf32> -> tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>
  return %0 : tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>
}

// A window of each channel alone reads its input with the channels last.
// CHECK-LABEL: @depthwise
func.func @depthwise(%x: tensor<1x16x9xf32>) -> tensor<1x16x9xf32, #graph.type<[1, 16, 9]>> {
  // LAYOUT: kernel.stage extents [#graph.dim<1>, #graph.dim<11>, #graph.dim<16>] {{.*}} fills [0.000000e+00 : f32] {{.*}} -> tensor<1x11x16xf32
  // LAYOUT: kernel.stage {{.*}} fills [unit, unit]
  %w = graph.constant <"w"> : tensor<16x1x3xf32>
  %0 = graph.conv %x, %w strides [1] pads [1, 1] dilations [1] groups 16 : tensor<1x16x9xf32>, tensor<16x1x3xf32> -> tensor<1x16x9xf32, #graph.type<[1, 16, 9]>>
  return %0 : tensor<1x16x9xf32, #graph.type<[1, 16, 9]>>
}
