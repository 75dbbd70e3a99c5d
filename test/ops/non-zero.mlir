// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @rows
func.func @rows(%x: tensor<2x?xf32, #graph.type<[2, N]>>) {
  // CHECK: -> tensor<?x2xi64, #graph.type<[2*N, 2]>>, tensor<i64, #graph.type<[]>>
  %0:2 = graph.non_zero %x : tensor<2x?xf32, #graph.type<[2, N]>> -> tensor<?x2xi64, #graph.type<[2*N, 2]>>, tensor<i64, #graph.type<[]>>
  return
}
