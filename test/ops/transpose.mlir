// RUN: sinter-opt %s -split-input-file -verify-diagnostics --canonicalize | FileCheck %s

// CHECK-LABEL: @composed
// CHECK-SAME: %[[INPUT:.+]]: tensor<2x3x4xf32>
func.func @composed(%a: tensor<2x3x4xf32>) -> tensor<4x2x3xf32, #graph.type<[4, 2, 3]>> {
  // CHECK-NEXT: %[[RESULT:.+]] = graph.transpose %[[INPUT]] permutation [2, 0, 1]
  // CHECK-NEXT: return %[[RESULT]]
  %0 = graph.transpose %a permutation [1, 2, 0] : tensor<2x3x4xf32> -> tensor<3x4x2xf32, #graph.type<[3, 4, 2]>>
  %1 = graph.transpose %0 permutation [1, 2, 0] : tensor<3x4x2xf32, #graph.type<[3, 4, 2]>> -> tensor<4x2x3xf32, #graph.type<[4, 2, 3]>>
  return %1 : tensor<4x2x3xf32, #graph.type<[4, 2, 3]>>
}

// -----

// CHECK-LABEL: @inverse
// CHECK-SAME: %[[INPUT:.+]]: tensor
func.func @inverse(%a: tensor<?x3xf32, #graph.type<[N, 3]>>) -> tensor<?x3xf32, #graph.type<[N, 3]>> {
  // CHECK-NEXT: return %[[INPUT]]
  %0 = graph.transpose %a permutation [1, 0] : tensor<?x3xf32, #graph.type<[N, 3]>> -> tensor<3x?xf32, #graph.type<[3, N]>>
  %1 = graph.transpose %0 permutation [1, 0] : tensor<3x?xf32, #graph.type<[3, N]>> -> tensor<?x3xf32, #graph.type<[N, 3]>>
  return %1 : tensor<?x3xf32, #graph.type<[N, 3]>>
}

// -----

func.func @c1(%a: tensor<2x3xf32>) {
  // expected-error @+2 {{permutation [0, 0] is no permutation of the 2 axes}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.transpose %a permutation [0, 0] : tensor<2x3xf32> -> tensor<2x2xf32>
  return
}
