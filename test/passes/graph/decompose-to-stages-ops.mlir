// RUN: sinter-opt %s --decompose-to-stages | FileCheck %s

// Ops with stages of their own decompose into valid ones.
// CHECK-LABEL: @f
// CHECK-NOT: = graph.
func.func @f(%x: tensor<1x1x7xf32>, %p: tensor<?x10xf32, #graph.type<[N, 10]>>, %s: tensor<f32>, %h: tensor<1x1x7xf16>, %i: tensor<4xi32>) {
  %0 = graph.max_pool %x window [2] strides [2] pads [1, 1] dilations [1] ceil_mode : tensor<1x1x7xf32> -> tensor<1x1x4xf32, #graph.type<[1, 1, 4]>>
  %1 = graph.average_pool %h window [2] strides [2] pads [1, 1] dilations [2] count_include_pad : tensor<1x1x7xf16> -> tensor<1x1x4xf16, #graph.type<[1, 1, 4]>>
  %2 = graph.pad %p, %s low [#graph.dim<1>, #graph.dim<-1>] high [#graph.dim<2>, #graph.dim<-1>] : tensor<?x10xf32, #graph.type<[N, 10]>>, tensor<f32> -> tensor<?x8xf32, #graph.type<[N + 3, 8]>>
  %3 = graph.slice %p starts [#graph.dim<N + -1>, #graph.dim<9>] steps [1, -3] sizes [#graph.dim<1>, #graph.dim<4>] : tensor<?x10xf32, #graph.type<[N, 10]>> -> tensor<1x4xf32, #graph.type<[1, 4]>>
  %4 = graph.slice %p starts [#graph.dim<0>, #graph.dim<9>] steps [1, -3] sizes [#graph.dim<N>, #graph.dim<4>] : tensor<?x10xf32, #graph.type<[N, 10]>> -> tensor<?x4xf32, #graph.type<[N, 4]>>
  %5 = graph.dims [#graph.dim<N>, #graph.dim<3>] shape [2] to i64 : tensor<2xi64, #graph.type<[2]>>
  %6 = graph.iota <N> : tensor<?xi64, #graph.type<[N]>>
  %7 = graph.expand %s dims [#graph.dim<N>] : tensor<f32> -> tensor<?xf32, #graph.type<[N]>>
  %8 = graph.mod %i, %i : tensor<4xi32>, tensor<4xi32> -> tensor<4xi32, #graph.type<[4]>>
  %11 = graph.less %i, %i : tensor<4xi32>, tensor<4xi32> -> tensor<4xi1, #graph.type<[4]>>
  %12 = graph.select %11, %i, %i : tensor<4xi1, #graph.type<[4]>>, tensor<4xi32>, tensor<4xi32> -> tensor<4xi32, #graph.type<[4]>>
  %13 = graph.sum_pool %h window [2] strides [2] pads [1, 1] dilations [2] : tensor<1x1x7xf16> -> tensor<1x1x4xf16, #graph.type<[1, 1, 4]>>
  %14 = graph.gather_elements %i, %i axis 0 : tensor<4xi32>, tensor<4xi32> -> tensor<4xi32, #graph.type<[4]>>
  %15 = graph.bit_cast %i to f32 : tensor<4xi32> -> tensor<4xf32, #graph.type<[4]>>
  %16 = graph.shift_left %i, %i : tensor<4xi32>, tensor<4xi32> -> tensor<4xi32, #graph.type<[4]>>
  %17 = graph.shift_right %i, %i : tensor<4xi32>, tensor<4xi32> -> tensor<4xi32, #graph.type<[4]>>
  %18 = graph.bit_xor %i, %i : tensor<4xi32>, tensor<4xi32> -> tensor<4xi32, #graph.type<[4]>>
  %19 = graph.bit_not %i : tensor<4xi32>
  return
}

// A fold over no axes is its input, in another form of its type.
// CHECK-LABEL: @over_nothing
func.func @over_nothing(%x: tensor<2x3xf32, #graph.type<[2, 3]>>, %y: tensor<2xf32>) -> (tensor<2x3xf32, #graph.type<[2, 3]>>, tensor<2xf32, #graph.type<[2]>>) {
  // CHECK-NEXT: %[[Y:.+]] = kernel.stage
  // CHECK-NOT: init
  // CHECK: return %arg0, %[[Y]]
  %0 = graph.reduce_sum %x axes [] keep_dims : tensor<2x3xf32, #graph.type<[2, 3]>> -> tensor<2x3xf32, #graph.type<[2, 3]>>
  %1 = graph.reduce_max %y axes [] : tensor<2xf32> -> tensor<2xf32, #graph.type<[2]>>
  return %0, %1 : tensor<2x3xf32, #graph.type<[2, 3]>>, tensor<2xf32, #graph.type<[2]>>
}
