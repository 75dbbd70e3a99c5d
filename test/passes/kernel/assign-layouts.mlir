// RUN: sinter-opt %s --decompose-to-stages --assign-layouts | FileCheck %s
// RUN: sinter-opt %s --decompose-to-stages --assign-layouts=min-channels=17 | FileCheck %s --check-prefix=FEW

// CHECK-DAG: #[[FILTER:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d3, d4, d5, d6)>
// CHECK-DAG: #[[POOL:.+]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 * 2 + d4, d2 * 2 + d5, d3)>
// CHECK-DAG: #[[RELU:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3, d1)>

// The filter is constant: channels come last, and the pool follows its operand. What the function
// returns keeps its order, and reads through a permuted map.
// CHECK-LABEL: @conv
// FEW-LABEL: @conv
func.func @conv(%x: tensor<1x4x10x10xf32>) -> tensor<1x16x2x2xf32, #graph.type<[1, 16, 2, 2]>> {
  // CHECK: %[[CONV:.+]] = kernel.stage {{.*}} maps [#{{.*}}, #[[FILTER]]] {{.*}} -> tensor<1x4x4x16xf32
  // CHECK: %[[POOLED:.+]] = kernel.stage {{.*}} maps [#[[POOL]]] {{.*}} ins(%[[CONV]] {{.*}} -> tensor<1x2x2x16xf32
  // CHECK: kernel.stage {{.*}} maps [#[[RELU]]] {{.*}} ins(%[[POOLED]] {{.*}} -> tensor<1x16x2x2xf32
  // FEW: kernel.stage {{.*}} -> tensor<1x16x4x4xf32
  %w = graph.constant <"0"> : tensor<16x4x3x3xf32>
  %0 = graph.conv %x, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] groups 1 : tensor<1x4x10x10xf32>, tensor<16x4x3x3xf32> -> tensor<1x16x4x4xf32, #graph.type<[1, 16, 4, 4]>>
  %1 = graph.max_pool %0 window [2, 2] strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] : tensor<1x16x4x4xf32, #graph.type<[1, 16, 4, 4]>> -> tensor<1x16x2x2xf32, #graph.type<[1, 16, 2, 2]>>
  %2 = graph.relu %1 : tensor<1x16x2x2xf32, #graph.type<[1, 16, 2, 2]>>
  return %2 : tensor<1x16x2x2xf32, #graph.type<[1, 16, 2, 2]>>
}

// A result that leaves at once is copied back.
// CHECK-LABEL: @returned
func.func @returned(%x: tensor<2x5x4xf32>) -> tensor<2x16x5xf32, #graph.type<[2, 16, 5]>> {
  // CHECK: %[[TURNED:.+]] = kernel.stage {{.*}} -> tensor<2x5x4xf32
  // CHECK: %[[PRODUCT:.+]] = kernel.stage {{.*}} -> tensor<2x5x16xf32
  // CHECK: kernel.stage {{.*}} ins(%[[PRODUCT]] {{.*}} -> tensor<2x16x5xf32
  %w = graph.constant <"0"> : tensor<16x4x1xf32>
  %0 = graph.transpose %x permutation [0, 2, 1] : tensor<2x5x4xf32> -> tensor<2x4x5xf32, #graph.type<[2, 4, 5]>>
  %1 = graph.relu %0 : tensor<2x4x5xf32, #graph.type<[2, 4, 5]>>
  %2 = graph.conv %1, %w strides [1] pads [0, 0] dilations [1] groups 1 : tensor<2x4x5xf32, #graph.type<[2, 4, 5]>>, tensor<16x4x1xf32> -> tensor<2x16x5xf32, #graph.type<[2, 16, 5]>>
  return %2 : tensor<2x16x5xf32, #graph.type<[2, 16, 5]>>
}

// A transposed copy is read where it came from.
// CHECK-LABEL: @copy
// CHECK-NEXT: kernel.stage {{.*}} ins(%arg0, %arg1 :
func.func @copy(%q: tensor<2x3x4xf32>, %k: tensor<2x5x4xf32, #graph.type<[2, 5, 4]>>) -> tensor<2x3x5xf32, #graph.type<[2, 3, 5]>> {
  %0 = graph.transpose %k permutation [0, 2, 1] : tensor<2x5x4xf32, #graph.type<[2, 5, 4]>> -> tensor<2x4x5xf32, #graph.type<[2, 4, 5]>>
  %1 = graph.matmul %q, %0 : tensor<2x3x4xf32>, tensor<2x4x5xf32, #graph.type<[2, 4, 5]>> -> tensor<2x3x5xf32, #graph.type<[2, 3, 5]>>
  return %1 : tensor<2x3x5xf32, #graph.type<[2, 3, 5]>>
}

// A window that steps over its input has the channels last, so that vectors are
// contiguous at any step.
// CHECK-LABEL: @stepping
func.func @stepping(%x: tensor<1x16x20xf32>) -> tensor<1x16x10xf32, #graph.type<[1, 16, 10]>> {
  // CHECK: kernel.stage extents [#graph.dim<1>, #graph.dim<10>, #graph.dim<16>, #graph.dim<2>]
  // CHECK: kernel.stage extents [#graph.dim<1>, #graph.dim<16>, #graph.dim<10>]
  %0 = graph.max_pool %x window [2] strides [2] pads [0, 0] dilations [1] : tensor<1x16x20xf32> -> tensor<1x16x10xf32, #graph.type<[1, 16, 10]>>
  return %0 : tensor<1x16x10xf32, #graph.type<[1, 16, 10]>>
}
