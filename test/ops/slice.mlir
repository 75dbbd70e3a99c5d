// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @last
func.func @last(%x: tensor<?x10xf32, #graph.type<[N, 10]>>) {
  // CHECK: graph.slice {{.*}} #graph.type<[1, 4]>>
  %0 = graph.slice %x starts [#graph.dim<N + -1>, #graph.dim<9>] steps [1, -3] sizes [#graph.dim<1>, #graph.dim<4>] : tensor<?x10xf32, #graph.type<[N, 10]>> -> tensor<1x4xf32, #graph.type<[1, 4]>>
  return
}

// -----

func.func @c1(%x: tensor<3xf32>) {
  // expected-error @+2 {{starts [0], steps [1, 1] or sizes [3] do not fit input [3]}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.slice %x starts [#graph.dim<0>] steps [1, 1] sizes [#graph.dim<3>] : tensor<3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @c2(%x: tensor<3xf32>) {
  // expected-error @+2 {{the step of axis 0 is 0}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.slice %x starts [#graph.dim<0>] steps [0] sizes [#graph.dim<3>] : tensor<3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @c3(%x: tensor<3xf32>) {
  // expected-error @+2 {{starts [-1] or sizes [3] are negative at axis 0}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.slice %x starts [#graph.dim<-1>] steps [1] sizes [#graph.dim<3>] : tensor<3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @c4(%x: tensor<3xf32>) {
  // expected-error @+2 {{starts [1], steps [1], sizes [3] leave input [3] at axis 0}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.slice %x starts [#graph.dim<1>] steps [1] sizes [#graph.dim<3>] : tensor<3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @c4_backwards(%x: tensor<3xf32>) {
  // expected-error @+2 {{starts [1], steps [-1], sizes [3] leave input [3] at axis 0}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.slice %x starts [#graph.dim<1>] steps [-1] sizes [#graph.dim<3>] : tensor<3xf32> -> tensor<3xf32>
  return
}
