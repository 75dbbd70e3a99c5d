// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @symbolic
func.func @symbolic(%x: tensor<?x4xf32, #graph.type<[N, 4]>>, %at: tensor<?xi64, #graph.type<[M]>>, %u: tensor<?x4xf32, #graph.type<[M, 4]>>) {
  // CHECK: graph.scatter {{.*}} combine 1 {{.*}} -> tensor<?x4xf32, #graph.type<[N, 4]>>
  %0 = graph.scatter %x at %at, %u combine 1 : tensor<?x4xf32, #graph.type<[N, 4]>>, tensor<?xi64, #graph.type<[M]>>, tensor<?x4xf32, #graph.type<[M, 4]>> -> tensor<?x4xf32, #graph.type<[N, 4]>>
  return
}

// -----

func.func @c1(%x: tensor<3x4xf32>, %at: tensor<2xi32>, %u: tensor<2x4xf32>) {
  // expected-error @+2 {{data and updates must be matrices of one element type, positions a vector of i64}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.scatter %x at %at, %u combine 0 : tensor<3x4xf32>, tensor<2xi32>, tensor<2x4xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @c2(%x: tensor<3x4xf32>, %at: tensor<2xi64>, %u: tensor<2x5xf32>) {
  // expected-error @+2 {{updates are [2, 5] for [2] positions in [3, 4]}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.scatter %x at %at, %u combine 0 : tensor<3x4xf32>, tensor<2xi64>, tensor<2x5xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @c3(%x: tensor<3x4xf16>, %at: tensor<2xi64>, %u: tensor<2x4xf16>) {
  // expected-error @+2 {{combine is 1 for elements of 'f16'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.scatter %x at %at, %u combine 1 : tensor<3x4xf16>, tensor<2xi64>, tensor<2x4xf16> -> tensor<3x4xf16>
  return
}
