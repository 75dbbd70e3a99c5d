// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise | FileCheck %s

// A chain is one stage.
// CHECK-LABEL: @chain
func.func @chain(%a: tensor<?xf32, #graph.type<[N]>>) -> tensor<?xf32, #graph.type<[N]>> {
  // CHECK: kernel.stage
  // CHECK: kernel.math exp
  // CHECK: arith.negf
  // CHECK: arith.addf
  // CHECK-NOT: kernel.stage
  %0 = graph.exp %a : tensor<?xf32, #graph.type<[N]>>
  %1 = graph.neg %0 : tensor<?xf32, #graph.type<[N]>>
  %2 = graph.add %1, %a : tensor<?xf32, #graph.type<[N]>>, tensor<?xf32, #graph.type<[N]>> -> tensor<?xf32, #graph.type<[N]>>
  return %2 : tensor<?xf32, #graph.type<[N]>>
}

// A fold that reads each element once takes its producer.
// CHECK-LABEL: @row
func.func @row(%a: tensor<4x8xf32>) -> tensor<4xf32, #graph.type<[4]>> {
  // CHECK: kernel.stage {{.*}} init
  // CHECK: kernel.math exp
  // CHECK: arith.addf
  // CHECK-NOT: kernel.stage
  %0 = graph.exp %a : tensor<4x8xf32>
  %1 = graph.reduce_sum %0 axes [1] : tensor<4x8xf32> -> tensor<4xf32, #graph.type<[4]>>
  return %1 : tensor<4xf32, #graph.type<[4]>>
}

// A contraction reads elements many times and keeps the value.
// CHECK-LABEL: @contraction
func.func @contraction(%a: tensor<4x8xf32>, %b: tensor<8x5xf32>) -> tensor<4x5xf32, #graph.type<[4, 5]>> {
  // CHECK: kernel.stage
  // CHECK: kernel.math exp
  // CHECK: kernel.stage {{.*}} init
  %0 = graph.exp %a : tensor<4x8xf32>
  %1 = graph.matmul %0, %b : tensor<4x8xf32>, tensor<8x5xf32> -> tensor<4x5xf32, #graph.type<[4, 5]>>
  return %1 : tensor<4x5xf32, #graph.type<[4, 5]>>
}

// A value with two users is computed once.
// CHECK-LABEL: @shared
func.func @shared(%a: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK-COUNT-3: kernel.stage
  %0 = graph.tanh %a : tensor<4xf32>
  %1 = graph.exp %0 : tensor<4xf32>
  %2 = graph.sin %0 : tensor<4xf32>
  return %1, %2 : tensor<4xf32>, tensor<4xf32>
}

// Coordinates are composed through a transpose.
// CHECK-LABEL: @transposed
func.func @transposed(%a: tensor<4x8xf32>) -> tensor<8x4xf32, #graph.type<[8, 4]>> {
  // CHECK: kernel.stage {{.*}} ins(%{{.*}} : tensor<4x8xf32>) -> tensor<8x4xf32
  // CHECK: kernel.math exp
  // CHECK-NOT: kernel.stage
  %0 = graph.exp %a : tensor<4x8xf32>
  %1 = graph.transpose %0 permutation [1, 0] : tensor<4x8xf32> -> tensor<8x4xf32, #graph.type<[8, 4]>>
  return %1 : tensor<8x4xf32, #graph.type<[8, 4]>>
}
