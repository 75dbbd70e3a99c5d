// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise --fuse-rows | FileCheck %s

// A softmax runs row by row: maximum, exponentials, sum and quotients.
// CHECK-LABEL: @softmax
// CHECK-NEXT: %[[RESULT:.+]] = kernel.fused depth 1 ins(%arg0 : tensor<?x?xf32, #graph.type<[M, N]>>)
// CHECK-COUNT-4: kernel.stage
// CHECK: kernel.yield %{{.*}} : tensor<?x?xf32
// CHECK-NEXT: }
// CHECK-NEXT: return %[[RESULT]]
func.func @softmax(%x: tensor<?x?xf32, #graph.type<[M, N]>>) -> tensor<?x?xf32, #graph.type<[M, N]>> {
  %0 = graph.reduce_max %x axes [1] keep_dims : tensor<?x?xf32, #graph.type<[M, N]>> -> tensor<?x1xf32, #graph.type<[M, 1]>>
  %1 = graph.sub %x, %0 : tensor<?x?xf32, #graph.type<[M, N]>>, tensor<?x1xf32, #graph.type<[M, 1]>> -> tensor<?x?xf32, #graph.type<[M, N]>>
  %2 = graph.exp %1 : tensor<?x?xf32, #graph.type<[M, N]>>
  %3 = graph.reduce_sum %2 axes [1] keep_dims : tensor<?x?xf32, #graph.type<[M, N]>> -> tensor<?x1xf32, #graph.type<[M, 1]>>
  %4 = graph.div %2, %3 : tensor<?x?xf32, #graph.type<[M, N]>>, tensor<?x1xf32, #graph.type<[M, 1]>> -> tensor<?x?xf32, #graph.type<[M, N]>>
  return %4 : tensor<?x?xf32, #graph.type<[M, N]>>
}

// Keys and values belong to a head: the products of a query with all keys are a row.
// CHECK-LABEL: @attention
// CHECK: kernel.fused depth 2
// CHECK-COUNT-6: kernel.stage
// CHECK-NOT: kernel.stage
// CHECK: return
func.func @attention(%q: tensor<?x?x64xf32, #graph.type<[H, S, 64]>>, %k: tensor<?x64x?xf32, #graph.type<[H, 64, S]>>, %v: tensor<?x?x64xf32, #graph.type<[H, S, 64]>>) -> tensor<?x?x64xf32, #graph.type<[H, S, 64]>> {
  %0 = graph.matmul %q, %k : tensor<?x?x64xf32, #graph.type<[H, S, 64]>>, tensor<?x64x?xf32, #graph.type<[H, 64, S]>> -> tensor<?x?x?xf32, #graph.type<[H, S, S]>>
  %1 = graph.reduce_max %0 axes [2] keep_dims : tensor<?x?x?xf32, #graph.type<[H, S, S]>> -> tensor<?x?x1xf32, #graph.type<[H, S, 1]>>
  %2 = graph.sub %0, %1 : tensor<?x?x?xf32, #graph.type<[H, S, S]>>, tensor<?x?x1xf32, #graph.type<[H, S, 1]>> -> tensor<?x?x?xf32, #graph.type<[H, S, S]>>
  %3 = graph.reduce_sum %2 axes [2] keep_dims : tensor<?x?x?xf32, #graph.type<[H, S, S]>> -> tensor<?x?x1xf32, #graph.type<[H, S, 1]>>
  %4 = graph.div %2, %3 : tensor<?x?x?xf32, #graph.type<[H, S, S]>>, tensor<?x?x1xf32, #graph.type<[H, S, 1]>> -> tensor<?x?x?xf32, #graph.type<[H, S, S]>>
  %5 = graph.matmul %4, %v : tensor<?x?x?xf32, #graph.type<[H, S, S]>>, tensor<?x?x64xf32, #graph.type<[H, S, 64]>> -> tensor<?x?x64xf32, #graph.type<[H, S, 64]>>
  return %5 : tensor<?x?x64xf32, #graph.type<[H, S, 64]>>
}

// Weights that serve all rows would be read again for every few of them.
// CHECK-LABEL: @products
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @products(%x: tensor<?x64xf32, #graph.type<[M, 64]>>, %w: tensor<64x64xf32>) -> tensor<?x64xf32, #graph.type<[M, 64]>> {
  %0 = graph.matmul %x, %w : tensor<?x64xf32, #graph.type<[M, 64]>>, tensor<64x64xf32> -> tensor<?x64xf32, #graph.type<[M, 64]>>
  %1 = graph.matmul %0, %w : tensor<?x64xf32, #graph.type<[M, 64]>>, tensor<64x64xf32> -> tensor<?x64xf32, #graph.type<[M, 64]>>
  return %1 : tensor<?x64xf32, #graph.type<[M, 64]>>
}

// A value that leaves is stored.
// CHECK-LABEL: @both
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @both(%x: tensor<3x4xf32, #graph.type<[3, 4]>>) -> (tensor<3x1xf32, #graph.type<[3, 1]>>, tensor<3x4xf32, #graph.type<[3, 4]>>) {
  %0 = graph.reduce_sum %x axes [1] keep_dims : tensor<3x4xf32, #graph.type<[3, 4]>> -> tensor<3x1xf32, #graph.type<[3, 1]>>
  %1 = graph.div %x, %0 : tensor<3x4xf32, #graph.type<[3, 4]>>, tensor<3x1xf32, #graph.type<[3, 1]>> -> tensor<3x4xf32, #graph.type<[3, 4]>>
  return %0, %1 : tensor<3x1xf32, #graph.type<[3, 1]>>, tensor<3x4xf32, #graph.type<[3, 4]>>
}
