// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @stump
func.func @stump(%x: tensor<?x4xf32, #graph.type<[N, 4]>>, %n: tensor<3x6xi64>, %t: tensor<3xf32>, %r: tensor<1xi64>, %k: tensor<2xi64>, %w: tensor<2xf32>) {
  // CHECK: -> tensor<?x3xf32, #graph.type<[N, 3]>>
  %0 = graph.tree_ensemble %x nodes %n, %t roots %r weights %k, %w targets 3 aggregate 0 : tensor<?x4xf32, #graph.type<[N, 4]>>, tensor<3x6xi64>, tensor<3xf32>, tensor<1xi64>, tensor<2xi64>, tensor<2xf32> -> tensor<?x3xf32, #graph.type<[N, 3]>>
  return
}

// -----

func.func @c1(%x: tensor<4xf32>, %n: tensor<3x6xi64>, %t: tensor<3xf32>, %r: tensor<1xi64>, %k: tensor<2xi64>, %w: tensor<2xf32>) {
  // expected-error @+2 {{input [4] of 'f32'; expected [rows, features] of f32}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.tree_ensemble %x nodes %n, %t roots %r weights %k, %w targets 3 aggregate 0 : tensor<4xf32>, tensor<3x6xi64>, tensor<3xf32>, tensor<1xi64>, tensor<2xi64>, tensor<2xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @c2(%x: tensor<2x4xf32>, %n: tensor<3x5xi64>, %t: tensor<3xf32>, %r: tensor<1xi64>, %k: tensor<2xi64>, %w: tensor<2xf32>) {
  // expected-error @+2 {{the tables have other types}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.tree_ensemble %x nodes %n, %t roots %r weights %k, %w targets 3 aggregate 0 : tensor<2x4xf32>, tensor<3x5xi64>, tensor<3xf32>, tensor<1xi64>, tensor<2xi64>, tensor<2xf32> -> tensor<2x3xf32>
  return
}
