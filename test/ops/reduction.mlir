// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @dims
func.func @dims(%a: tensor<?x4x5xf32, #graph.type<[N, 4, 5]>>) {
  // CHECK: graph.reduce_sum {{.*}} -> tensor<?x5xf32, #graph.type<[N, 5]>>
  %0 = graph.reduce_sum %a axes [1] : tensor<?x4x5xf32, #graph.type<[N, 4, 5]>> -> tensor<?x5xf32, #graph.type<[N, 5]>>
  // CHECK: graph.reduce_max {{.*}} keep_dims {{.*}} -> tensor<1x4x1xf32, #graph.type<[1, 4, 1]>>
  %1 = graph.reduce_max %a axes [0, 2] keep_dims : tensor<?x4x5xf32, #graph.type<[N, 4, 5]>> -> tensor<1x4x1xf32, #graph.type<[1, 4, 1]>>
  return
}

// -----

func.func @c1(%a: tensor<2x3xf32>) {
  // expected-error @+2 {{axis 2 is out of order or not below the rank 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.reduce_prod %a axes [2] : tensor<2x3xf32> -> tensor<2xf32>
  return
}
