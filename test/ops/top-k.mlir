// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @symbolic
func.func @symbolic(%x: tensor<2x?xf32, #graph.type<[2, N]>>) {
  // CHECK: -> tensor<2x?xf32, #graph.type<[2, k]>>, tensor<2x?xi64, #graph.type<[2, k]>>
  %0:2 = graph.top_k %x axis 1 k <k> largest : tensor<2x?xf32, #graph.type<[2, N]>> -> tensor<2x?xf32, #graph.type<[2, k]>>, tensor<2x?xi64, #graph.type<[2, k]>>
  return
}

// -----

func.func @c1(%x: tensor<3xf32>) {
  // expected-error @+2 {{axis 1 is not within rank 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0:2 = graph.top_k %x axis 1 k <1> : tensor<3xf32> -> tensor<1xf32>, tensor<1xi64>
  return
}

// -----

func.func @c2(%x: tensor<3xf32>) {
  // expected-error @+2 {{k is 4 at axis 0 of [3]}}
  // expected-error @+1 {{failed to infer returned types}}
  %0:2 = graph.top_k %x axis 0 k <4> : tensor<3xf32> -> tensor<4xf32>, tensor<4xi64>
  return
}
