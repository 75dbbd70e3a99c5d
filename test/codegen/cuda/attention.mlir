// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise --fuse-epilogue --fuse-attention --canonicalize --mlir-disable-threading --emit-cuda | FileCheck %s

// Few keys are one tile: a block reads all of them, and its results leave in packs of 16 bytes.
// CHECK-LABEL: // few
// CHECK: wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16
// CHECK: wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16
// CHECK: auto copyK =
// CHECK: copyAsync<16>(base + to + place, b1 + (i0 * 98304 + number * 768 + i1 * 64 + along), number < 128);
// CHECK: multiplyQueries(score, step);
// CHECK: addPowers(score, rows);
// CHECK-NOT: for (int step
// CHECK: multiplyWeights(0);
// CHECK: writePack(b3 + i0 * 98304 + query * 768 + i1 * 64 + column, readPack<8>(
// CHECK: // threads 128, shared 40960
func.func @few(%q: tensor<32x128x12x64xbf16, #graph.type<[32, 128, 12, 64]>>, %k: tensor<32x128x12x64xbf16, #graph.type<[32, 128, 12, 64]>>, %v: tensor<32x128x12x64xbf16, #graph.type<[32, 128, 12, 64]>>) -> tensor<32x128x12x64xbf16, #graph.type<[32, 128, 12, 64]>> {
  %0 = graph.transpose %q permutation [0, 2, 1, 3] : tensor<32x128x12x64xbf16, #graph.type<[32, 128, 12, 64]>> -> tensor<32x12x128x64xbf16, #graph.type<[32, 12, 128, 64]>>
  %1 = graph.transpose %k permutation [0, 2, 3, 1] : tensor<32x128x12x64xbf16, #graph.type<[32, 128, 12, 64]>> -> tensor<32x12x64x128xbf16, #graph.type<[32, 12, 64, 128]>>
  %2 = graph.transpose %v permutation [0, 2, 1, 3] : tensor<32x128x12x64xbf16, #graph.type<[32, 128, 12, 64]>> -> tensor<32x12x128x64xbf16, #graph.type<[32, 12, 128, 64]>>
  %3 = graph.matmul %0, %1 : tensor<32x12x128x64xbf16, #graph.type<[32, 12, 128, 64]>>, tensor<32x12x64x128xbf16, #graph.type<[32, 12, 64, 128]>> -> tensor<32x12x128x128xbf16, #graph.type<[32, 12, 128, 128]>>
  %4 = graph.cast %3 to f32 : tensor<32x12x128x128xbf16, #graph.type<[32, 12, 128, 128]>> -> tensor<32x12x128x128xf32, #graph.type<[32, 12, 128, 128]>>
  %5 = graph.reduce_max %4 axes [3] keep_dims : tensor<32x12x128x128xf32, #graph.type<[32, 12, 128, 128]>> -> tensor<32x12x128x1xf32, #graph.type<[32, 12, 128, 1]>>
  %6 = graph.sub %4, %5 : tensor<32x12x128x128xf32, #graph.type<[32, 12, 128, 128]>>, tensor<32x12x128x1xf32, #graph.type<[32, 12, 128, 1]>> -> tensor<32x12x128x128xf32, #graph.type<[32, 12, 128, 128]>>
  %7 = graph.exp %6 : tensor<32x12x128x128xf32, #graph.type<[32, 12, 128, 128]>>
  %8 = graph.reduce_sum %7 axes [3] keep_dims : tensor<32x12x128x128xf32, #graph.type<[32, 12, 128, 128]>> -> tensor<32x12x128x1xf32, #graph.type<[32, 12, 128, 1]>>
  %9 = graph.div %7, %8 : tensor<32x12x128x128xf32, #graph.type<[32, 12, 128, 128]>>, tensor<32x12x128x1xf32, #graph.type<[32, 12, 128, 1]>> -> tensor<32x12x128x128xf32, #graph.type<[32, 12, 128, 128]>>
  %10 = graph.cast %9 to bf16 : tensor<32x12x128x128xf32, #graph.type<[32, 12, 128, 128]>> -> tensor<32x12x128x128xbf16, #graph.type<[32, 12, 128, 128]>>
  %11 = graph.matmul %10, %2 : tensor<32x12x128x128xbf16, #graph.type<[32, 12, 128, 128]>>, tensor<32x12x128x64xbf16, #graph.type<[32, 12, 128, 64]>> -> tensor<32x12x128x64xbf16, #graph.type<[32, 12, 128, 64]>>
  %12 = graph.transpose %11 permutation [0, 2, 1, 3] : tensor<32x12x128x64xbf16, #graph.type<[32, 12, 128, 64]>> -> tensor<32x128x12x64xbf16, #graph.type<[32, 128, 12, 64]>>
  return %12 : tensor<32x128x12x64xbf16, #graph.type<[32, 128, 12, 64]>>
}

// More keys, or an unknown number, are tiles: scores of one are computed while weights of the one before meet their
// values. What belongs to keys is read ahead; keys behind the last are hidden.
// CHECK-LABEL: // many
// CHECK: operand0_0[2 * j + e] = b2[i0 * s0 + key];
// CHECK: auto changeScores =
// CHECK: for (int step = 1; step < steps; ++step)
// CHECK: readOperands(step);
// CHECK: load(step + 2);
// CHECK: multiplyQueries(score, step);
// CHECK-NEXT: multiplyWeights(step - 1);
// CHECK-NEXT: waitForProducts<1>(score);
// CHECK-NEXT: changeScores(score, step);
// CHECK: hideFrom(score, int(s0) - step * 64 - inGroup);
// CHECK: addPowers(score, rows);
// CHECK-NEXT: waitForProducts<0>(out);
// CHECK-NEXT: scaleRows(out, rows.scale);
func.func @many(%q: tensor<?x?x12x64xf16, #graph.type<[B, S, 12, 64]>>, %k: tensor<?x?x12x64xf16, #graph.type<[B, S, 12, 64]>>, %v: tensor<?x?x12x64xf16, #graph.type<[B, S, 12, 64]>>, %mask: tensor<?x1x1x?xf32, #graph.type<[B, 1, 1, S]>>) -> tensor<?x?x12x64xf16, #graph.type<[B, S, 12, 64]>> {
  %0 = graph.transpose %q permutation [0, 2, 1, 3] : tensor<?x?x12x64xf16, #graph.type<[B, S, 12, 64]>> -> tensor<?x12x?x64xf16, #graph.type<[B, 12, S, 64]>>
  %1 = graph.transpose %k permutation [0, 2, 3, 1] : tensor<?x?x12x64xf16, #graph.type<[B, S, 12, 64]>> -> tensor<?x12x64x?xf16, #graph.type<[B, 12, 64, S]>>
  %2 = graph.transpose %v permutation [0, 2, 1, 3] : tensor<?x?x12x64xf16, #graph.type<[B, S, 12, 64]>> -> tensor<?x12x?x64xf16, #graph.type<[B, 12, S, 64]>>
  %3 = graph.matmul %0, %1 : tensor<?x12x?x64xf16, #graph.type<[B, 12, S, 64]>>, tensor<?x12x64x?xf16, #graph.type<[B, 12, 64, S]>> -> tensor<?x12x?x?xf16, #graph.type<[B, 12, S, S]>>
  %4 = graph.cast %3 to f32 : tensor<?x12x?x?xf16, #graph.type<[B, 12, S, S]>> -> tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>
  %5 = graph.add %4, %mask : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>, tensor<?x1x1x?xf32, #graph.type<[B, 1, 1, S]>> -> tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>
  %6 = graph.reduce_max %5 axes [3] keep_dims : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>> -> tensor<?x12x?x1xf32, #graph.type<[B, 12, S, 1]>>
  %7 = graph.sub %5, %6 : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>, tensor<?x12x?x1xf32, #graph.type<[B, 12, S, 1]>> -> tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>
  %8 = graph.exp %7 : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>
  %9 = graph.reduce_sum %8 axes [3] keep_dims : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>> -> tensor<?x12x?x1xf32, #graph.type<[B, 12, S, 1]>>
  %10 = graph.div %8, %9 : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>, tensor<?x12x?x1xf32, #graph.type<[B, 12, S, 1]>> -> tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>>
  %11 = graph.cast %10 to f16 : tensor<?x12x?x?xf32, #graph.type<[B, 12, S, S]>> -> tensor<?x12x?x?xf16, #graph.type<[B, 12, S, S]>>
  %12 = graph.matmul %11, %2 : tensor<?x12x?x?xf16, #graph.type<[B, 12, S, S]>>, tensor<?x12x?x64xf16, #graph.type<[B, 12, S, 64]>> -> tensor<?x12x?x64xf16, #graph.type<[B, 12, S, 64]>>
  %13 = graph.transpose %12 permutation [0, 2, 1, 3] : tensor<?x12x?x64xf16, #graph.type<[B, 12, S, 64]>> -> tensor<?x?x12x64xf16, #graph.type<[B, S, 12, 64]>>
  return %13 : tensor<?x?x12x64xf16, #graph.type<[B, S, 12, 64]>>
}

// One query, read past a copy. Weights that are NaN, of 0 / 0 too, count as 0: then the factor of the row is 0, and so
// are its results.
// CHECK-LABEL: // one
// CHECK: auto copyQ =
// CHECK: number < 1);
// CHECK: (acc == 0.0f ? 0.0f : 1.0f)
// CHECK: rows.scale[half] == 0.0f ? 0.0f : out[
!q1 = tensor<1x8x64xf16, #graph.type<[1, 8, 64]>>
!turned1 = tensor<8x1x64xf16, #graph.type<[8, 1, 64]>>
!k1 = tensor<8x64x200xf16, #graph.type<[8, 64, 200]>>
!v1 = tensor<8x200x64xf16, #graph.type<[8, 200, 64]>>
!scores1 = tensor<8x1x200xf16, #graph.type<[8, 1, 200]>>
!bools1 = tensor<8x1x200xi1, #graph.type<[8, 1, 200]>>
!row1 = tensor<8x1x1xf16, #graph.type<[8, 1, 1]>>
!bool1 = tensor<8x1x1xi1, #graph.type<[8, 1, 1]>>
func.func @one(%q: !q1, %k: !k1, %v: !v1) -> !turned1 {
  %none = graph.constant <"f16:0"> : tensor<f16>
  %never = graph.constant <"f16:-inf"> : tensor<f16>
  %0 = graph.transpose %q permutation [1, 0, 2] : !q1 -> !turned1
  %1 = graph.matmul %0, %k : !turned1, !k1 -> !scores1
  %2 = graph.reduce_max %1 axes [2] keep_dims : !scores1 -> !row1
  %3 = graph.equal %2, %never : !row1, tensor<f16> -> !bool1
  %4 = graph.select %3, %none, %2 : !bool1, tensor<f16>, !row1 -> !row1
  %5 = graph.sub %1, %4 : !scores1, !row1 -> !scores1
  %6 = graph.exp %5 : !scores1
  %7 = graph.reduce_sum %6 axes [2] keep_dims : !scores1 -> !row1
  %8 = graph.div %6, %7 : !scores1, !row1 -> !scores1
  %9 = graph.equal %8, %8 : !scores1, !scores1 -> !bools1
  %10 = graph.select %9, %8, %none : !bools1, !scores1, tensor<f16> -> !scores1
  %11 = graph.matmul %10, %v : !scores1, !v1 -> !turned1
  return %11 : !turned1
}
