// RUN: sinter-opt %s --decompose-to-stages | FileCheck %s

// CHECK-DAG: #[[INPUT:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, (d1 floordiv 3) * 2 + d3, d2 * 2 + d4 - 1)>
// CHECK-DAG: #[[FILTER:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d1, d3, d4)>

// CHECK-LABEL: @broadcast
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<?x1xf32{{.*}}, %[[B:[a-z0-9]+]]: tensor<3xf32>
func.func @broadcast(%a: tensor<?x1xf32, #graph.type<[N, 1]>>, %b: tensor<3xf32>)
    -> tensor<?x3xf32, #graph.type<[N, 3]>> {
  // CHECK: kernel.stage extents [#graph.dim<N>, #graph.dim<3>]
  // CHECK-SAME: ins(%[[A]], %[[B]]
  // CHECK: ^bb0(%[[X:.+]]: f32, %[[Y:.+]]: f32):
  // CHECK: %[[SUM:.+]] = arith.addf %[[X]], %[[Y]]
  // CHECK: kernel.yield %[[SUM]]
  %0 = graph.add %a, %b : tensor<?x1xf32, #graph.type<[N, 1]>>, tensor<3xf32> -> tensor<?x3xf32, #graph.type<[N, 3]>>
  return %0 : tensor<?x3xf32, #graph.type<[N, 3]>>
}

// Half precision is summed in single and rounded once.
// CHECK-LABEL: @half_sum
func.func @half_sum(%a: tensor<?x8xf16, #graph.type<[N, 8]>>) -> tensor<?xf16, #graph.type<[N]>> {
  // CHECK: kernel.stage extents [#graph.dim<N>, #graph.dim<8>] {{.*}} init 0.000000e+00 : f32
  // CHECK: arith.extf
  // CHECK: arith.addf
  // CHECK: kernel.stage extents [#graph.dim<N>]
  // CHECK: arith.truncf
  %0 = graph.reduce_sum %a axes [1] : tensor<?x8xf16, #graph.type<[N, 8]>> -> tensor<?xf16, #graph.type<[N]>>
  return %0 : tensor<?xf16, #graph.type<[N]>>
}

// CHECK-LABEL: @conv
func.func @conv(%x: tensor<1x4x?xf32, #graph.type<[1, 4, W]>>, %w: tensor<6x2x3xf32>)
    -> tensor<1x6x?xf32, #graph.type<[1, 6, floordiv(W + -1, 2) + 1]>> {
  // CHECK: kernel.stage extents [#graph.dim<1>, #graph.dim<6>, #graph.dim<floordiv(W + -1, 2) + 1>, #graph.dim<2>, #graph.dim<3>]
  // CHECK-SAME: maps [#[[INPUT]], #[[FILTER]]]
  // CHECK-SAME: fills [0.000000e+00 : f32, unit]
  %0 = graph.conv %x, %w strides [2] pads [1, 1] dilations [1] groups 2 : tensor<1x4x?xf32, #graph.type<[1, 4, W]>>, tensor<6x2x3xf32> -> tensor<1x6x?xf32, #graph.type<[1, 6, floordiv(W + -1, 2) + 1]>>
  return %0 : tensor<1x6x?xf32, #graph.type<[1, 6, floordiv(W + -1, 2) + 1]>>
}

// CHECK-LABEL: @gather
func.func @gather(%t: tensor<50x8xf32>, %i: tensor<?xi64, #graph.type<[S]>>) -> tensor<?x8xf32, #graph.type<[S, 8]>> {
  // CHECK: kernel.stage {{.*}} tables({{.*}} : tensor<50x8xf32>)
  // CHECK: kernel.load 0[%{{.*}}, %{{.*}}] : f32
  %0 = graph.gather %t, %i axis 0 : tensor<50x8xf32>, tensor<?xi64, #graph.type<[S]>> -> tensor<?x8xf32, #graph.type<[S, 8]>>
  return %0 : tensor<?x8xf32, #graph.type<[S, 8]>>
}

// CHECK-LABEL: @concat
func.func @concat(%a: tensor<2xui8>, %b: tensor<3xui8>) -> tensor<5xui8, #graph.type<[5]>> {
  // CHECK: scf.if {{.*}} -> (i8)
  // CHECK: kernel.load 0[
  // CHECK: kernel.load 1[
  %0 = graph.concat %a, %b axis 0 : tensor<2xui8>, tensor<3xui8> -> tensor<5xui8, #graph.type<[5]>>
  return %0 : tensor<5xui8, #graph.type<[5]>>
}
