// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @floor
func.func @floor(%x: tensor<?x3x?xf32, #graph.type<[N, 3, H]>>) {
  // CHECK: graph.max_pool {{.*}} #graph.type<[N, 3, floordiv(H, 2)]>>
  %0 = graph.max_pool %x window [2] strides [2] pads [0, 0] dilations [1] : tensor<?x3x?xf32, #graph.type<[N, 3, H]>> -> tensor<?x3x?xf32, #graph.type<[N, 3, floordiv(H, 2)]>>
  return
}

// -----

// CHECK-LABEL: @ceil
func.func @ceil(%x: tensor<?x3x?xf32, #graph.type<[N, 3, H]>>) {
  // CHECK: graph.max_pool {{.*}} ceil_mode {{.*}} #graph.type<[N, 3, ceildiv(H, 2)]>>
  %0 = graph.max_pool %x window [2] strides [2] pads [0, 0] dilations [1] ceil_mode : tensor<?x3x?xf32, #graph.type<[N, 3, H]>> -> tensor<?x3x?xf32, #graph.type<[N, 3, ceildiv(H, 2)]>>
  return
}

// -----

// A third window would begin in the pad after the input.
// CHECK-LABEL: @no_window_in_the_pad
func.func @no_window_in_the_pad(%x: tensor<1x1x3xf32>) {
  // CHECK: graph.average_pool {{.*}} ceil_mode count_include_pad {{.*}} #graph.type<[1, 1, 2]>>
  %0 = graph.average_pool %x window [2] strides [2] pads [1, 1] dilations [1] ceil_mode count_include_pad : tensor<1x1x3xf32> -> tensor<1x1x2xf32, #graph.type<[1, 1, 2]>>
  return
}

// -----

// CHECK-LABEL: @sum
func.func @sum(%x: tensor<?x3x?xf32, #graph.type<[N, 3, H]>>) {
  // CHECK: graph.sum_pool {{.*}} #graph.type<[N, 3, H]>>
  %0 = graph.sum_pool %x window [3] strides [1] pads [1, 1] dilations [1] : tensor<?x3x?xf32, #graph.type<[N, 3, H]>> -> tensor<?x3x?xf32, #graph.type<[N, 3, H]>>
  return
}

// -----

func.func @c1(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{input has rank 2; expected 3 or more}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.max_pool %x window [2] strides [2] pads [0, 0] dilations [1] : tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @c2(%x: tensor<1x2x3xf32>) {
  // expected-error @+2 {{strides [0], dilations [1] or pads [0, 0] do not fit 1 spatial axes}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.max_pool %x window [2] strides [0] pads [0, 0] dilations [1] : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @c2_window(%x: tensor<1x2x3xf32>) {
  // expected-error @+2 {{window [2, 2] does not fit 1 spatial axes}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.max_pool %x window [2, 2] strides [2] pads [0, 0] dilations [1] : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @c3(%x: tensor<1x2x3xf32>) {
  // expected-error @+2 {{window [4] does not fit input [1, 2, 3] at axis 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.average_pool %x window [4] strides [2] pads [0, 0] dilations [1] : tensor<1x2x3xf32> -> tensor<1x2x1xf32>
  return
}
