// RUN: sinter-opt %s -split-input-file -verify-diagnostics --canonicalize | FileCheck %s

// CHECK-LABEL: @merged
// CHECK-SAME: %[[INPUT:.+]]: tensor<?x2x3xf32
func.func @merged(%a: tensor<?x2x3xf32, #graph.type<[N, 2, 3]>>) -> tensor<6x?xf32, #graph.type<[6, N]>> {
  // CHECK-NEXT: %[[RESULT:.+]] = graph.reshape %[[INPUT]] dims [#graph.dim<6>, #graph.dim<N>]
  // CHECK-NEXT: return %[[RESULT]]
  %0 = graph.reshape %a dims [#graph.dim<6*N>] : tensor<?x2x3xf32, #graph.type<[N, 2, 3]>> -> tensor<?xf32, #graph.type<[6*N]>>
  %1 = graph.reshape %0 dims [#graph.dim<6>, #graph.dim<N>] : tensor<?xf32, #graph.type<[6*N]>> -> tensor<6x?xf32, #graph.type<[6, N]>>
  return %1 : tensor<6x?xf32, #graph.type<[6, N]>>
}

// -----

// The inner one needs a guard (is M equal to 6*N?) and stays.
// CHECK-LABEL: @guarded
func.func @guarded(%a: tensor<?x6xf32, #graph.type<[N, 6]>>) -> tensor<1x?xf32, #graph.type<[1, M]>> {
  // CHECK-COUNT-2: graph.reshape
  %0 = graph.reshape %a dims [#graph.dim<M>] : tensor<?x6xf32, #graph.type<[N, 6]>> -> tensor<?xf32, #graph.type<[M]>>
  %1 = graph.reshape %0 dims [#graph.dim<1>, #graph.dim<M>] : tensor<?xf32, #graph.type<[M]>> -> tensor<1x?xf32, #graph.type<[1, M]>>
  return %1 : tensor<1x?xf32, #graph.type<[1, M]>>
}

// -----

// CHECK-LABEL: @identity
// CHECK-SAME: %[[INPUT:.+]]: tensor
func.func @identity(%a: tensor<2xf32, #graph.type<[2]>>) -> tensor<2xf32, #graph.type<[2]>> {
  // CHECK-NEXT: return %[[INPUT]]
  %0 = graph.reshape %a dims [#graph.dim<2>] : tensor<2xf32, #graph.type<[2]>> -> tensor<2xf32, #graph.type<[2]>>
  return %0 : tensor<2xf32, #graph.type<[2]>>
}

// -----

func.func @c1(%a: tensor<2xf32>) {
  // expected-error @+2 {{dim -2 of [-2] is negative}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.reshape %a dims [#graph.dim<-2>] : tensor<2xf32> -> tensor<2xf32>
  return
}

// -----

func.func @c2(%a: tensor<2x3xf32>) {
  // expected-error @+2 {{cannot reshape [2, 3] (6 elements) to [7] (7)}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.reshape %a dims [#graph.dim<7>] : tensor<2x3xf32> -> tensor<7xf32>
  return
}
