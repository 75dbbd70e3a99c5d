// RUN: sinter-opt %s --decompose-to-stages --canonicalize --fuse-elementwise --fuse-epilogue --fold-scales --cse --canonicalize | FileCheck %s

// A normalization with known statistics is in the filter and one offset.
// CHECK-DAG: #[[FILTER:.+]] = affine_map<(d0, d1, d2) -> (d0)>
// CHECK-LABEL: @normalized
// CHECK: %[[SCALED:.+]] = kernel.stage {{.*}}#[[FILTER]]]{{.*}} -> tensor<6x4x3xf32
// CHECK-NEXT: ^bb0(%[[W:.+]]: f32, %[[S:.+]]: f32):
// CHECK-NEXT:   arith.mulf %[[W]], %[[S]]
// CHECK: kernel.stage {{.*}}ins(%{{.+}}, %[[SCALED]]
// CHECK: finish(%{{[^,]+}} : tensor<6xf32
// CHECK-NEXT: ^bb0(%[[OFFSET:.+]]: f32, %[[SUM:.+]]: f32):
// CHECK-NEXT:   %[[Y:.+]] = arith.addf %[[SUM]], %[[OFFSET]]
// CHECK-NEXT:   kernel.yield %[[Y]]
func.func @normalized(%x: tensor<1x4x9xf32>) -> tensor<1x6x7xf32, #graph.type<[1, 6, 7]>> {
  %w = graph.constant <"w"> : tensor<6x4x3xf32>
  %mean = graph.constant <"mean"> : tensor<6x1xf32>
  %scale = graph.constant <"scale"> : tensor<6x1xf32>
  %bias = graph.constant <"bias"> : tensor<6x1xf32>
  %0 = graph.conv %x, %w strides [1] pads [0, 0] dilations [1] groups 1 : tensor<1x4x9xf32>, tensor<6x4x3xf32> -> tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>
  %1 = graph.sub %0, %mean : tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>, tensor<6x1xf32> -> tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>
  %2 = graph.mul %1, %scale : tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>, tensor<6x1xf32> -> tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>
  %3 = graph.add %2, %bias : tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>, tensor<6x1xf32> -> tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>
  return %3 : tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>
}

// A scale that comes with the run stays in the finish.
// CHECK-LABEL: @given
// CHECK: finish(
// CHECK-NEXT: ^bb0
// CHECK-NEXT:   arith.mulf
func.func @given(%x: tensor<1x4x9xf32>, %scale: tensor<6x1xf32>) -> tensor<1x6x7xf32, #graph.type<[1, 6, 7]>> {
  %w = graph.constant <"w"> : tensor<6x4x3xf32>
  %0 = graph.conv %x, %w strides [1] pads [0, 0] dilations [1] groups 1 : tensor<1x4x9xf32>, tensor<6x4x3xf32> -> tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>
  %1 = graph.mul %0, %scale : tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>, tensor<6x1xf32> -> tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>
  return %1 : tensor<1x6x7xf32, #graph.type<[1, 6, 7]>>
}
