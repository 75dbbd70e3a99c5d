// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise --fuse-epilogue --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @bias_relu
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<4x8xf32>, %[[B:[a-z0-9]+]]: tensor<8x5xf32>, %[[BIAS:[a-z0-9]+]]: tensor<5xf32>
func.func @bias_relu(%a: tensor<4x8xf32>, %b: tensor<8x5xf32>, %bias: tensor<5xf32>) -> tensor<4x5xf32, #graph.type<[4, 5]>> {
  // CHECK: kernel.stage {{.*}} init {{.*}} ins(%[[A]], %[[B]] :
  // CHECK: finish(%[[BIAS]] :
  // CHECK: arith.addf
  // CHECK: arith.maximumf
  // CHECK-NOT: kernel.stage
  %0 = graph.matmul %a, %b : tensor<4x8xf32>, tensor<8x5xf32> -> tensor<4x5xf32, #graph.type<[4, 5]>>
  %1 = graph.add %0, %bias : tensor<4x5xf32, #graph.type<[4, 5]>>, tensor<5xf32> -> tensor<4x5xf32, #graph.type<[4, 5]>>
  %2 = graph.relu %1 : tensor<4x5xf32, #graph.type<[4, 5]>>
  return %2 : tensor<4x5xf32, #graph.type<[4, 5]>>
}

// The rounding to half precision is a finish.
// CHECK-LABEL: @half
func.func @half(%a: tensor<?x8xf16, #graph.type<[N, 8]>>) -> tensor<?xf16, #graph.type<[N]>> {
  // CHECK: kernel.stage {{.*}} init 0.000000e+00 : f32
  // CHECK: finish()
  // CHECK: arith.truncf
  // CHECK-NOT: kernel.stage
  %0 = graph.reduce_sum %a axes [1] : tensor<?x8xf16, #graph.type<[N, 8]>> -> tensor<?xf16, #graph.type<[N]>>
  return %0 : tensor<?xf16, #graph.type<[N]>>
}

// A fold with another user keeps its value.
// CHECK-LABEL: @shared
func.func @shared(%a: tensor<4x8xf32>) -> (tensor<4xf32, #graph.type<[4]>>, tensor<4xf32, #graph.type<[4]>>) {
  // CHECK-COUNT-2: kernel.stage
  %0 = graph.reduce_sum %a axes [1] : tensor<4x8xf32> -> tensor<4xf32, #graph.type<[4]>>
  %1 = graph.relu %0 : tensor<4xf32, #graph.type<[4]>>
  return %0, %1 : tensor<4xf32, #graph.type<[4]>>, tensor<4xf32, #graph.type<[4]>>
}

// A function runs on vectors too.
// CHECK-LABEL: @calls
func.func @calls(%a: tensor<4x8xf32>, %b: tensor<8x5xf32>) -> tensor<4x5xf32, #graph.type<[4, 5]>> {
  // CHECK: kernel.stage {{.*}} init
  // CHECK: finish
  // CHECK: kernel.math tanh
  %0 = graph.matmul %a, %b : tensor<4x8xf32>, tensor<8x5xf32> -> tensor<4x5xf32, #graph.type<[4, 5]>>
  %1 = graph.tanh %0 : tensor<4x5xf32, #graph.type<[4, 5]>>
  return %1 : tensor<4x5xf32, #graph.type<[4, 5]>>
}
