// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @symbol
func.func @symbol() {
  // CHECK: graph.iota <N> : tensor<?xi64, #graph.type<[N]>>
  %0 = graph.iota <N> : tensor<?xi64, #graph.type<[N]>>
  return
}

// -----

func.func @c1() {
  // expected-error @+2 {{size -1 is negative}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.iota <-1> : tensor<1xi64, #graph.type<[1]>>
  return
}
