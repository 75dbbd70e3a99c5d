// RUN: sinter-opt %s --decompose-to-stages --fold-constants | FileCheck %s
// RUN: sinter-opt %s --decompose-to-stages --fold-constants=max-bytes=7 | FileCheck %s --check-prefix=BYTES
// RUN: sinter-opt %s --decompose-to-stages --fold-constants=max-points=5 | FileCheck %s --check-prefix=POINTS

// A chain folds in one run, and nothing is left of it.
// CHECK-LABEL: @chain
// CHECK-NEXT: %[[SUM:.+]] = graph.constant <"i64:3,5"> : tensor<2xi64
// CHECK-NEXT: return %[[SUM]]
func.func @chain() -> tensor<2xi64, #graph.type<[2]>> {
  %0 = graph.constant <"i64:2,3"> : tensor<2xi64>
  %1 = graph.constant <"i64:1"> : tensor<1xi64>
  %2 = graph.add %0, %1 : tensor<2xi64>, tensor<1xi64> -> tensor<2xi64, #graph.type<[2]>>
  %3 = graph.constant <"i64:0,1"> : tensor<2xi64>
  %4 = graph.add %2, %3 : tensor<2xi64, #graph.type<[2]>>, tensor<2xi64> -> tensor<2xi64, #graph.type<[2]>>
  return %4 : tensor<2xi64, #graph.type<[2]>>
}

// Both stages of a sum of halves: in single, and rounded once.
// CHECK-LABEL: @half
// CHECK-NEXT: graph.constant <"f16:2050"> : tensor<f16
func.func @half() -> tensor<f16, #graph.type<[]>> {
  %0 = graph.constant <"f16:2048,1,1"> : tensor<3xf16>
  %1 = graph.reduce_sum %0 axes [0] : tensor<3xf16> -> tensor<f16, #graph.type<[]>>
  return %1 : tensor<f16, #graph.type<[]>>
}

// CHECK-LABEL: @reshape
// CHECK-NEXT: graph.constant <"f32:1,2,3,4"> : tensor<2x2xf32
func.func @reshape() -> tensor<2x2xf32, #graph.type<[2, 2]>> {
  %0 = graph.constant <"f32:1,2,3,4"> : tensor<4xf32>
  %1 = graph.reshape %0 dims [#graph.dim<2>, #graph.dim<2>] : tensor<4xf32> -> tensor<2x2xf32, #graph.type<[2, 2]>>
  return %1 : tensor<2x2xf32, #graph.type<[2, 2]>>
}

// CHECK-LABEL: @used_twice
// CHECK-NEXT: graph.constant <"ui8:4,44"> : tensor<2xui8
func.func @used_twice() -> tensor<2xui8, #graph.type<[2]>> {
  %0 = graph.constant <"ui8:2,150"> : tensor<2xui8>
  %1 = graph.add %0, %0 : tensor<2xui8>, tensor<2xui8> -> tensor<2xui8, #graph.type<[2]>>
  return %1 : tensor<2xui8, #graph.type<[2]>>
}

// Tables are read, too.
// CHECK-LABEL: @gather
// CHECK-NEXT: graph.constant <"f64:7,5"> : tensor<2xf64
func.func @gather() -> tensor<2xf64, #graph.type<[2]>> {
  %0 = graph.constant <"f64:5,6,7"> : tensor<3xf64>
  %1 = graph.constant <"i64:-1,0"> : tensor<2xi64>
  %2 = graph.gather %0, %1 axis 0 : tensor<3xf64>, tensor<2xi64> -> tensor<2xf64, #graph.type<[2]>>
  return %2 : tensor<2xf64, #graph.type<[2]>>
}

// CHECK-LABEL: @not_constant
// CHECK: kernel.stage
func.func @not_constant(%a: tensor<2xf32>) -> tensor<2xf32, #graph.type<[2]>> {
  %0 = graph.constant <"f32:1,2"> : tensor<2xf32>
  %1 = graph.add %a, %0 : tensor<2xf32>, tensor<2xf32> -> tensor<2xf32, #graph.type<[2]>>
  return %1 : tensor<2xf32, #graph.type<[2]>>
}

// A key without a value, and bytes that do not fit the type.
// CHECK-LABEL: @bad_bytes
// CHECK: kernel.stage
// CHECK: kernel.stage
func.func @bad_bytes() -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = graph.constant <"missing"> : tensor<2xf32>
  %1 = graph.neg %0 : tensor<2xf32>
  %2 = graph.constant <"f32:1"> : tensor<2xf32>
  %3 = graph.neg %2 : tensor<2xf32>
  return %1, %3 : tensor<2xf32>, tensor<2xf32>
}

// A result of 8 bytes from 6 points.
// CHECK-LABEL: @budget
// CHECK-NEXT: graph.constant <"f32:6,15">
// BYTES-LABEL: @budget
// BYTES: kernel.stage
// POINTS-LABEL: @budget
// POINTS: kernel.stage
func.func @budget() -> tensor<2xf32, #graph.type<[2]>> {
  %0 = graph.constant <"f32:1,2,3,4,5,6"> : tensor<2x3xf32>
  %1 = graph.reduce_sum %0 axes [1] : tensor<2x3xf32> -> tensor<2xf32, #graph.type<[2]>>
  return %1 : tensor<2xf32, #graph.type<[2]>>
}
