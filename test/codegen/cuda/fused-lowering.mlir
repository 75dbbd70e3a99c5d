// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise --fuse-rows --mlir-disable-threading --emit-cuda | FileCheck %s

// A block has a row; what stages pass on stays in registers. Few rows have more threads each.
// CHECK-LABEL: // softmax
// CHECK-NOT: slots
// CHECK: float t0;
// CHECK: for (int pack = 0; pack < 2; ++pack) {
// CHECK: const idx at = (pack * 128 + int(threadIdx.x)) * 4;
// CHECK-NOT: if (at >=
// CHECK: readPack<4>(b0 + i0 * 1024 + r2);
// CHECK: foldBlock<128>(
// CHECK: t0 = folded;
// CHECK: float t1[8];
// CHECK: readPack<4>(b0 + i0 * 1024 + j0);
// CHECK: t1[pack * 4 + lane] =
// CHECK: float t2;
// CHECK: = t1[pack * 4 + lane];
// CHECK: = t1[pack * 4 + lane];
// CHECK: writePack(b1 + i0 * 1024 + j0, result);
// CHECK-NOT: __syncthreads
// CHECK: // threads 128
func.func @softmax(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32, #graph.type<[64, 1024]>> {
  %0 = graph.reduce_max %x axes [1] keep_dims : tensor<64x1024xf32> -> tensor<64x1xf32, #graph.type<[64, 1]>>
  %1 = graph.sub %x, %0 : tensor<64x1024xf32>, tensor<64x1xf32, #graph.type<[64, 1]>> -> tensor<64x1024xf32, #graph.type<[64, 1024]>>
  %2 = graph.exp %1 : tensor<64x1024xf32, #graph.type<[64, 1024]>>
  %3 = graph.reduce_sum %2 axes [1] keep_dims : tensor<64x1024xf32, #graph.type<[64, 1024]>> -> tensor<64x1xf32, #graph.type<[64, 1]>>
  %4 = graph.div %2, %3 : tensor<64x1024xf32, #graph.type<[64, 1024]>>, tensor<64x1xf32, #graph.type<[64, 1]>> -> tensor<64x1024xf32, #graph.type<[64, 1024]>>
  return %4 : tensor<64x1024xf32, #graph.type<[64, 1024]>>
}

// A warp has a short row, if there are many. Its last threads have no points in the last pack.
// CHECK-LABEL: // short
// CHECK: const idx row = idx(item) * 4 + threadIdx.x / 32;
// CHECK: if (row >= 6400)
// CHECK-NEXT: continue;
// CHECK: const idx at = (pack * 32 + int(threadIdx.x % 32)) * 4;
// CHECK-NEXT: if (at >= 1000)
// CHECK-NEXT: break;
// CHECK: foldWarp<32>(
// CHECK-NOT: __sync
// CHECK: // threads 128
func.func @short(%x: tensor<6400x1000xf32>) -> tensor<6400x1000xf32, #graph.type<[6400, 1000]>> {
  %0 = graph.reduce_max %x axes [1] keep_dims : tensor<6400x1000xf32> -> tensor<6400x1xf32, #graph.type<[6400, 1]>>
  %1 = graph.sub %x, %0 : tensor<6400x1000xf32>, tensor<6400x1xf32, #graph.type<[6400, 1]>> -> tensor<6400x1000xf32, #graph.type<[6400, 1000]>>
  %2 = graph.exp %1 : tensor<6400x1000xf32, #graph.type<[6400, 1000]>>
  %3 = graph.reduce_sum %2 axes [1] keep_dims : tensor<6400x1000xf32, #graph.type<[6400, 1000]>> -> tensor<6400x1xf32, #graph.type<[6400, 1]>>
  %4 = graph.div %2, %3 : tensor<6400x1000xf32, #graph.type<[6400, 1000]>>, tensor<6400x1xf32, #graph.type<[6400, 1]>> -> tensor<6400x1000xf32, #graph.type<[6400, 1000]>>
  return %4 : tensor<6400x1000xf32, #graph.type<[6400, 1000]>>
}

// A warp has several rows that are shorter.
// CHECK-LABEL: // several
// CHECK: const idx row = idx(item) * 16 + threadIdx.x / 8;
// CHECK: const idx at = (pack * 8 + int(threadIdx.x % 8)) * 4;
// CHECK: foldWarp<8>(
// CHECK-NOT: __sync
// CHECK: // threads 128
func.func @several(%x: tensor<6400x128xf32>) -> tensor<6400x128xf32, #graph.type<[6400, 128]>> {
  %0 = graph.reduce_max %x axes [1] keep_dims : tensor<6400x128xf32> -> tensor<6400x1xf32, #graph.type<[6400, 1]>>
  %1 = graph.sub %x, %0 : tensor<6400x128xf32>, tensor<6400x1xf32, #graph.type<[6400, 1]>> -> tensor<6400x128xf32, #graph.type<[6400, 128]>>
  %2 = graph.exp %1 : tensor<6400x128xf32, #graph.type<[6400, 128]>>
  %3 = graph.reduce_sum %2 axes [1] keep_dims : tensor<6400x128xf32, #graph.type<[6400, 128]>> -> tensor<6400x1xf32, #graph.type<[6400, 1]>>
  %4 = graph.div %2, %3 : tensor<6400x128xf32, #graph.type<[6400, 128]>>, tensor<6400x1xf32, #graph.type<[6400, 1]>> -> tensor<6400x128xf32, #graph.type<[6400, 128]>>
  return %4 : tensor<6400x128xf32, #graph.type<[6400, 128]>>
}

// Unless there might be none for some of its threads: they all take part in a fold.
// CHECK-LABEL: // odd
// CHECK: const idx row = idx(item) * 4 + threadIdx.x / 32;
// CHECK: // threads 128
func.func @odd(%x: tensor<6401x128xf32>) -> tensor<6401x128xf32, #graph.type<[6401, 128]>> {
  %0 = graph.reduce_max %x axes [1] keep_dims : tensor<6401x128xf32> -> tensor<6401x1xf32, #graph.type<[6401, 1]>>
  %1 = graph.sub %x, %0 : tensor<6401x128xf32>, tensor<6401x1xf32, #graph.type<[6401, 1]>> -> tensor<6401x128xf32, #graph.type<[6401, 128]>>
  %2 = graph.exp %1 : tensor<6401x128xf32, #graph.type<[6401, 128]>>
  %3 = graph.reduce_sum %2 axes [1] keep_dims : tensor<6401x128xf32, #graph.type<[6401, 128]>> -> tensor<6401x1xf32, #graph.type<[6401, 1]>>
  %4 = graph.div %2, %3 : tensor<6401x128xf32, #graph.type<[6401, 128]>>, tensor<6401x1xf32, #graph.type<[6401, 1]>> -> tensor<6401x128xf32, #graph.type<[6401, 128]>>
  return %4 : tensor<6401x128xf32, #graph.type<[6401, 128]>>
}

// A fold of one point, within a row of more.
// CHECK-LABEL: // again
// CHECK: for (int pack = 0;
// CHECK: t1 = v
// CHECK: < idx(1);
// CHECK: const float [[V:v[0-9]+]] = t1;
// CHECK: acc + [[V]];
// CHECK: t2 = folded;
// CHECK: for (int pack = 0;
func.func @again(%x: tensor<6400x96xf32>) -> tensor<6400x96xf32, #graph.type<[6400, 96]>> {
  %0 = graph.reduce_max %x axes [1] keep_dims : tensor<6400x96xf32> -> tensor<6400x1xf32, #graph.type<[6400, 1]>>
  %1 = graph.exp %0 : tensor<6400x1xf32, #graph.type<[6400, 1]>>
  %2 = graph.reduce_sum %1 axes [1] keep_dims : tensor<6400x1xf32, #graph.type<[6400, 1]>> -> tensor<6400x1xf32, #graph.type<[6400, 1]>>
  %3 = graph.sub %x, %2 : tensor<6400x96xf32>, tensor<6400x1xf32, #graph.type<[6400, 1]>> -> tensor<6400x96xf32, #graph.type<[6400, 96]>>
  return %3 : tensor<6400x96xf32, #graph.type<[6400, 96]>>
}

// Rows that are too long for registers lie in shared memory.
// CHECK-LABEL: // long
// CHECK: extern __shared__ __align__(64) u8 slots[];
// CHECK: float *const t0 = reinterpret_cast<float *>(slots + 0);
// CHECK: {{^}}  waitForEarlier();
// CHECK: foldBlock<512>(
// CHECK: __syncthreads();
// CHECK: math::exp(
// CHECK: foldBlock<512>(
// CHECK: __syncthreads();
func.func @long(%x: tensor<64x20000xf32>) -> tensor<64x20000xf32, #graph.type<[64, 20000]>> {
  %0 = graph.reduce_max %x axes [1] keep_dims : tensor<64x20000xf32> -> tensor<64x1xf32, #graph.type<[64, 1]>>
  %1 = graph.sub %x, %0 : tensor<64x20000xf32>, tensor<64x1xf32, #graph.type<[64, 1]>> -> tensor<64x20000xf32, #graph.type<[64, 20000]>>
  %2 = graph.exp %1 : tensor<64x20000xf32, #graph.type<[64, 20000]>>
  %3 = graph.reduce_sum %2 axes [1] keep_dims : tensor<64x20000xf32, #graph.type<[64, 20000]>> -> tensor<64x1xf32, #graph.type<[64, 1]>>
  %4 = graph.div %2, %3 : tensor<64x20000xf32, #graph.type<[64, 20000]>>, tensor<64x1xf32, #graph.type<[64, 1]>> -> tensor<64x20000xf32, #graph.type<[64, 20000]>>
  return %4 : tensor<64x20000xf32, #graph.type<[64, 20000]>>
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
