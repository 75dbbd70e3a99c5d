// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @embedding
func.func @embedding(%table: tensor<50x8xf32>, %ids: tensor<?x?xi64, #graph.type<[N, S]>>) {
  // CHECK: graph.gather {{.*}} axis 0 {{.*}} -> tensor<?x?x8xf32, #graph.type<[N, S, 8]>>
  %0 = graph.gather %table, %ids axis 0 : tensor<50x8xf32>, tensor<?x?xi64, #graph.type<[N, S]>> -> tensor<?x?x8xf32, #graph.type<[N, S, 8]>>
  return
}

// -----

// A scalar index drops the axis.
// CHECK-LABEL: @scalar
func.func @scalar(%a: tensor<2x3x4xf32>, %index: tensor<i32>) {
  // CHECK: -> tensor<2x4xf32, #graph.type<[2, 4]>>
  %0 = graph.gather %a, %index axis 1 : tensor<2x3x4xf32>, tensor<i32> -> tensor<2x4xf32, #graph.type<[2, 4]>>
  return
}

// -----

func.func @c1(%a: tensor<2xf32>, %index: tensor<i32>) {
  // expected-error @+2 {{axis 1 is not below the rank 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.gather %a, %index axis 1 : tensor<2xf32>, tensor<i32> -> tensor<f32>
  return
}
