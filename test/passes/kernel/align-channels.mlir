// RUN: sinter-opt %s --align-channels=width=4 | FileCheck %s

// CHECK-DAG: #[[PIXELS:.+]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-DAG: #[[SAME:.+]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[WINDOW:.+]] = affine_map<(d0, d1, d2, d3) -> (d0 + d3, d2)>
// CHECK-DAG: #[[FILTER:.+]] = affine_map<(d0, d1, d2, d3) -> (d1, d2, d3)>

#image = affine_map<(y, o, c, v) -> (c, y + v)>
#filter = affine_map<(y, o, c, v) -> (o, c, v)>

// Three channels become pixels of four; the fourth is zero.
// CHECK-LABEL: @camera
// CHECK: %[[FILTERS:.+]] = graph.constant
// CHECK: %[[PIXELS_OF:.+]] = kernel.stage {{.*}} maps [#[[PIXELS]]] fills [0.000000e+00 : f32] ins(%arg0 {{.*}} -> tensor<18x4xf32
// CHECK: %[[TAPS:.+]] = kernel.stage {{.*}} maps [#[[SAME]]] fills [0.000000e+00 : f32] ins(%[[FILTERS]] {{.*}} -> tensor<8x4x3xf32
// CHECK: kernel.stage extents [#graph.dim<16>, #graph.dim<8>, #graph.dim<4>, #graph.dim<3>] maps [#[[WINDOW]], #[[FILTER]]] {{.*}} ins(%[[PIXELS_OF]], %[[TAPS]]
func.func @camera(%x: tensor<3x18xf32>) -> tensor<16x8xf32, #graph.type<[16, 8]>> {
  %w = graph.constant <"0"> : tensor<8x3x3xf32>
  %0 = kernel.stage extents [#graph.dim<16>, #graph.dim<8>, #graph.dim<3>, #graph.dim<3>] maps [#image, #filter] fills [unit, unit] init 0.0 : f32 ins(%x, %w : tensor<3x18xf32>, tensor<8x3x3xf32>) -> tensor<16x8xf32, #graph.type<[16, 8]>> {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %product = arith.mulf %a, %b : f32
    %next = arith.addf %sum, %product : f32
    kernel.yield %next : f32
  }
  return %0 : tensor<16x8xf32, #graph.type<[16, 8]>>
}

// One channel, and as many as there should be, stay.
// CHECK-LABEL: @stays
// CHECK-COUNT-2: kernel.stage
// CHECK-NOT: kernel.stage
func.func @stays(%x: tensor<1x18xf32>, %y: tensor<8x18xf32>) -> (tensor<16x8xf32, #graph.type<[16, 8]>>, tensor<16x8xf32, #graph.type<[16, 8]>>) {
  %w = graph.constant <"0"> : tensor<8x1x3xf32>
  %v = graph.constant <"1"> : tensor<8x8x3xf32>
  %0 = kernel.stage extents [#graph.dim<16>, #graph.dim<8>, #graph.dim<1>, #graph.dim<3>] maps [#image, #filter] fills [unit, unit] init 0.0 : f32 ins(%x, %w : tensor<1x18xf32>, tensor<8x1x3xf32>) -> tensor<16x8xf32, #graph.type<[16, 8]>> {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %product = arith.mulf %a, %b : f32
    %next = arith.addf %sum, %product : f32
    kernel.yield %next : f32
  }
  %1 = kernel.stage extents [#graph.dim<16>, #graph.dim<8>, #graph.dim<8>, #graph.dim<3>] maps [#image, #filter] fills [unit, unit] init 0.0 : f32 ins(%y, %v : tensor<8x18xf32>, tensor<8x8x3xf32>) -> tensor<16x8xf32, #graph.type<[16, 8]>> {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %product = arith.mulf %a, %b : f32
    %next = arith.addf %sum, %product : f32
    kernel.yield %next : f32
  }
  return %0, %1 : tensor<16x8xf32, #graph.type<[16, 8]>>, tensor<16x8xf32, #graph.type<[16, 8]>>
}
