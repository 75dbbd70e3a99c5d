// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise --fuse-epilogue --fuse-attention="bits=32 width=128" --canonicalize | FileCheck %s
// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise --fuse-epilogue --fuse-attention --canonicalize | FileCheck %s --check-prefix=SHORT
// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise --fuse-epilogue --fuse-attention="bits=32 width=128" --fuse-attention="bits=32 width=128" --fuse-rows=products=0 --canonicalize | FileCheck %s --check-prefix=ROWS

// Rows within an attention are not fused once more, nor is the attention; those that belong to none are.
// ROWS-LABEL: @heads
// ROWS-COUNT-1: kernel.fused
// ROWS-NOT: kernel.fused
// ROWS-LABEL: @narrow
// ROWS-LABEL: @wide
// ROWS: kernel.fused

// Queries, keys and values are read where they are, past the copies into the order of the products, and the result is
// written in the order of the copy that follows.
// CHECK-DAG: #[[QUERIES:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d4)>
// CHECK-DAG: #[[KEYS:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d3, d2, d4)>
// CHECK-DAG: #[[VALUES:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d4, d2, d3)>
// CHECK-LABEL: @heads
// CHECK-NEXT: %[[RESULT:.+]] = kernel.fused depth 3 ins(%arg0, %arg1, %arg2 : {{.*}}) -> tensor<?x?x12x64xf32
// CHECK: kernel.stage {{.*}} maps [#[[QUERIES]], #[[KEYS]]]
// CHECK-COUNT-4: kernel.stage
// CHECK: kernel.stage {{.*}} maps [#{{.*}}, #[[VALUES]]]
// CHECK-NOT: kernel.stage
// CHECK: return %[[RESULT]]
func.func @heads(%q: tensor<?x?x12x64xf32, #graph.type<[B, S, 12, 64]>>, %k: tensor<?x?x12x64xf32, #graph.type<[B, S, 12, 64]>>, %v: tensor<?x?x12x64xf32, #graph.type<[B, S, 12, 64]>>) -> tensor<?x?x12x64xf32, #graph.type<[B, S, 12, 64]>> {
  %0 = graph.transpose %q permutation [0, 2, 1, 3] : tensor<?x?x12x64xf32, #graph.type<[B, S, 12, 64]>> -> tensor<?x12x?x64xf32, #graph.type<[B, 12, S, 64]>>
  %1 = graph.transpose %k permutation [0, 2, 3, 1] : tensor<?x?x12x64xf32, #graph.type<[B, S, 12, 64]>> -> tensor<?x12x64x?xf32, #graph.type<[B, 12, 64, S]>>
  %2 = graph.transpose %v permutation [0, 2, 1, 3] : tensor<?x?x12x64xf32, #graph.type<[B, S, 12, 64]>> -> tensor<?x12x?x64xf32, #graph.type<[B, 12, S, 64]>>
  %3 = graph.matmul %0, %1 : tensor<?x12x?x64xf32, #graph.type<[B, 12, S, 64]>>, tensor<?x12x64x?xf32, #graph.type<[B, 12, 64, S]>> -> tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>
  %4 = graph.reduce_max %3 axes [3] keep_dims : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>> -> tensor<?x12x?x1xf32, #graph.type<[B, 12, S, 1]>>
  %5 = graph.sub %3, %4 : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>, tensor<?x12x?x1xf32, #graph.type<[B, 12, S, 1]>> -> tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>
  %6 = graph.exp %5 : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>
  %7 = graph.reduce_sum %6 axes [3] keep_dims : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>> -> tensor<?x12x?x1xf32, #graph.type<[B, 12, S, 1]>>
  %8 = graph.div %6, %7 : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>, tensor<?x12x?x1xf32, #graph.type<[B, 12, S, 1]>> -> tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>
  %9 = graph.matmul %8, %2 : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>, tensor<?x12x?x64xf32, #graph.type<[B, 12, S, 64]>> -> tensor<?x12x?x64xf32, #graph.type<[B, 12, S, 64]>>
  %10 = graph.transpose %9 permutation [0, 2, 1, 3] : tensor<?x12x?x64xf32, #graph.type<[B, 12, S, 64]>> -> tensor<?x?x12x64xf32, #graph.type<[B, S, 12, 64]>>
  return %10 : tensor<?x?x12x64xf32, #graph.type<[B, S, 12, 64]>>
}

// In 16 bits it is computed in f32 from the products on; only the result is rounded.
// CHECK-LABEL: @narrow
// CHECK: kernel.fused depth 2
// CHECK: kernel.stage {{.*}} -> tensor<?x?x?xf32
// CHECK-NOT: arith.truncf
// CHECK: kernel.math exp
// CHECK-NOT: arith.truncf
// CHECK: } finish
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK: return
func.func @narrow(%q: tensor<?x?x64xf16, #graph.type<[H, S, 64]>>, %k: tensor<?x64x?xf16, #graph.type<[H, 64, S]>>, %v: tensor<?x?x64xf16, #graph.type<[H, S, 64]>>, %scale: tensor<1xf16, #graph.type<[1]>>) -> tensor<?x?x64xf16, #graph.type<[H, S, 64]>> {
  %0 = graph.matmul %q, %k : tensor<?x?x64xf16, #graph.type<[H, S, 64]>>, tensor<?x64x?xf16, #graph.type<[H, 64, S]>> -> tensor<?x?x?xf16, #graph.type<[H, S, S]>>
  %1 = graph.mul %0, %scale : tensor<?x?x?xf16, #graph.type<[H, S, S]>>, tensor<1xf16, #graph.type<[1]>> -> tensor<?x?x?xf16, #graph.type<[H, S, S]>>
  %2 = graph.reduce_max %1 axes [2] keep_dims : tensor<?x?x?xf16, #graph.type<[H, S, S]>> -> tensor<?x?x1xf16, #graph.type<[H, S, 1]>>
  %3 = graph.sub %1, %2 : tensor<?x?x?xf16, #graph.type<[H, S, S]>>, tensor<?x?x1xf16, #graph.type<[H, S, 1]>> -> tensor<?x?x?xf16, #graph.type<[H, S, S]>>
  %4 = graph.exp %3 : tensor<?x?x?xf16, #graph.type<[H, S, S]>>
  %5 = graph.reduce_sum %4 axes [2] keep_dims : tensor<?x?x?xf16, #graph.type<[H, S, S]>> -> tensor<?x?x1xf16, #graph.type<[H, S, 1]>>
  %6 = graph.div %4, %5 : tensor<?x?x?xf16, #graph.type<[H, S, S]>>, tensor<?x?x1xf16, #graph.type<[H, S, 1]>> -> tensor<?x?x?xf16, #graph.type<[H, S, S]>>
  %7 = graph.matmul %6, %v : tensor<?x?x?xf16, #graph.type<[H, S, S]>>, tensor<?x?x64xf16, #graph.type<[H, S, 64]>> -> tensor<?x?x64xf16, #graph.type<[H, S, 64]>>
  return %7 : tensor<?x?x64xf16, #graph.type<[H, S, 64]>>
}

// Heads of 256 elements are too wide for this target.
// CHECK-LABEL: @wide
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @wide(%q: tensor<?x?x256xf32, #graph.type<[H, S, 256]>>, %k: tensor<?x256x?xf32, #graph.type<[H, 256, S]>>, %v: tensor<?x?x64xf32, #graph.type<[H, S, 64]>>) -> tensor<?x?x64xf32, #graph.type<[H, S, 64]>> {
  %0 = graph.matmul %q, %k : tensor<?x?x256xf32, #graph.type<[H, S, 256]>>, tensor<?x256x?xf32, #graph.type<[H, 256, S]>> -> tensor<?x?x?xf32, #graph.type<[H, S, S]>>
  %1 = graph.reduce_max %0 axes [2] keep_dims : tensor<?x?x?xf32, #graph.type<[H, S, S]>> -> tensor<?x?x1xf32, #graph.type<[H, S, 1]>>
  %2 = graph.sub %0, %1 : tensor<?x?x?xf32, #graph.type<[H, S, S]>>, tensor<?x?x1xf32, #graph.type<[H, S, 1]>> -> tensor<?x?x?xf32, #graph.type<[H, S, S]>>
  %3 = graph.exp %2 : tensor<?x?x?xf32, #graph.type<[H, S, S]>>
  %4 = graph.reduce_sum %3 axes [2] keep_dims : tensor<?x?x?xf32, #graph.type<[H, S, S]>> -> tensor<?x?x1xf32, #graph.type<[H, S, 1]>>
  %5 = graph.div %3, %4 : tensor<?x?x?xf32, #graph.type<[H, S, S]>>, tensor<?x?x1xf32, #graph.type<[H, S, 1]>> -> tensor<?x?x?xf32, #graph.type<[H, S, S]>>
  %6 = graph.matmul %5, %v : tensor<?x?x?xf32, #graph.type<[H, S, S]>>, tensor<?x?x64xf32, #graph.type<[H, S, 64]>> -> tensor<?x?x64xf32, #graph.type<[H, S, 64]>>
  return %6 : tensor<?x?x64xf32, #graph.type<[H, S, 64]>>
}

// Powers that something else needs are stored.
// CHECK-LABEL: @weights
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @weights(%q: tensor<?x?x64xf32, #graph.type<[H, S, 64]>>, %k: tensor<?x64x?xf32, #graph.type<[H, 64, S]>>, %v: tensor<?x?x64xf32, #graph.type<[H, S, 64]>>) -> (tensor<?x?x64xf32, #graph.type<[H, S, 64]>>, tensor<?x?x?xf32, #graph.type<[H, S, S]>>) {
  %0 = graph.matmul %q, %k : tensor<?x?x64xf32, #graph.type<[H, S, 64]>>, tensor<?x64x?xf32, #graph.type<[H, 64, S]>> -> tensor<?x?x?xf32, #graph.type<[H, S, S]>>
  %1 = graph.reduce_max %0 axes [2] keep_dims : tensor<?x?x?xf32, #graph.type<[H, S, S]>> -> tensor<?x?x1xf32, #graph.type<[H, S, 1]>>
  %2 = graph.sub %0, %1 : tensor<?x?x?xf32, #graph.type<[H, S, S]>>, tensor<?x?x1xf32, #graph.type<[H, S, 1]>> -> tensor<?x?x?xf32, #graph.type<[H, S, S]>>
  %3 = graph.exp %2 : tensor<?x?x?xf32, #graph.type<[H, S, S]>>
  %4 = graph.reduce_sum %3 axes [2] keep_dims : tensor<?x?x?xf32, #graph.type<[H, S, S]>> -> tensor<?x?x1xf32, #graph.type<[H, S, 1]>>
  %5 = graph.div %3, %4 : tensor<?x?x?xf32, #graph.type<[H, S, S]>>, tensor<?x?x1xf32, #graph.type<[H, S, 1]>> -> tensor<?x?x?xf32, #graph.type<[H, S, S]>>
  %6 = graph.matmul %5, %v : tensor<?x?x?xf32, #graph.type<[H, S, S]>>, tensor<?x?x64xf32, #graph.type<[H, S, 64]>> -> tensor<?x?x64xf32, #graph.type<[H, S, 64]>>
  return %6, %5 : tensor<?x?x64xf32, #graph.type<[H, S, 64]>>, tensor<?x?x?xf32, #graph.type<[H, S, S]>>
}

!half_q = tensor<?x?x64xf16, #graph.type<[H, S, 64]>>
!brain_v = tensor<?x?x64xbf16, #graph.type<[H, S, 64]>>
!wide_q = tensor<?x?x64xf32, #graph.type<[H, S, 64]>>
!wide_k = tensor<?x64x?xf32, #graph.type<[H, 64, S]>>
!wide_s = tensor<?x?x?xf32, #graph.type<[H, S, S]>>
!wide_row = tensor<?x?x1xf32, #graph.type<[H, S, 1]>>

// Weights in f32 may have 16 bits if their sums are rounded to as many.
// SHORT-LABEL: @rounded
// SHORT: kernel.fused
// SHORT: return
func.func @rounded(%q: !half_q, %k: !half_q, %v: !half_q) -> !half_q {
  %wq = graph.cast %q to f32 : !half_q -> !wide_q
  %ck = graph.cast %k to f32 : !half_q -> !wide_q
  %wk = graph.transpose %ck permutation [0, 2, 1] : !wide_q -> !wide_k
  %wv = graph.cast %v to f32 : !half_q -> !wide_q
  %0 = graph.matmul %wq, %wk : !wide_q, !wide_k -> !wide_s
  %1 = graph.reduce_max %0 axes [2] keep_dims : !wide_s -> !wide_row
  %2 = graph.sub %0, %1 : !wide_s, !wide_row -> !wide_s
  %3 = graph.exp %2 : !wide_s
  %4 = graph.reduce_sum %3 axes [2] keep_dims : !wide_s -> !wide_row
  %5 = graph.div %3, %4 : !wide_s, !wide_row -> !wide_s
  %6 = graph.matmul %5, %wv : !wide_s, !wide_q -> !wide_q
  %7 = graph.cast %6 to f16 : !wide_q -> !half_q
  return %7 : !half_q
}

// Or if they are on the way.
// SHORT-LABEL: @rounded_on_the_way
// SHORT: kernel.fused
// SHORT: return
func.func @rounded_on_the_way(%q: !half_q, %k: !half_q, %v: !half_q) -> !wide_q {
  %wq = graph.cast %q to f32 : !half_q -> !wide_q
  %ck = graph.cast %k to f32 : !half_q -> !wide_q
  %wk = graph.transpose %ck permutation [0, 2, 1] : !wide_q -> !wide_k
  %wv = graph.cast %v to f32 : !half_q -> !wide_q
  %0 = graph.matmul %wq, %wk : !wide_q, !wide_k -> !wide_s
  %1 = graph.reduce_max %0 axes [2] keep_dims : !wide_s -> !wide_row
  %2 = graph.sub %0, %1 : !wide_s, !wide_row -> !wide_s
  %3 = graph.exp %2 : !wide_s
  %4 = graph.reduce_sum %3 axes [2] keep_dims : !wide_s -> !wide_row
  %5 = graph.div %3, %4 : !wide_s, !wide_row -> !wide_s
  %6 = graph.matmul %5, %wv : !wide_s, !wide_q -> !wide_q
  %7 = graph.cast %6 to f16 : !wide_q -> !half_q
  %8 = graph.cast %7 to f32 : !half_q -> !wide_q
  return %8 : !wide_q
}

// They may not if nothing of it is rounded.
// SHORT-LABEL: @exact
// SHORT-NOT: kernel.fused
// SHORT: return
func.func @exact(%q: !half_q, %k: !half_q, %v: !half_q) -> !wide_q {
  %wq = graph.cast %q to f32 : !half_q -> !wide_q
  %ck = graph.cast %k to f32 : !half_q -> !wide_q
  %wk = graph.transpose %ck permutation [0, 2, 1] : !wide_q -> !wide_k
  %wv = graph.cast %v to f32 : !half_q -> !wide_q
  %0 = graph.matmul %wq, %wk : !wide_q, !wide_k -> !wide_s
  %1 = graph.reduce_max %0 axes [2] keep_dims : !wide_s -> !wide_row
  %2 = graph.sub %0, %1 : !wide_s, !wide_row -> !wide_s
  %3 = graph.exp %2 : !wide_s
  %4 = graph.reduce_sum %3 axes [2] keep_dims : !wide_s -> !wide_row
  %5 = graph.div %3, %4 : !wide_s, !wide_row -> !wide_s
  %6 = graph.matmul %5, %wv : !wide_s, !wide_q -> !wide_q
  return %6 : !wide_q
}

// Products have one type.
// SHORT-LABEL: @two_types
// SHORT-NOT: kernel.fused
// SHORT: return
func.func @two_types(%q: !half_q, %k: !half_q, %v: !brain_v) -> !half_q {
  %wq = graph.cast %q to f32 : !half_q -> !wide_q
  %ck = graph.cast %k to f32 : !half_q -> !wide_q
  %wk = graph.transpose %ck permutation [0, 2, 1] : !wide_q -> !wide_k
  %wv = graph.cast %v to f32 : !brain_v -> !wide_q
  %0 = graph.matmul %wq, %wk : !wide_q, !wide_k -> !wide_s
  %1 = graph.reduce_max %0 axes [2] keep_dims : !wide_s -> !wide_row
  %2 = graph.sub %0, %1 : !wide_s, !wide_row -> !wide_s
  %3 = graph.exp %2 : !wide_s
  %4 = graph.reduce_sum %3 axes [2] keep_dims : !wide_s -> !wide_row
  %5 = graph.div %3, %4 : !wide_s, !wide_row -> !wide_s
  %6 = graph.matmul %5, %wv : !wide_s, !wide_q -> !wide_q
  %7 = graph.cast %6 to f16 : !wide_q -> !half_q
  return %7 : !half_q
}
