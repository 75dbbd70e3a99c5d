// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @list
func.func @list(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // CHECK: graph.sequence(%{{.*}}, %{{.*}}) : tensor<2xf32>, tensor<3xf32>
  %0 = graph.sequence (%x, %y) : tensor<2xf32>, tensor<3xf32>
  // CHECK: graph.sequence stacked(%{{.*}}) : tensor<2xf32>
  %1 = graph.sequence stacked (%x) : tensor<2xf32>
  return
}

// -----

func.func @c1(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{stacks 2 tensors}}
  %0 = graph.sequence stacked (%x, %y) : tensor<2xf32>, tensor<3xf32>
  return
}
