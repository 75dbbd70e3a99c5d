// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @bind
func.func @bind(%n: tensor<i64>, %c: tensor<1xi1>) {
  // CHECK: graph.bind "s" = %{{.*}} : tensor<i64>
  graph.bind "s" = %n : tensor<i64>
  // CHECK: graph.check %{{.*}} : tensor<1xi1>, "no"
  graph.check %c : tensor<1xi1>, "no"
  return
}

// -----

func.func @c1(%n: tensor<i32>) {
  // expected-error @+1 {{value of type 'tensor<i32>'; expected one i64}}
  graph.bind "s" = %n : tensor<i32>
  return
}

// -----

func.func @c2(%c: tensor<2xi1>) {
  // expected-error @+1 {{condition of type 'tensor<2xi1>'; expected one bool}}
  graph.check %c : tensor<2xi1>, "no"
  return
}
