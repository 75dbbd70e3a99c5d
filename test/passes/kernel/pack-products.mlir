// RUN: sinter-opt %s --decompose-to-stages --pack-operands="panel=16 variables=0 products=1" | FileCheck %s

// CHECK-DAG: #[[COLUMNS:.+]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-DAG: #[[LINES:.+]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[TAPS:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d3, d1, d2)>
// CHECK-DAG: #[[CHANNELS:.+]] = affine_map<(d0, d1, d2) -> (d0 * 16 + d2, d1)>

// The lines of a matrix run along the products.
// CHECK-LABEL: @across
func.func @across(%x: tensor<?x8xf32, #graph.type<[M, 8]>>) -> tensor<?x20xf32, #graph.type<[M, 20]>> {
  // CHECK: %[[PACKED:.+]] = kernel.stage {{.*}} maps [#[[COLUMNS]]] {{.*}} -> tensor<20x8xf32
  // CHECK: kernel.stage {{.*}} maps [#{{.*}}, #[[LINES]]] {{.*}} ins(%arg0, %[[PACKED]] :
  %w = graph.constant <"0"> : tensor<8x20xf32>
  %0 = graph.matmul %x, %w : tensor<?x8xf32, #graph.type<[M, 8]>>, tensor<8x20xf32> -> tensor<?x20xf32, #graph.type<[M, 20]>>
  return %0 : tensor<?x20xf32, #graph.type<[M, 20]>>
}

// As the channels of the image lie side by side, those of the filter do.
// CHECK-LABEL: @image
func.func @image(%x: tensor<6x6x4xf32>) -> tensor<4x4x10xf32, #graph.type<[4, 4, 10]>> {
  // CHECK: kernel.stage {{.*}} maps [#[[TAPS]]] {{.*}} -> tensor<10x3x3x4xf32
  %w = graph.constant <"0"> : tensor<10x4x3x3xf32>
  %0 = kernel.stage extents [#graph.dim<4>, #graph.dim<4>, #graph.dim<10>, #graph.dim<4>, #graph.dim<3>, #graph.dim<3>] maps [affine_map<(y, x, o, c, v, u) -> (y + v, x + u, c)>, affine_map<(y, x, o, c, v, u) -> (o, c, v, u)>] fills [unit, unit] init 0.0 : f32 ins(%x, %w : tensor<6x6x4xf32>, tensor<10x4x3x3xf32>) -> tensor<4x4x10xf32, #graph.type<[4, 4, 10]>> {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %product = arith.mulf %a, %b : f32
    %next = arith.addf %sum, %product : f32
    kernel.yield %next : f32
  }
  return %0 : tensor<4x4x10xf32, #graph.type<[4, 4, 10]>>
}

// A filter of which each channel has its own is no matrix: it has panels.
// CHECK-LABEL: @depthwise
func.func @depthwise(%x: tensor<6x32xf32>) -> tensor<4x32xf32, #graph.type<[4, 32]>> {
  // CHECK: kernel.stage {{.*}} maps [#[[CHANNELS]]] {{.*}} -> tensor<2x3x16xf32
  %w = graph.constant <"0"> : tensor<32x3xf32>
  %0 = kernel.stage extents [#graph.dim<4>, #graph.dim<32>, #graph.dim<3>] maps [affine_map<(x, c, u) -> (x + u, c)>, affine_map<(x, c, u) -> (c, u)>] fills [unit, unit] init 0.0 : f32 ins(%x, %w : tensor<6x32xf32>, tensor<32x3xf32>) -> tensor<4x32xf32, #graph.type<[4, 32]>> {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %product = arith.mulf %a, %b : f32
    %next = arith.addf %sum, %product : f32
    kernel.yield %next : f32
  }
  return %0 : tensor<4x32xf32, #graph.type<[4, 32]>>
}

// A matrix that lies so already is not copied.
// CHECK-LABEL: @stays
func.func @stays(%x: tensor<3x8xf32>) -> tensor<3x20xf32, #graph.type<[3, 20]>> {
  // CHECK-COUNT-1: kernel.stage
  // CHECK-NOT: kernel.stage
  %w = graph.constant <"0"> : tensor<20x8xf32>
  %0 = kernel.stage extents [#graph.dim<3>, #graph.dim<20>, #graph.dim<8>] maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>] fills [unit, unit] init 0.0 : f32 ins(%x, %w : tensor<3x8xf32>, tensor<20x8xf32>) -> tensor<3x20xf32, #graph.type<[3, 20]>> {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %product = arith.mulf %a, %b : f32
    %next = arith.addf %sum, %product : f32
    kernel.yield %next : f32
  }
  return %0 : tensor<3x20xf32, #graph.type<[3, 20]>>
}
