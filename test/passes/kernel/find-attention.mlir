// RUN: sinter-opt %s --decompose-to-stages --canonicalize --fuse-elementwise --fuse-epilogue --fuse-attention="bits=32 width=128" --canonicalize | FileCheck %s

// What is an attention, and what only looks like one.

!q = tensor<?x?x64xf32, #graph.type<[H, Q, 64]>>
!k = tensor<?x64x?xf32, #graph.type<[H, 64, K]>>
!v = tensor<?x?x64xf32, #graph.type<[H, K, 64]>>
!pairs = tensor<?x?x?xf32, #graph.type<[H, Q, K]>>
!bools = tensor<?x?x?xi1, #graph.type<[H, Q, K]>>
!row = tensor<?x?x1xf32, #graph.type<[H, Q, 1]>>

// Weights that are NaN, of rows in which all is masked, may be 0.
// CHECK-LABEL: @clears
// CHECK: kernel.fused
// CHECK: arith.cmpf
// CHECK: arith.select
// CHECK: return
func.func @clears(%q: !q, %k: !k, %v: !v) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %most = graph.reduce_max %scores axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %scores, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %zero = graph.constant <"f32:0"> : tensor<f32>
  %same = graph.equal %weights, %weights : !pairs, !pairs -> !bools
  %isnan = graph.not %same : !bools
  %cleared = graph.select %isnan, %zero, %weights : !bools, tensor<f32>, !pairs -> !pairs
  %y = graph.matmul %cleared, %v : !pairs, !v -> !q
  return %y : !q
}

// The same, said the other way round.
// CHECK-LABEL: @keeps_numbers
// CHECK: kernel.fused
// CHECK: return
func.func @keeps_numbers(%q: !q, %k: !k, %v: !v) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %most = graph.reduce_max %scores axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %scores, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %zero = graph.constant <"f32:0"> : tensor<f32>
  %same = graph.equal %weights, %weights : !pairs, !pairs -> !bools
  %isnan = graph.not %same : !bools
  %cleared = graph.select %same, %weights, %zero : !bools, !pairs, tensor<f32> -> !pairs
  %y = graph.matmul %cleared, %v : !pairs, !v -> !q
  return %y : !q
}

// They may not be another number.
// CHECK-LABEL: @other_number
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @other_number(%q: !q, %k: !k, %v: !v) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %most = graph.reduce_max %scores axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %scores, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %zero = graph.constant <"f32:1"> : tensor<f32>
  %same = graph.equal %weights, %weights : !pairs, !pairs -> !bools
  %isnan = graph.not %same : !bools
  %cleared = graph.select %isnan, %zero, %weights : !bools, tensor<f32>, !pairs -> !pairs
  %y = graph.matmul %cleared, %v : !pairs, !v -> !q
  return %y : !q
}

// Nor may those be 0 that are a number.
// CHECK-LABEL: @clears_numbers
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @clears_numbers(%q: !q, %k: !k, %v: !v) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %most = graph.reduce_max %scores axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %scores, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %zero = graph.constant <"f32:0"> : tensor<f32>
  %same = graph.equal %weights, %weights : !pairs, !pairs -> !bools
  %isnan = graph.not %same : !bools
  %cleared = graph.select %same, %zero, %weights : !bools, tensor<f32>, !pairs -> !pairs
  %y = graph.matmul %cleared, %v : !pairs, !v -> !q
  return %y : !q
}

// Nor those where something else is NaN.
// CHECK-LABEL: @other_nan
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @other_nan(%q: !q, %k: !k, %v: !v, %other: !pairs) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %most = graph.reduce_max %scores axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %scores, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %zero = graph.constant <"f32:0"> : tensor<f32>
  %same = graph.equal %other, %other : !pairs, !pairs -> !bools
  %isnan = graph.not %same : !bools
  %cleared = graph.select %isnan, %zero, %weights : !bools, tensor<f32>, !pairs -> !pairs
  %y = graph.matmul %cleared, %v : !pairs, !v -> !q
  return %y : !q
}

// Weights of which a mask takes some are no softmax.
// CHECK-LABEL: @masked_weights
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @masked_weights(%q: !q, %k: !k, %v: !v, %mask: !pairs) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %most = graph.reduce_max %scores axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %scores, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %masked = graph.mul %weights, %mask : !pairs, !pairs -> !pairs
  %y = graph.matmul %masked, %v : !pairs, !v -> !q
  return %y : !q
}

// Nor are those of which each is made twice of its power.
// CHECK-LABEL: @squared_weights
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @squared_weights(%q: !q, %k: !k, %v: !v) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %most = graph.reduce_max %scores axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %scores, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %squared = graph.mul %weights, %powers : !pairs, !pairs -> !pairs
  %y = graph.matmul %squared, %v : !pairs, !v -> !q
  return %y : !q
}

// A softmax of queries.
!column = tensor<?x1x?xf32, #graph.type<[H, 1, K]>>
// CHECK-LABEL: @other_axis
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @other_axis(%q: !q, %k: !k, %v: !v) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %most = graph.reduce_max %scores axes [1] keep_dims : !pairs -> !column
  %shifted = graph.sub %scores, %most : !pairs, !column -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [1] keep_dims : !pairs -> !column
  %weights = graph.div %powers, %sum : !pairs, !column -> !pairs
  %y = graph.matmul %weights, %v : !pairs, !v -> !q
  return %y : !q
}

// The same, where sizes do not tell queries from keys.
!qs = tensor<?x?x64xf32, #graph.type<[H, S, 64]>>
!ks = tensor<?x64x?xf32, #graph.type<[H, 64, S]>>
!square = tensor<?x?x?xf32, #graph.type<[H, S, S]>>
!line = tensor<?x?xf32, #graph.type<[H, S]>>
!columns = tensor<?x1x?xf32, #graph.type<[H, 1, S]>>
// CHECK-LABEL: @square
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @square(%q: !qs, %k: !ks, %v: !qs) -> !qs {
  %scores = graph.matmul %q, %k : !qs, !ks -> !square
  %most = graph.reduce_max %scores axes [1] : !square -> !line
  %mosts = graph.reshape %most dims [#graph.dim<H>, #graph.dim<1>, #graph.dim<S>] : !line -> !columns
  %shifted = graph.sub %scores, %mosts : !square, !columns -> !square
  %powers = graph.exp %shifted : !square
  %sum = graph.reduce_sum %powers axes [1] : !square -> !line
  %sums = graph.reshape %sum dims [#graph.dim<H>, #graph.dim<1>, #graph.dim<S>] : !line -> !columns
  %weights = graph.div %powers, %sums : !square, !columns -> !square
  %y = graph.matmul %weights, %v : !square, !qs -> !qs
  return %y : !qs
}

// Scores that something else needs are stored.
// CHECK-LABEL: @used_scores
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @used_scores(%q: !q, %k: !k, %v: !v) -> (!q, !pairs) {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %most = graph.reduce_max %scores axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %scores, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %y = graph.matmul %weights, %v : !pairs, !v -> !q
  return %y, %scores : !q, !pairs
}

// The sum of other powers.
// CHECK-LABEL: @other_sum
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @other_sum(%q: !q, %k: !k, %v: !v, %other: !pairs) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %most = graph.reduce_max %scores axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %scores, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %most2 = graph.reduce_max %other axes [2] keep_dims : !pairs -> !row
  %shifted2 = graph.sub %other, %most2 : !pairs, !row -> !pairs
  %powers2 = graph.exp %shifted2 : !pairs
  %sum2 = graph.reduce_sum %powers2 axes [2] keep_dims : !pairs -> !row
  %weights2 = graph.div %powers2, %sum2 : !pairs, !row -> !pairs
  %mixed = graph.div %powers, %sum2 : !pairs, !row -> !pairs
  %y = graph.matmul %mixed, %v : !pairs, !v -> !q
  return %y : !q
}

// The largest of other scores.
// CHECK-LABEL: @other_largest
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @other_largest(%q: !q, %k: !k, %v: !v, %other: !pairs) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %most = graph.reduce_max %other axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %scores, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %y = graph.matmul %weights, %v : !pairs, !v -> !q
  return %y : !q
}

// Keys of which there are none.
!k0 = tensor<?x64x0xf32, #graph.type<[H, 64, 0]>>
!v0 = tensor<?x0x64xf32, #graph.type<[H, 0, 64]>>
!pairs0 = tensor<?x?x0xf32, #graph.type<[H, Q, 0]>>
// CHECK-LABEL: @no_keys
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @no_keys(%q: !q, %k: !k0, %v: !v0) -> !q {
  %scores = graph.matmul %q, %k : !q, !k0 -> !pairs0
  %most = graph.reduce_max %scores axes [2] keep_dims : !pairs0 -> !row
  %shifted = graph.sub %scores, %most : !pairs0, !row -> !pairs0
  %powers = graph.exp %shifted : !pairs0
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs0 -> !row
  %weights = graph.div %powers, %sum : !pairs0, !row -> !pairs0
  %y = graph.matmul %weights, %v : !pairs0, !v0 -> !q
  return %y : !q
}

// One query, past a copy.
!q1 = tensor<1x8x64xf32, #graph.type<[1, 8, 64]>>
!turned1 = tensor<8x1x64xf32, #graph.type<[8, 1, 64]>>
!k1 = tensor<8x64x100xf32, #graph.type<[8, 64, 100]>>
!v1 = tensor<8x100x64xf32, #graph.type<[8, 100, 64]>>
!pairs1 = tensor<8x1x100xf32, #graph.type<[8, 1, 100]>>
!row1 = tensor<8x1x1xf32, #graph.type<[8, 1, 1]>>
// CHECK-LABEL: @one_query
// CHECK: kernel.fused
// CHECK: return
func.func @one_query(%q: !q1, %k: !k1, %v: !v1) -> !turned1 {
  %turned = graph.transpose %q permutation [1, 0, 2] : !q1 -> !turned1
  %scores = graph.matmul %turned, %k : !turned1, !k1 -> !pairs1
  %most = graph.reduce_max %scores axes [2] keep_dims : !pairs1 -> !row1
  %shifted = graph.sub %scores, %most : !pairs1, !row1 -> !pairs1
  %powers = graph.exp %shifted : !pairs1
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs1 -> !row1
  %weights = graph.div %powers, %sum : !pairs1, !row1 -> !pairs1
  %y = graph.matmul %weights, %v : !pairs1, !v1 -> !turned1
  return %y : !turned1
}

// Keys and values that serve four heads of queries each are read where they are.
!heads = tensor<?x8x?x64xf32, #graph.type<[B, 8, Q, 64]>>
!few = tensor<?x2x?x64xf32, #graph.type<[B, 2, K, 64]>>
!unit = tensor<?x2x1x?x64xf32, #graph.type<[B, 2, 1, K, 64]>>
!each = tensor<?x2x4x?x64xf32, #graph.type<[B, 2, 4, K, 64]>>
!many = tensor<?x8x?x64xf32, #graph.type<[B, 8, K, 64]>>
!turned = tensor<?x8x64x?xf32, #graph.type<[B, 8, 64, K]>>
!all = tensor<?x8x?x?xf32, #graph.type<[B, 8, Q, K]>>
!sums = tensor<?x8x?x1xf32, #graph.type<[B, 8, Q, 1]>>
// CHECK-LABEL: @grouped
// CHECK: kernel.fused depth 3 ins(%arg0, %{{.*}}, %{{.*}} : {{.*}}, tensor<?x2x1x?x64xf32, {{.*}}, tensor<?x2x1x?x64xf32,
// CHECK: return
func.func @grouped(%q: !heads, %k: !few, %v: !few) -> !heads {
  %k1 = graph.reshape %k dims [#graph.dim<B>, #graph.dim<2>, #graph.dim<1>, #graph.dim<K>, #graph.dim<64>] : !few -> !unit
  %k4 = graph.expand %k1 dims [#graph.dim<B>, #graph.dim<2>, #graph.dim<4>, #graph.dim<K>, #graph.dim<64>] : !unit -> !each
  %k8 = graph.reshape %k4 dims [#graph.dim<B>, #graph.dim<8>, #graph.dim<K>, #graph.dim<64>] : !each -> !many
  %v1 = graph.reshape %v dims [#graph.dim<B>, #graph.dim<2>, #graph.dim<1>, #graph.dim<K>, #graph.dim<64>] : !few -> !unit
  %v4 = graph.expand %v1 dims [#graph.dim<B>, #graph.dim<2>, #graph.dim<4>, #graph.dim<K>, #graph.dim<64>] : !unit -> !each
  %v8 = graph.reshape %v4 dims [#graph.dim<B>, #graph.dim<8>, #graph.dim<K>, #graph.dim<64>] : !each -> !many
  %turned = graph.transpose %k8 permutation [0, 1, 3, 2] : !many -> !turned
  %scores = graph.matmul %q, %turned : !heads, !turned -> !all
  %most = graph.reduce_max %scores axes [3] keep_dims : !all -> !sums
  %shifted = graph.sub %scores, %most : !all, !sums -> !all
  %powers = graph.exp %shifted : !all
  %sum = graph.reduce_sum %powers axes [3] keep_dims : !all -> !sums
  %weights = graph.div %powers, %sum : !all, !sums -> !all
  %y = graph.matmul %weights, %v8 : !all, !many -> !heads
  return %y : !heads
}

// A mask of keys.
!mask = tensor<?xf32, #graph.type<[K]>>
// CHECK-LABEL: @mask
// CHECK: kernel.fused
// CHECK: return
func.func @mask(%q: !q, %k: !k, %v: !v, %mask: !mask) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %masked = graph.add %scores, %mask : !pairs, !mask -> !pairs
  %most = graph.reduce_max %masked axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %masked, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %y = graph.matmul %weights, %v : !pairs, !v -> !q
  return %y : !q
}

// A mask of another length may make more keys.
!other = tensor<?xf32, #graph.type<[M]>>
!longer = tensor<?x?x?xf32, #graph.type<[H, Q, bcast(K, M)]>>
// CHECK-LABEL: @other_length
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @other_length(%q: !q, %k: !k, %v: !v, %mask: !other) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %masked = graph.add %scores, %mask : !pairs, !other -> !longer
  %most = graph.reduce_max %masked axes [2] keep_dims : !longer -> !row
  %shifted = graph.sub %masked, %most : !longer, !row -> !longer
  %powers = graph.exp %shifted : !longer
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !longer -> !row
  %weights = graph.div %powers, %sum : !longer, !row -> !longer
  %y = graph.matmul %weights, %v : !longer, !v -> !q
  return %y : !q
}

// Integers between stages are no scores.
!integers = tensor<?x?x?xi32, #graph.type<[H, Q, K]>>
// CHECK-LABEL: @integers
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @integers(%q: !q, %k: !k, %v: !v) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %steps = kernel.stage extents [#graph.dim<H>, #graph.dim<Q>, #graph.dim<K>] maps [affine_map<(d0, d1, d2) -> (d0, d1, d2)>] fills [unit] ins(%scores : !pairs) -> !integers {
  ^bb0(%score: f32):
    %key = kernel.index 2
    %number = arith.index_cast %key : index to i32
    %step = arith.fptosi %score : f32 to i32
    %moved = arith.addi %step, %number : i32
    kernel.yield %moved : i32
  }
  %back = kernel.stage extents [#graph.dim<H>, #graph.dim<Q>, #graph.dim<K>] maps [affine_map<(d0, d1, d2) -> (d0, d1, d2)>] fills [unit] ins(%steps : !integers) -> !pairs {
  ^bb0(%step: i32):
    %key = kernel.index 2
    %number = arith.index_cast %key : index to i32
    %moved = arith.subi %step, %number : i32
    %score = arith.sitofp %moved : i32 to f32
    kernel.yield %score : f32
  }
  %most = graph.reduce_max %back axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %back, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %y = graph.matmul %weights, %v : !pairs, !v -> !q
  return %y : !q
}

// Bits of 16 are none of what becomes f32.
!halves = tensor<?x?x?xf16, #graph.type<[H, Q, K]>>
!shorts = tensor<?x?x?xi16, #graph.type<[H, Q, K]>>
// CHECK-LABEL: @bits
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @bits(%q: !q, %k: !k, %v: !v, %mask: !halves) -> !q {
  %scores = graph.matmul %q, %k : !q, !k -> !pairs
  %integers = graph.bit_cast %mask to i16 : !halves -> !shorts
  %floats = graph.cast %integers to f32 : !shorts -> !pairs
  %masked = graph.add %scores, %floats : !pairs, !pairs -> !pairs
  %most = graph.reduce_max %masked axes [2] keep_dims : !pairs -> !row
  %shifted = graph.sub %masked, %most : !pairs, !row -> !pairs
  %powers = graph.exp %shifted : !pairs
  %sum = graph.reduce_sum %powers axes [2] keep_dims : !pairs -> !row
  %weights = graph.div %powers, %sum : !pairs, !row -> !pairs
  %y = graph.matmul %weights, %v : !pairs, !v -> !q
  return %y : !q
}
