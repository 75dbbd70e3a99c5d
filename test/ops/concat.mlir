// RUN: sinter-opt %s -split-input-file -verify-diagnostics --canonicalize | FileCheck %s

// CHECK-LABEL: @sum_of_dims
func.func @sum_of_dims(%a: tensor<?x3xf32, #graph.type<[N, 3]>>, %b: tensor<?x?xf32, #graph.type<[M, K]>>)
    -> tensor<?x3xf32, #graph.type<[M + N, 3]>> {
  // CHECK: graph.concat {{.*}} axis 0 {{.*}} -> tensor<?x3xf32, #graph.type<[M + N, 3]>>
  %0 = graph.concat %a, %b axis 0 : tensor<?x3xf32, #graph.type<[N, 3]>>, tensor<?x?xf32, #graph.type<[M, K]>> -> tensor<?x3xf32, #graph.type<[N + M, 3]>>
  return %0 : tensor<?x3xf32, #graph.type<[M + N, 3]>>
}

// -----

// CHECK-LABEL: @single
// CHECK-SAME: %[[INPUT:.+]]: tensor
func.func @single(%a: tensor<2xf32, #graph.type<[2]>>) -> tensor<2xf32, #graph.type<[2]>> {
  // CHECK-NEXT: return %[[INPUT]]
  %0 = graph.concat %a axis 0 : tensor<2xf32, #graph.type<[2]>> -> tensor<2xf32, #graph.type<[2]>>
  return %0 : tensor<2xf32, #graph.type<[2]>>
}

// -----

func.func @c2(%a: tensor<2xf32>, %b: tensor<2xf64>) {
  // expected-error @+2 {{input of type 'tensor<2xf64>' does not match the first of type 'tensor<2xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.concat %a, %b axis 0 : tensor<2xf32>, tensor<2xf64> -> tensor<4xf32>
  return
}

// -----

func.func @c3(%a: tensor<2xf32>) {
  // expected-error @+2 {{axis 1 is not below the rank 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.concat %a, %a axis 1 : tensor<2xf32>, tensor<2xf32> -> tensor<4xf32>
  return
}

// -----

func.func @c4(%a: tensor<2x3xf32>, %b: tensor<2x4xf32>) {
  // expected-error @+2 {{cannot join [4, 3] and [2, 4] along axis 0}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.concat %a, %b axis 0 : tensor<2x3xf32>, tensor<2x4xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @c1() {
  // expected-error @+2 {{expected at least one input}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = "graph.concat"() <{axis = 0 : i64}> : () -> tensor<2xf32>
  return
}
