// RUN: sinter-opt %s -split-input-file -verify-diagnostics --canonicalize | FileCheck %s

// CHECK-LABEL: @types
func.func @types(%a: tensor<?xf32, #graph.type<[N]>>) -> tensor<?xi64, #graph.type<[N]>> {
  // CHECK: graph.cast %{{.*}} to i64 {{.*}} -> tensor<?xi64, #graph.type<[N]>>
  %0 = graph.cast %a to i64 : tensor<?xf32, #graph.type<[N]>> -> tensor<?xi64, #graph.type<[N]>>
  return %0 : tensor<?xi64, #graph.type<[N]>>
}

// -----

// CHECK-LABEL: @identity
// CHECK-SAME: %[[INPUT:.+]]: tensor
func.func @identity(%a: tensor<2xf32, #graph.type<[2]>>) -> tensor<2xf32, #graph.type<[2]>> {
  // CHECK-NEXT: return %[[INPUT]]
  %0 = graph.cast %a to f32 : tensor<2xf32, #graph.type<[2]>> -> tensor<2xf32, #graph.type<[2]>>
  return %0 : tensor<2xf32, #graph.type<[2]>>
}

// -----

func.func @c1(%a: tensor<2xf32>) {
  // expected-error @+2 {{cannot cast to 'index'; expected a float, an integer or bool}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.cast %a to index : tensor<2xf32> -> tensor<2xindex>
  return
}
