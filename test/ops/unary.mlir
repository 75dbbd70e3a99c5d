// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @same_type
func.func @same_type(%a: tensor<?xf32, #graph.type<[N]>>) -> tensor<?xf32, #graph.type<[N]>> {
  // CHECK: graph.exp %{{.*}} : tensor<?xf32, #graph.type<[N]>>
  %0 = graph.exp %a : tensor<?xf32, #graph.type<[N]>>
  return %0 : tensor<?xf32, #graph.type<[N]>>
}

// -----

func.func @element_type(%a: tensor<3xi32>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of floating-point values}}
  %0 = graph.exp %a : tensor<3xi32>
  return
}
