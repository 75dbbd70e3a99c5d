// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise --invert-divisors | FileCheck %s

// A row is divided by its sum: one division serves all of it.
// CHECK-LABEL: @row
func.func @row(%x: tensor<4x9xf32>, %sum: tensor<4x1xf32>) -> tensor<4x9xf32, #graph.type<[4, 9]>> {
  // CHECK: ^bb0(%[[X:.+]]: f32, %[[SUM:.+]]: f32):
  // CHECK: %[[INVERSE:.+]] = arith.divf %{{.+}}, %[[SUM]]
  // CHECK: arith.mulf %[[X]], %[[INVERSE]]
  %0 = graph.div %x, %sum : tensor<4x9xf32>, tensor<4x1xf32> -> tensor<4x9xf32, #graph.type<[4, 9]>>
  return %0 : tensor<4x9xf32, #graph.type<[4, 9]>>
}

// Each element has a divisor of its own.
// CHECK-LABEL: @elements
func.func @elements(%x: tensor<4x9xf32>, %y: tensor<4x9xf32>) -> tensor<4x9xf32, #graph.type<[4, 9]>> {
  // CHECK: ^bb0(%[[X:.+]]: f32, %[[Y:.+]]: f32):
  // CHECK-NEXT: arith.divf %[[X]], %[[Y]]
  %0 = graph.div %x, %y : tensor<4x9xf32>, tensor<4x9xf32> -> tensor<4x9xf32, #graph.type<[4, 9]>>
  return %0 : tensor<4x9xf32, #graph.type<[4, 9]>>
}

// A quantisation rounds the quotient: it stays exact.
// CHECK-LABEL: @rounded
func.func @rounded(%x: tensor<4x9xf32>, %scale: tensor<f32>) -> tensor<4x9xf32, #graph.type<[4, 9]>> {
  // CHECK: ^bb0(%[[X:.+]]: f32, %[[SCALE:.+]]: f32):
  // CHECK-NEXT: arith.divf %[[X]], %[[SCALE]]
  %0 = graph.div %x, %scale : tensor<4x9xf32>, tensor<f32> -> tensor<4x9xf32, #graph.type<[4, 9]>>
  %1 = graph.round %0 : tensor<4x9xf32, #graph.type<[4, 9]>>
  return %1 : tensor<4x9xf32, #graph.type<[4, 9]>>
}
