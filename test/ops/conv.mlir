// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @strided
func.func @strided(%x: tensor<?x3x?x224xf32, #graph.type<[N, 3, H, 224]>>, %w: tensor<64x3x7x7xf32>) {
  // CHECK: graph.conv {{.*}} -> tensor<?x64x?x112xf32, #graph.type<[N, 64, floordiv(H + -1, 2) + 1, 112]>>
  %0 = graph.conv %x, %w strides [2, 2] pads [3, 3, 3, 3] dilations [1, 1] groups 1 : tensor<?x3x?x224xf32, #graph.type<[N, 3, H, 224]>>, tensor<64x3x7x7xf32> -> tensor<?x64x?x112xf32, #graph.type<[N, 64, floordiv(H + -1, 2) + 1, 112]>>
  return
}

// -----

// CHECK-LABEL: @depthwise_dilated
func.func @depthwise_dilated(%x: tensor<1x8x20xf32>, %w: tensor<8x1x3xf32>) {
  // CHECK: -> tensor<1x8x16xf32, #graph.type<[1, 8, 16]>>
  %0 = graph.conv %x, %w strides [1] pads [0, 0] dilations [2] groups 8 : tensor<1x8x20xf32>, tensor<8x1x3xf32> -> tensor<1x8x16xf32, #graph.type<[1, 8, 16]>>
  return
}

// -----

func.func @c1(%x: tensor<1x8x20xf32>, %w: tensor<8x8x3xf16>) {
  // expected-error @+2 {{input has element type 'f32', filter has 'f16'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.conv %x, %w strides [1] pads [0, 0] dilations [1] groups 1 : tensor<1x8x20xf32>, tensor<8x8x3xf16> -> tensor<1x8x18xf32>
  return
}

// -----

func.func @c2(%x: tensor<1x8x20xf32>, %w: tensor<8x8xf32>) {
  // expected-error @+2 {{input has rank 3, filter has rank 2; expected one rank, 3 or more}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.conv %x, %w strides [1] pads [0, 0] dilations [1] groups 1 : tensor<1x8x20xf32>, tensor<8x8xf32> -> tensor<1x8x18xf32>
  return
}

// -----

func.func @c3(%x: tensor<1x8x20xf32>, %w: tensor<8x8x3xf32>) {
  // expected-error @+2 {{strides [0], dilations [1] or pads [0, 0] do not fit 1 spatial axes}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.conv %x, %w strides [0] pads [0, 0] dilations [1] groups 1 : tensor<1x8x20xf32>, tensor<8x8x3xf32> -> tensor<1x8x18xf32>
  return
}

// -----

func.func @c4(%x: tensor<1x8x20xf32>, %w: tensor<8x8x0xf32>) {
  // expected-error @+2 {{window of filter [8, 8, 0] is not a positive constant}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.conv %x, %w strides [1] pads [0, 0] dilations [1] groups 1 : tensor<1x8x20xf32>, tensor<8x8x0xf32> -> tensor<1x8x18xf32>
  return
}

// -----

func.func @c5(%x: tensor<1x9x20xf32>, %w: tensor<8x4x3xf32>) {
  // expected-error @+2 {{filter [8, 4, 3] in 2 groups does not fit [9] channels}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.conv %x, %w strides [1] pads [0, 0] dilations [1] groups 2 : tensor<1x9x20xf32>, tensor<8x4x3xf32> -> tensor<1x8x18xf32>
  return
}

// -----

func.func @c6(%x: tensor<1x8x2xf32>, %w: tensor<8x8x3xf32>) {
  // expected-error @+2 {{the window of filter [8, 8, 3] does not fit input [1, 8, 2] at axis 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.conv %x, %w strides [1] pads [0, 0] dilations [1] groups 1 : tensor<1x8x2xf32>, tensor<8x8x3xf32> -> tensor<1x8x18xf32>
  return
}

// -----

// CHECK-LABEL: @integers
func.func @integers(%x: tensor<1x8x20xi32>, %w: tensor<8x8x3xi32>) {
  // CHECK: -> tensor<1x8x18xi32, #graph.type<[1, 8, 18]>>
  %0 = graph.conv %x, %w strides [1] pads [0, 0] dilations [1] groups 1 : tensor<1x8x20xi32>, tensor<8x8x3xi32> -> tensor<1x8x18xi32, #graph.type<[1, 8, 18]>>
  return
}
