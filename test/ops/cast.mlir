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

// A cast that keeps each value is skipped, and then nothing may be left.
// CHECK-LABEL: @widened
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<2xf16, {{.*}}>, %[[B:[a-z0-9]+]]: tensor
func.func @widened(%a: tensor<2xf16, #graph.type<[2]>>, %b: tensor<2xui8, #graph.type<[2]>>) -> (tensor<2xf16, #graph.type<[2]>>, tensor<2xf32, #graph.type<[2]>>) {
  // CHECK-NEXT: %[[FLOAT:.+]] = graph.cast %[[B]] to f32
  // CHECK-NEXT: return %[[A]], %[[FLOAT]]
  %0 = graph.cast %a to f32 : tensor<2xf16, #graph.type<[2]>> -> tensor<2xf32, #graph.type<[2]>>
  %1 = graph.cast %0 to f16 : tensor<2xf32, #graph.type<[2]>> -> tensor<2xf16, #graph.type<[2]>>
  %2 = graph.cast %b to i32 : tensor<2xui8, #graph.type<[2]>> -> tensor<2xi32, #graph.type<[2]>>
  %3 = graph.cast %2 to f32 : tensor<2xi32, #graph.type<[2]>> -> tensor<2xf32, #graph.type<[2]>>
  return %1, %3 : tensor<2xf16, #graph.type<[2]>>, tensor<2xf32, #graph.type<[2]>>
}

// -----

// Each of these casts loses values.
// CHECK-LABEL: @narrowed
func.func @narrowed(%a: tensor<2xf32>, %b: tensor<2xi8>) -> (tensor<2xf32, #graph.type<[2]>>, tensor<2xi32, #graph.type<[2]>>) {
  // CHECK-COUNT-4: graph.cast
  %0 = graph.cast %a to bf16 : tensor<2xf32> -> tensor<2xbf16, #graph.type<[2]>>
  %1 = graph.cast %0 to f32 : tensor<2xbf16, #graph.type<[2]>> -> tensor<2xf32, #graph.type<[2]>>
  %2 = graph.cast %b to ui32 : tensor<2xi8> -> tensor<2xui32, #graph.type<[2]>>
  %3 = graph.cast %2 to i32 : tensor<2xui32, #graph.type<[2]>> -> tensor<2xi32, #graph.type<[2]>>
  return %1, %3 : tensor<2xf32, #graph.type<[2]>>, tensor<2xi32, #graph.type<[2]>>
}

// -----

func.func @c1(%a: tensor<2xf32>) {
  // expected-error @+2 {{cannot cast to 'index'; expected a float, an integer or bool}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.cast %a to index : tensor<2xf32> -> tensor<2xindex>
  return
}
