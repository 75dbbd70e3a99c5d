// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @both_ways
func.func @both_ways(%x: tensor<3x1xf32, #graph.type<[3, 1]>>) {
  // CHECK: graph.expand {{.*}} #graph.type<[N, 3, 4]>>
  %0 = graph.expand %x dims [#graph.dim<N>, #graph.dim<1>, #graph.dim<4>] : tensor<3x1xf32, #graph.type<[3, 1]>> -> tensor<?x3x4xf32, #graph.type<[N, 3, 4]>>
  return
}

// -----

func.func @c1(%x: tensor<3xf32>) {
  // expected-error @+2 {{dim -1 of [-1] is negative}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.expand %x dims [#graph.dim<-1>] : tensor<3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @c2(%x: tensor<3xf32>) {
  // expected-error @+2 {{shapes [3] and [4] do not broadcast}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.expand %x dims [#graph.dim<4>] : tensor<3xf32> -> tensor<3xf32>
  return
}
