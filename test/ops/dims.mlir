// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @vector
func.func @vector() {
  // CHECK: graph.dims [#graph.dim<N>, #graph.dim<3>] shape [2] to i64 : tensor<2xi64
  %0 = graph.dims [#graph.dim<N>, #graph.dim<3>] shape [2] to i64 : tensor<2xi64, #graph.type<[2]>>
  return
}

// -----

// CHECK-LABEL: @scalar
func.func @scalar() {
  // CHECK: graph.dims [#graph.dim<N>] shape [] to i32 : tensor<i32
  %0 = graph.dims [#graph.dim<N>] shape [] to i32 : tensor<i32, #graph.type<[]>>
  return
}

// -----

func.func @c1() {
  // expected-error @+2 {{shape [3] does not fit 2 values}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.dims [#graph.dim<N>, #graph.dim<3>] shape [3] to i64 : tensor<3xi64, #graph.type<[3]>>
  return
}

// -----

func.func @c2() {
  // expected-error @+2 {{element type 'f32'; expected an integer or bool}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.dims [#graph.dim<N>, #graph.dim<3>] shape [2] to f32 : tensor<2xf32, #graph.type<[2]>>
  return
}
