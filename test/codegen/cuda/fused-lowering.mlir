// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise --fuse-rows --mlir-disable-threading --emit-cuda | FileCheck %s

// A block has a row; what stages pass on lies in shared memory.
// CHECK-LABEL: // softmax
// CHECK: u8 *const slots = ofBlock;
// CHECK: float *const t0 = reinterpret_cast<float *>(slots + 0);
// CHECK: {{^}}  waitForEarlier();
// CHECK: foldBlock<
// CHECK: __syncthreads();
// CHECK: math::exp(
// CHECK: foldBlock<
// CHECK: __syncthreads();
func.func @softmax(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32, #graph.type<[64, 1024]>> {
  %0 = graph.reduce_max %x axes [1] keep_dims : tensor<64x1024xf32> -> tensor<64x1xf32, #graph.type<[64, 1]>>
  %1 = graph.sub %x, %0 : tensor<64x1024xf32>, tensor<64x1xf32, #graph.type<[64, 1]>> -> tensor<64x1024xf32, #graph.type<[64, 1024]>>
  %2 = graph.exp %1 : tensor<64x1024xf32, #graph.type<[64, 1024]>>
  %3 = graph.reduce_sum %2 axes [1] keep_dims : tensor<64x1024xf32, #graph.type<[64, 1024]>> -> tensor<64x1xf32, #graph.type<[64, 1]>>
  %4 = graph.div %2, %3 : tensor<64x1024xf32, #graph.type<[64, 1024]>>, tensor<64x1xf32, #graph.type<[64, 1]>> -> tensor<64x1024xf32, #graph.type<[64, 1024]>>
  return %4 : tensor<64x1024xf32, #graph.type<[64, 1024]>>
}

// A warp has a short row, if there are many.
// CHECK-LABEL: // short
// CHECK: u8 *const slots = ofBlock + threadIdx.x / 32 *
// CHECK: const idx row = idx(item) * 4 + threadIdx.x / 32;
// CHECK: foldWarp(
// CHECK: __syncwarp();
// CHECK-NOT: __syncthreads
// CHECK: // threads 128
func.func @short(%x: tensor<6400x128xf32>) -> tensor<6400x128xf32, #graph.type<[6400, 128]>> {
  %0 = graph.reduce_max %x axes [1] keep_dims : tensor<6400x128xf32> -> tensor<6400x1xf32, #graph.type<[6400, 1]>>
  %1 = graph.sub %x, %0 : tensor<6400x128xf32>, tensor<6400x1xf32, #graph.type<[6400, 1]>> -> tensor<6400x128xf32, #graph.type<[6400, 128]>>
  %2 = graph.exp %1 : tensor<6400x128xf32, #graph.type<[6400, 128]>>
  %3 = graph.reduce_sum %2 axes [1] keep_dims : tensor<6400x128xf32, #graph.type<[6400, 128]>> -> tensor<6400x1xf32, #graph.type<[6400, 1]>>
  %4 = graph.div %2, %3 : tensor<6400x128xf32, #graph.type<[6400, 128]>>, tensor<6400x1xf32, #graph.type<[6400, 1]>> -> tensor<6400x128xf32, #graph.type<[6400, 128]>>
  return %4 : tensor<6400x128xf32, #graph.type<[6400, 128]>>
}

// Rows of unknown length have scratch in global memory.
// CHECK-LABEL: // lengths
// CHECK: u8 *scratch) {
// CHECK: u8 *const slots = scratch + i64(blockIdx.x) *
func.func @lengths(%x: tensor<?x?xf32, #graph.type<[M, N]>>) -> tensor<?x?xf32, #graph.type<[M, N]>> {
  %0 = graph.reduce_max %x axes [1] keep_dims : tensor<?x?xf32, #graph.type<[M, N]>> -> tensor<?x1xf32, #graph.type<[M, 1]>>
  %1 = graph.sub %x, %0 : tensor<?x?xf32, #graph.type<[M, N]>>, tensor<?x1xf32, #graph.type<[M, 1]>> -> tensor<?x?xf32, #graph.type<[M, N]>>
  %2 = graph.exp %1 : tensor<?x?xf32, #graph.type<[M, N]>>
  %3 = graph.reduce_sum %2 axes [1] keep_dims : tensor<?x?xf32, #graph.type<[M, N]>> -> tensor<?x1xf32, #graph.type<[M, 1]>>
  %4 = graph.div %2, %3 : tensor<?x?xf32, #graph.type<[M, N]>>, tensor<?x1xf32, #graph.type<[M, 1]>> -> tensor<?x?xf32, #graph.type<[M, N]>>
  return %4 : tensor<?x?xf32, #graph.type<[M, N]>>
}
