// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @same_dims
func.func @same_dims(%x: tensor<?x5xf32, #graph.type<[N, 5]>>, %b: tensor<3xi1>) {
  // CHECK: graph.bit_cast {{.*}} to i32 {{.*}} -> tensor<?x5xi32, #graph.type<[N, 5]>>
  %0 = graph.bit_cast %x to i32 : tensor<?x5xf32, #graph.type<[N, 5]>> -> tensor<?x5xi32, #graph.type<[N, 5]>>
  // CHECK: graph.bit_cast {{.*}} to ui8
  %1 = graph.bit_cast %b to ui8 : tensor<3xi1> -> tensor<3xui8, #graph.type<[3]>>
  return
}

// -----

func.func @c1(%x: tensor<2xf32>) {
  // expected-error @+2 {{cannot read the bits of 'f32' as 'i64'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.bit_cast %x to i64 : tensor<2xf32> -> tensor<2xi64>
  return
}

// -----

func.func @c1_bool(%x: tensor<2xi8>) {
  // expected-error @+2 {{cannot read the bits of 'i8' as 'i1'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.bit_cast %x to i1 : tensor<2xi8> -> tensor<2xi1>
  return
}
