// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @batched
func.func @batched(%a: tensor<?x2x?x4xf32, #graph.type<[N, 2, S, 4]>>, %b: tensor<2x4x5xf32>) {
  // CHECK: graph.matmul {{.*}} -> tensor<?x2x?x5xf32, #graph.type<[N, 2, S, 5]>>
  %0 = graph.matmul %a, %b : tensor<?x2x?x4xf32, #graph.type<[N, 2, S, 4]>>, tensor<2x4x5xf32> -> tensor<?x2x?x5xf32, #graph.type<[N, 2, S, 5]>>
  return
}

// -----

func.func @c1(%a: tensor<2x3xf32>, %b: tensor<3x4xf16>) {
  // expected-error @+2 {{operands have element types 'f32' and 'f16'; expected one}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.matmul %a, %b : tensor<2x3xf32>, tensor<3x4xf16> -> tensor<2x4xf32>
  return
}

// -----

func.func @c2(%a: tensor<3xf32>, %b: tensor<3x4xf32>) {
  // expected-error @+2 {{operands have ranks 1 and 2; expected 2 or more}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.matmul %a, %b : tensor<3xf32>, tensor<3x4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @c3(%a: tensor<2x3xf32>, %b: tensor<4x5xf32>) {
  // expected-error @+2 {{lhs has 3 columns, rhs has 4 rows; expected the same number}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.matmul %a, %b : tensor<2x3xf32>, tensor<4x5xf32> -> tensor<2x5xf32>
  return
}

// -----

func.func @c4(%a: tensor<2x2x3xf32>, %b: tensor<4x3x5xf32>) {
  // expected-error @+2 {{batch dims of [2, 2, 3] and [4, 3, 5] do not broadcast}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.matmul %a, %b : tensor<2x2x3xf32>, tensor<4x3x5xf32> -> tensor<4x2x5xf32>
  return
}
