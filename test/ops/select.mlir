// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @broadcast
func.func @broadcast(%c: tensor<?x1xi1, #graph.type<[N, 1]>>, %a: tensor<4xf32, #graph.type<[4]>>, %b: tensor<f32>) {
  // CHECK: graph.select {{.*}} #graph.type<[N, 4]>>
  %0 = graph.select %c, %a, %b : tensor<?x1xi1, #graph.type<[N, 1]>>, tensor<4xf32, #graph.type<[4]>>, tensor<f32> -> tensor<?x4xf32, #graph.type<[N, 4]>>
  return
}

// -----

func.func @c1(%c: tensor<?x1xi1, #graph.type<[N, 1]>>, %a: tensor<4xf32, #graph.type<[4]>>, %b: tensor<i64>) {
  // expected-error @+2 {{values have element types 'f32' and 'i64'; expected one}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.select %c, %a, %b : tensor<?x1xi1, #graph.type<[N, 1]>>, tensor<4xf32, #graph.type<[4]>>, tensor<i64> -> tensor<?x4xf32, #graph.type<[N, 4]>>
  return
}

// -----

func.func @c2(%c: tensor<?x1xi1, #graph.type<[N, 1]>>, %a: tensor<4xf32, #graph.type<[4]>>, %b: tensor<3xf32>) {
  // expected-error @+2 {{shapes [N, 4] and [3] do not broadcast}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.select %c, %a, %b : tensor<?x1xi1, #graph.type<[N, 1]>>, tensor<4xf32, #graph.type<[4]>>, tensor<3xf32> -> tensor<?x4xf32, #graph.type<[N, 4]>>
  return
}
