// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @bounded
func.func @bounded(%b: tensor<1x?x4xf32, #graph.type<[1, N, 4]>>, %s: tensor<1x2x?xf32, #graph.type<[1, 2, N]>>, %t: tensor<f32>) {
  // CHECK: -> tensor<?x3xi64, #graph.type<[2*min(N, 3), 3]>>, tensor<i64, #graph.type<[]>>
  %0:2 = graph.non_max_suppression %b, %s above %t within %t most <3> : tensor<1x?x4xf32, #graph.type<[1, N, 4]>>, tensor<1x2x?xf32, #graph.type<[1, 2, N]>>, tensor<f32>, tensor<f32> -> tensor<?x3xi64, #graph.type<[2*min(N, 3), 3]>>, tensor<i64, #graph.type<[]>>
  return
}

// -----

func.func @c1(%b: tensor<1x5x3xf32>, %s: tensor<1x2x5xf32>, %t: tensor<f32>) {
  // expected-error @+2 {{boxes [1, 5, 3] and scores [1, 2, 5]; expected [b, n, 4] and [b, c, n] of f32}}
  // expected-error @+1 {{failed to infer returned types}}
  %0:2 = graph.non_max_suppression %b, %s above %t within %t most <3> : tensor<1x5x3xf32>, tensor<1x2x5xf32>, tensor<f32>, tensor<f32> -> tensor<6x3xi64>, tensor<i64>
  return
}

// -----

func.func @c2(%b: tensor<1x5x4xf32>, %s: tensor<1x2x5xf32>, %t: tensor<2xf32>) {
  // expected-error @+2 {{threshold of type 'tensor<2xf32>'; expected a scalar of f32}}
  // expected-error @+1 {{failed to infer returned types}}
  %0:2 = graph.non_max_suppression %b, %s above %t within %t most <3> : tensor<1x5x4xf32>, tensor<1x2x5xf32>, tensor<2xf32>, tensor<2xf32> -> tensor<6x3xi64>, tensor<i64>
  return
}

// -----

func.func @c3(%b: tensor<1x5x4xf32>, %s: tensor<1x2x5xf32>, %t: tensor<f32>) {
  // expected-error @+2 {{most is -1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0:2 = graph.non_max_suppression %b, %s above %t within %t most <-1> : tensor<1x5x4xf32>, tensor<1x2x5xf32>, tensor<f32>, tensor<f32> -> tensor<6x3xi64>, tensor<i64>
  return
}
