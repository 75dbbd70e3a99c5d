// RUN: sinter-opt %s -split-input-file -verify-diagnostics --cse | FileCheck %s

// One key is one constant.
// CHECK-LABEL: @same_key
func.func @same_key() -> (tensor<2xf32>, tensor<2xf32>) {
  // CHECK-NEXT: %[[VALUE:.+]] = graph.constant <"w0"> : tensor<2xf32>
  // CHECK-NEXT: return %[[VALUE]], %[[VALUE]]
  %0 = graph.constant <"w0"> : tensor<2xf32>
  %1 = graph.constant <"w0"> : tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// -----

func.func @c1() {
  // expected-error @+1 {{has the dynamic type}}
  %0 = graph.constant <"w0"> : tensor<?xf32, #graph.type<[N]>>
  return
}
