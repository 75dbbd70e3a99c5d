// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @rows
func.func @rows(%x: tensor<?x3xf32, #graph.type<[N, 3]>>) {
  // CHECK: graph.unique %{{.*}} sorted
  %0:4 = graph.unique %x sorted : tensor<?x3xf32, #graph.type<[N, 3]>> -> tensor<?xi64, #graph.type<[N]>>, tensor<?xi64, #graph.type<[N]>>, tensor<?xi64, #graph.type<[N]>>, tensor<i64, #graph.type<[]>>
  return
}

// -----

func.func @c1(%x: tensor<3xf32>) {
  // expected-error @+2 {{rank 1; expected 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0:4 = graph.unique %x : tensor<3xf32> -> tensor<3xi64>, tensor<3xi64>, tensor<3xi64>, tensor<i64>
  return
}
