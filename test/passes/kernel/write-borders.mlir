// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise --materialize-padding --write-borders | FileCheck %s

// What a convolution pads, the stage before it writes with its border.
// CHECK-LABEL: @window
func.func @window(%x: tensor<1x4x9xf32>, %w: tensor<6x4x3xf32>) -> tensor<1x6x9xf32, #graph.type<[1, 6, 9]>> {
  // CHECK: %[[BORDERED:.+]] = kernel.stage extents [#graph.dim<1>, #graph.dim<4>, #graph.dim<9>] {{.*}} border <low = [0, 0, 1] high = [0, 0, 1] value = 0.000000e+00 : f32> {{.*}} -> tensor<1x4x11xf32
  // CHECK: kernel.stage {{.*}} fills [unit, unit] {{.*}} ins(%[[BORDERED]],
  // CHECK-NOT: kernel.stage
  %0 = graph.exp %x : tensor<1x4x9xf32>
  %1 = graph.conv %0, %w strides [1] pads [1, 1] dilations [1] groups 1 : tensor<1x4x9xf32>, tensor<6x4x3xf32> -> tensor<1x6x9xf32, #graph.type<[1, 6, 9]>>
  return %1 : tensor<1x6x9xf32, #graph.type<[1, 6, 9]>>
}

// Another user needs the result without a border.
// CHECK-LABEL: @two_users
func.func @two_users(%x: tensor<1x4x9xf32>, %w: tensor<4x4x3xf32>) -> tensor<1x4x9xf32, #graph.type<[1, 4, 9]>> {
  // CHECK-NOT: border
  %0 = graph.exp %x : tensor<1x4x9xf32>
  %1 = graph.conv %0, %w strides [1] pads [1, 1] dilations [1] groups 1 : tensor<1x4x9xf32>, tensor<4x4x3xf32> -> tensor<1x4x9xf32, #graph.type<[1, 4, 9]>>
  %2 = graph.mul %0, %1 : tensor<1x4x9xf32>, tensor<1x4x9xf32, #graph.type<[1, 4, 9]>> -> tensor<1x4x9xf32, #graph.type<[1, 4, 9]>>
  return %2 : tensor<1x4x9xf32, #graph.type<[1, 4, 9]>>
}

// An input of the function is not written by a stage.
// CHECK-LABEL: @argument
func.func @argument(%x: tensor<1x4x9xf32>, %w: tensor<6x4x3xf32>) -> tensor<1x6x5xf32, #graph.type<[1, 6, 5]>> {
  // CHECK-NOT: border
  %0 = graph.conv %x, %w strides [2] pads [1, 1] dilations [1] groups 1 : tensor<1x4x9xf32>, tensor<6x4x3xf32> -> tensor<1x6x5xf32, #graph.type<[1, 6, 5]>>
  return %0 : tensor<1x6x5xf32, #graph.type<[1, 6, 5]>>
}
