// RUN: sinter-opt %s -split-input-file -verify-diagnostics --canonicalize --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @grow_and_crop
func.func @grow_and_crop(%x: tensor<?x10xf32, #graph.type<[N, 10]>>, %f: tensor<f32>) -> tensor<?x8xf32, #graph.type<[N + 3, 8]>> {
  // CHECK: graph.pad {{.*}} #graph.type<[N + 3, 8]>>
  %0 = graph.pad %x, %f low [#graph.dim<1>, #graph.dim<-1>] high [#graph.dim<2>, #graph.dim<-1>] : tensor<?x10xf32, #graph.type<[N, 10]>>, tensor<f32> -> tensor<?x8xf32, #graph.type<[N + 3, 8]>>
  return %0 : tensor<?x8xf32, #graph.type<[N + 3, 8]>>
}

// -----

// CHECK-LABEL: @nothing
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor
func.func @nothing(%x: tensor<?xf32, #graph.type<[N]>>, %f: tensor<f32>) -> tensor<?xf32, #graph.type<[N]>> {
  // CHECK-NEXT: return %[[X]]
  %0 = graph.pad %x, %f low [#graph.dim<0>] high [#graph.dim<0>] : tensor<?xf32, #graph.type<[N]>>, tensor<f32> -> tensor<?xf32, #graph.type<[N]>>
  return %0 : tensor<?xf32, #graph.type<[N]>>
}

// -----

func.func @c1(%x: tensor<3xf32>, %f: tensor<f32>) {
  // expected-error @+2 {{pads [1, 1] and [1] do not fit input [3]}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.pad %x, %f low [#graph.dim<1>, #graph.dim<1>] high [#graph.dim<1>] : tensor<3xf32>, tensor<f32> -> tensor<5xf32>
  return
}

// -----

func.func @c2(%x: tensor<3xf32>, %f: tensor<1xf32>) {
  // expected-error @+2 {{fill of type 'tensor<1xf32>'; expected a scalar of 'f32'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.pad %x, %f low [#graph.dim<1>] high [#graph.dim<1>] : tensor<3xf32>, tensor<1xf32> -> tensor<5xf32>
  return
}

// -----

func.func @c3(%x: tensor<3xf32>, %f: tensor<f32>) {
  // expected-error @+2 {{pads [-2] and [-2] leave nothing of axis 0 or overflow}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.pad %x, %f low [#graph.dim<-2>] high [#graph.dim<-2>] : tensor<3xf32>, tensor<f32> -> tensor<5xf32>
  return
}
