// RUN: sinter-opt %s --decompose-to-stages --fuse-epilogue --assign-layouts --use-winograd | FileCheck %s

// CHECK-DAG: #[[ROWS:.+]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d1, d4, d2 * 4 + d5 - 1, d3 - 1)>
// CHECK-DAG: #[[COLUMNS:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d2, d3, d4 * 4 + d6, d5)>
// CHECK-DAG: #[[FILTER:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d3, d2, d4, d1)>
// CHECK-DAG: #[[IMAGES:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3, d4, d6)>
// CHECK-DAG: #[[FILTERS:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d6, d5)>
// CHECK-DAG: #[[BIAS:.+]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d5, 0, 0)>

// Image, filter, products, result: rows first, then columns. The bias is added in the last stage.
// CHECK-LABEL: @exact
func.func @exact(%x: tensor<?x32x16x16xf32, #graph.type<[N, 32, 16, 16]>>) -> tensor<?x32x16x16xf32, #graph.type<[N, 32, 16, 16]>> {
  // CHECK: %[[B1:.+]] = kernel.stage extents [#graph.dim<6>, #graph.dim<N>, #graph.dim<4>, #graph.dim<18>, #graph.dim<32>, #graph.dim<6>] maps [#[[ROWS]], {{.*}} fills [0.000000e+00 : f32, unit] {{.*}} ins(%arg0,
  // CHECK: %[[B2:.+]] = kernel.stage {{.*}} maps [#[[COLUMNS]], {{.*}} ins(%[[B1]],
  // CHECK: %[[G1:.+]] = kernel.stage extents [#graph.dim<6>, #graph.dim<3>, #graph.dim<32>, #graph.dim<32>, #graph.dim<3>] maps [#[[FILTER]],
  // CHECK: %[[G2:.+]] = kernel.stage {{.*}} ins(%[[G1]],
  // CHECK: %[[PRODUCTS:.+]] = kernel.stage {{.*}} maps [#[[IMAGES]], #[[FILTERS]]] {{.*}} ins(%[[B2]], %[[G2]] :
  // CHECK: %[[A1:.+]] = kernel.stage {{.*}} ins(%[[PRODUCTS]],
  // CHECK: %[[A2:.+]] = kernel.stage {{.*}} ins(%[[A1]], {{.*}}finish_maps = [#[[BIAS]]]
  // CHECK: %[[WHOLE:.+]] = graph.reshape %[[A2]] dims [#graph.dim<N>, #graph.dim<16>, #graph.dim<16>, #graph.dim<32>]
  // CHECK: kernel.stage {{.*}} ins(%[[WHOLE]] :
  %w = graph.constant <"0"> : tensor<32x32x3x3xf32>
  %b = graph.constant <"1"> : tensor<32x1x1xf32>
  %0 = graph.conv %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] groups 1 : tensor<?x32x16x16xf32, #graph.type<[N, 32, 16, 16]>>, tensor<32x32x3x3xf32> -> tensor<?x32x16x16xf32, #graph.type<[N, 32, 16, 16]>>
  %1 = graph.add %0, %b : tensor<?x32x16x16xf32, #graph.type<[N, 32, 16, 16]>>, tensor<32x1x1xf32> -> tensor<?x32x16x16xf32, #graph.type<[N, 32, 16, 16]>>
  return %1 : tensor<?x32x16x16xf32, #graph.type<[N, 32, 16, 16]>>
}

// Tiles reach beyond 14 rows: the next convolution, which is padded, reads a copy of what is inside.
// CHECK-LABEL: @inexact
func.func @inexact(%x: tensor<1x32x14x14xf32>) -> tensor<1x8x14x14xf32, #graph.type<[1, 8, 14, 14]>> {
  // CHECK: %[[WHOLE:.+]] = graph.reshape {{.*}} -> tensor<1x16x16x32xf32
  // CHECK: %[[INSIDE:.+]] = kernel.stage {{.*}} ins(%[[WHOLE]] : {{.*}} -> tensor<1x14x14x32xf32
  // CHECK: kernel.stage {{.*}} ins(%[[INSIDE]],
  %w = graph.constant <"0"> : tensor<32x32x3x3xf32>
  %v = graph.constant <"1"> : tensor<8x32x3x3xf32>
  %0 = graph.conv %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] groups 1 : tensor<1x32x14x14xf32>, tensor<32x32x3x3xf32> -> tensor<1x32x14x14xf32, #graph.type<[1, 32, 14, 14]>>
  %1 = graph.conv %0, %v strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] groups 1 : tensor<1x32x14x14xf32, #graph.type<[1, 32, 14, 14]>>, tensor<8x32x3x3xf32> -> tensor<1x8x14x14xf32, #graph.type<[1, 8, 14, 14]>>
  return %1 : tensor<1x8x14x14xf32, #graph.type<[1, 8, 14, 14]>>
}

// Strides, other filters and few tiles stay direct.
// CHECK-LABEL: @direct
func.func @direct(%x: tensor<1x32x16x16xf32>, %y: tensor<1x32x7x7xf32>) -> (tensor<1x32x7x7xf32, #graph.type<[1, 32, 7, 7]>>, tensor<1x32x14x14xf32, #graph.type<[1, 32, 14, 14]>>, tensor<1x32x7x7xf32, #graph.type<[1, 32, 7, 7]>>) {
  // CHECK-NOT: graph.reshape
  // CHECK: return
  %w = graph.constant <"0"> : tensor<32x32x3x3xf32>
  %0 = graph.conv %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] groups 1 : tensor<1x32x16x16xf32>, tensor<32x32x3x3xf32> -> tensor<1x32x7x7xf32, #graph.type<[1, 32, 7, 7]>>
  %1 = graph.conv %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [2, 2] groups 1 : tensor<1x32x16x16xf32>, tensor<32x32x3x3xf32> -> tensor<1x32x14x14xf32, #graph.type<[1, 32, 14, 14]>>
  %2 = graph.conv %y, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] groups 1 : tensor<1x32x7x7xf32>, tensor<32x32x3x3xf32> -> tensor<1x32x7x7xf32, #graph.type<[1, 32, 7, 7]>>
  return %0, %1, %2 : tensor<1x32x7x7xf32, #graph.type<[1, 32, 7, 7]>>, tensor<1x32x14x14xf32, #graph.type<[1, 32, 14, 14]>>, tensor<1x32x7x7xf32, #graph.type<[1, 32, 7, 7]>>
}

// So do those of 16 bits, whose transforms would be in f32.
// CHECK-LABEL: @half
func.func @half(%x: tensor<1x32x16x16xf16>) -> tensor<1x32x16x16xf16, #graph.type<[1, 32, 16, 16]>> {
  // CHECK-NOT: graph.reshape
  // CHECK: return
  %w = graph.constant <"0"> : tensor<32x32x3x3xf16>
  %0 = graph.conv %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] groups 1 : tensor<1x32x16x16xf16>, tensor<32x32x3x3xf16> -> tensor<1x32x16x16xf16, #graph.type<[1, 32, 16, 16]>>
  return %0 : tensor<1x32x16x16xf16, #graph.type<[1, 32, 16, 16]>>
}
