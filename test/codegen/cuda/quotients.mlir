// RUN: sinter-opt %s --mlir-disable-threading --emit-cuda | FileCheck %s

// A kernel that gives 16 bits divides faster, unless a unit in the last place may make results jump.
#map = affine_map<(d0) -> (d0)>

// CHECK-LABEL: // smooth
// CHECK-NEXT: #define SINTER_FAST_QUOTIENTS
// CHECK: divide(
func.func @smooth(%a: tensor<16xf32>) -> tensor<16xf16, #graph.type<[16]>> {
  %0 = kernel.stage extents [#graph.dim<16>] maps [#map] fills [unit] ins(%a : tensor<16xf32>) -> tensor<16xf16, #graph.type<[16]>> {
  ^bb0(%x: f32):
    %c = arith.constant 3.0 : f32
    %1 = arith.divf %x, %c : f32
    %2 = arith.truncf %1 : f32 to f16
    kernel.yield %2 : f16
  }
  return %0 : tensor<16xf16, #graph.type<[16]>>
}

// CHECK-LABEL: // jumps
// CHECK-NOT: SINTER_FAST_QUOTIENTS
// CHECK: divide(
func.func @jumps(%a: tensor<16xf32>) -> tensor<16xf16, #graph.type<[16]>> {
  %0 = kernel.stage extents [#graph.dim<16>] maps [#map] fills [unit] ins(%a : tensor<16xf32>) -> tensor<16xf16, #graph.type<[16]>> {
  ^bb0(%x: f32):
    %c = arith.constant 3.0 : f32
    %1 = arith.divf %x, %c : f32
    %2 = kernel.math floor(%1) : f32
    %3 = arith.truncf %2 : f32 to f16
    kernel.yield %3 : f16
  }
  return %0 : tensor<16xf16, #graph.type<[16]>>
}

// CHECK-LABEL: // wide
// CHECK-NOT: SINTER_FAST_QUOTIENTS
// CHECK: divide(
func.func @wide(%a: tensor<16xf32>) -> tensor<16xf32, #graph.type<[16]>> {
  %0 = kernel.stage extents [#graph.dim<16>] maps [#map] fills [unit] ins(%a : tensor<16xf32>) -> tensor<16xf32, #graph.type<[16]>> {
  ^bb0(%x: f32):
    %c = arith.constant 3.0 : f32
    %1 = arith.divf %x, %c : f32
    kernel.yield %1 : f32
  }
  return %0 : tensor<16xf32, #graph.type<[16]>>
}
