// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @broadcast
func.func @broadcast(%a: tensor<?x1xf32, #graph.type<[N, 1]>>, %b: tensor<3xf32>)
    -> tensor<?x3xf32, #graph.type<[N, 3]>> {
  // CHECK: graph.add {{.*}} -> tensor<?x3xf32, #graph.type<[N, 3]>>
  %0 = graph.add %a, %b : tensor<?x1xf32, #graph.type<[N, 1]>>, tensor<3xf32> -> tensor<?x3xf32, #graph.type<[N, 3]>>
  return %0 : tensor<?x3xf32, #graph.type<[N, 3]>>
}

// -----

// Two symbols broadcast to an expression of both.
// CHECK-LABEL: @symbols
func.func @symbols(%a: tensor<?xi32, #graph.type<[N]>>, %b: tensor<?xi32, #graph.type<[M]>>) {
  // CHECK: graph.less {{.*}} -> tensor<?xi1, #graph.type<[bcast(M, N)]>>
  %0 = graph.less %a, %b : tensor<?xi32, #graph.type<[N]>>, tensor<?xi32, #graph.type<[M]>> -> tensor<?xi1, #graph.type<[bcast(N, M)]>>
  return
}

// -----

func.func @c1(%a: tensor<3xf32>, %b: tensor<3xf64>) {
  // expected-error @+2 {{operands have element types 'f32' and 'f64'; expected one}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.mul %a, %b : tensor<3xf32>, tensor<3xf64> -> tensor<3xf32, #graph.type<[3]>>
  return
}

// -----

func.func @c2(%a: tensor<3xf32>, %b: tensor<4xf32>) {
  // expected-error @+2 {{shapes [3] and [4] do not broadcast}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.sub %a, %b : tensor<3xf32>, tensor<4xf32> -> tensor<4xf32, #graph.type<[4]>>
  return
}

// -----

// CHECK-LABEL: @remainders_and_powers
func.func @remainders_and_powers(%i: tensor<3xi32>, %x: tensor<?xf32, #graph.type<[N]>>) {
  // CHECK: graph.mod
  %0 = graph.mod %i, %i : tensor<3xi32>, tensor<3xi32> -> tensor<3xi32, #graph.type<[3]>>
  // CHECK: graph.remainder
  %1 = graph.remainder %x, %x : tensor<?xf32, #graph.type<[N]>>, tensor<?xf32, #graph.type<[N]>> -> tensor<?xf32, #graph.type<[N]>>
  // CHECK: graph.pow
  %2 = graph.pow %x, %x : tensor<?xf32, #graph.type<[N]>>, tensor<?xf32, #graph.type<[N]>> -> tensor<?xf32, #graph.type<[N]>>
  return
}
