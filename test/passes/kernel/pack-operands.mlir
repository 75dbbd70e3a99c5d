// RUN: sinter-opt %s --decompose-to-stages --pack-operands=panel=16 | FileCheck %s

// CHECK-DAG: #[[WEIGHTS:.+]] = affine_map<(d0, d1, d2) -> (d1, d0 * 16 + d2)>
// CHECK-DAG: #[[PANELS:.+]] = affine_map<(d0, d1, d2) -> (d1 floordiv 16, d2, d1 mod 16)>
// CHECK-DAG: #[[KEYS:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1 * 16 + d3, d2)>
// CHECK-DAG: #[[BATCHES:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d2 floordiv 16, d3, d2 mod 16)>

// The last panel of a constant has a border.
// CHECK-LABEL: @constant
func.func @constant(%x: tensor<?x8xf32, #graph.type<[M, 8]>>) -> tensor<?x20xf32, #graph.type<[M, 20]>> {
  // CHECK: %[[PACKED:.+]] = kernel.stage {{.*}} maps [#[[WEIGHTS]]] fills [0.000000e+00 : f32] {{.*}} -> tensor<2x8x16xf32
  // CHECK: kernel.stage {{.*}} maps [#{{.*}}, #[[PANELS]]] {{.*}} ins(%arg0, %[[PACKED]] :
  %w = graph.constant <"0"> : tensor<8x20xf32>
  %0 = graph.matmul %x, %w : tensor<?x8xf32, #graph.type<[M, 8]>>, tensor<8x20xf32> -> tensor<?x20xf32, #graph.type<[M, 20]>>
  return %0 : tensor<?x20xf32, #graph.type<[M, 20]>>
}

// Keys that lie across the panel are packed for each batch.
// CHECK-LABEL: @strided
func.func @strided(%q: tensor<2x3x4xf32>, %k: tensor<2x32x4xf32>) -> tensor<2x3x32xf32, #graph.type<[2, 3, 32]>> {
  // CHECK: %[[PACKED:.+]] = kernel.stage {{.*}} maps [#[[KEYS]]] fills [unit] {{.*}} -> tensor<2x2x4x16xf32
  // CHECK: kernel.stage {{.*}} maps [#{{.*}}, #[[BATCHES]]] {{.*}} ins(%arg0, %[[PACKED]] :
  %0 = kernel.stage extents [#graph.dim<2>, #graph.dim<3>, #graph.dim<32>, #graph.dim<4>] maps [affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>] fills [unit, unit] init 0.0 : f32 ins(%q, %k : tensor<2x3x4xf32>, tensor<2x32x4xf32>) -> tensor<2x3x32xf32, #graph.type<[2, 3, 32]>> {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %product = arith.mulf %a, %b : f32
    %next = arith.addf %sum, %product : f32
    kernel.yield %next : f32
  }
  return %0 : tensor<2x3x32xf32, #graph.type<[2, 3, 32]>>
}

// Contiguous operands that are no constants, and those that are read once, stay.
// CHECK-LABEL: @stays
func.func @stays(%a: tensor<3x4xf32>, %b: tensor<4x32xf32>, %c: tensor<32x4xf32>) -> (tensor<3x32xf32, #graph.type<[3, 32]>>, tensor<32xf32, #graph.type<[32]>>) {
  // CHECK-COUNT-2: kernel.stage
  // CHECK-NOT: kernel.stage
  %0 = graph.matmul %a, %b : tensor<3x4xf32>, tensor<4x32xf32> -> tensor<3x32xf32, #graph.type<[3, 32]>>
  %1 = graph.reduce_sum %c axes [1] : tensor<32x4xf32> -> tensor<32xf32, #graph.type<[32]>>
  return %0, %1 : tensor<3x32xf32, #graph.type<[3, 32]>>, tensor<32xf32, #graph.type<[32]>>
}
