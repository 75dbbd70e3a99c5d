// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @chosen
func.func @chosen(%x: tensor<?x5xf32, #graph.type<[N, 5]>>, %i: tensor<?x2xi64, #graph.type<[N, 2]>>) {
  // CHECK: graph.gather_elements {{.*}} axis 1 {{.*}} -> tensor<?x2xf32, #graph.type<[N, 2]>>
  %0 = graph.gather_elements %x, %i axis 1 : tensor<?x5xf32, #graph.type<[N, 5]>>, tensor<?x2xi64, #graph.type<[N, 2]>> -> tensor<?x2xf32, #graph.type<[N, 2]>>
  return
}

// -----

func.func @c1(%x: tensor<2xf32>, %i: tensor<3xi32>) {
  // expected-error @+2 {{axis 1 is not below the rank 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.gather_elements %x, %i axis 1 : tensor<2xf32>, tensor<3xi32> -> tensor<3xf32>
  return
}

// -----

func.func @c2(%x: tensor<2x3xf32>, %i: tensor<3xi32>) {
  // expected-error @+2 {{indices have rank 1; expected that of the input, 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.gather_elements %x, %i axis 1 : tensor<2x3xf32>, tensor<3xi32> -> tensor<3xf32>
  return
}

// -----

func.func @c3(%x: tensor<2x3xf32>, %i: tensor<3x1xi32>) {
  // expected-error @+2 {{indices [3, 1] exceed input [2, 3] at axis 0}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.gather_elements %x, %i axis 1 : tensor<2x3xf32>, tensor<3x1xi32> -> tensor<3x1xf32>
  return
}
