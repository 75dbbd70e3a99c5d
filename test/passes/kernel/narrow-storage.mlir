// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise --fuse-epilogue --fuse-rows=products=false --narrow-storage --verify-roundtrip | FileCheck %s
// RUN: sinter-opt %s --decompose-to-stages --fuse-elementwise --fuse-epilogue --fuse-rows=products=false --narrow-storage=type=bf16 | FileCheck %s --check-prefix=BRAIN
// RUN: not sinter-opt %s --narrow-storage=type=f32 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: error: the type is f16 or bf16

// Between two products: the first rounds its sum, the second widens it. The
// input and the weights get a copy, the output keeps its type; sums are f32.
// CHECK-LABEL: @products
// CHECK: %[[X:.+]] = kernel.stage {{.*}} ins(%arg0 : tensor<?x8xf32{{.*}} -> tensor<?x8xf16
// CHECK: arith.truncf
// CHECK: %[[W:.+]] = kernel.stage {{.*}} -> tensor<8x2xf16
// CHECK: %[[FIRST:.+]] = kernel.stage {{.*}} init 0.000000e+00 : f32 ins(%[[X]], %[[W]] : {{.*}} -> tensor<?x2xf16
// CHECK-NEXT: ^bb0(%[[A:.+]]: f16, %[[B:.+]]: f16, %[[SUM:.+]]: f32):
// CHECK-DAG: %[[WIDE_A:.+]] = arith.extf %[[A]] : f16 to f32
// CHECK-DAG: %[[WIDE_B:.+]] = arith.extf %[[B]] : f16 to f32
// CHECK: arith.mulf %[[WIDE_A]], %[[WIDE_B]] : f32
// CHECK: finish()
// CHECK: arith.maximumf {{.*}} : f32
// CHECK: arith.truncf
// CHECK: kernel.stage {{.*}} init 0.000000e+00 : f32 ins(%[[FIRST]], %{{.*}} -> tensor<?x8xf32
// CHECK-NOT: arith.truncf
// CHECK: return
// BRAIN-LABEL: @products
// BRAIN: kernel.stage {{.*}} init {{.*}} -> tensor<?x2xbf16
func.func @products(%x: tensor<?x8xf32, #graph.type<[M, 8]>>) -> tensor<?x8xf32, #graph.type<[M, 8]>> {
  %w = graph.constant <"f32:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"> : tensor<8x2xf32>
  %v = graph.constant <"f32:15,14,13,12,11,10,9,8,7,6,5,4,3,2,1,0"> : tensor<2x8xf32>
  %0 = graph.matmul %x, %w : tensor<?x8xf32, #graph.type<[M, 8]>>, tensor<8x2xf32> -> tensor<?x2xf32, #graph.type<[M, 2]>>
  %1 = graph.relu %0 : tensor<?x2xf32, #graph.type<[M, 2]>>
  %2 = graph.matmul %1, %v : tensor<?x2xf32, #graph.type<[M, 2]>>, tensor<2x8xf32> -> tensor<?x8xf32, #graph.type<[M, 8]>>
  return %2 : tensor<?x8xf32, #graph.type<[M, 8]>>
}

// A softmax is one kernel: only what it reads and makes is narrow. A reshape
// passes the type through.
// CHECK-LABEL: @softmax
// CHECK: kernel.stage {{.*}} -> tensor<?x?xf16
// CHECK: kernel.fused depth 1 ins(%{{.*}} : tensor<?x?xf16, #graph.type<[M, M]>>) -> tensor<?x?xf16, #graph.type<[M, M]>>
// CHECK: kernel.stage {{.*}} -> tensor<?x1xf32
// CHECK: arith.extf
// CHECK: kernel.stage {{.*}} -> tensor<?x1xf32
// CHECK: kernel.stage {{.*}} -> tensor<?x?xf16
// CHECK: arith.truncf
// CHECK: graph.reshape {{.*}} -> tensor<?xf16
// CHECK: kernel.stage {{.*}} ins(%{{.*}} : tensor<?xf16{{.*}} -> tensor<?xf32
func.func @softmax(%x: tensor<?x4xf32, #graph.type<[M, 4]>>, %y: tensor<4x?xf32, #graph.type<[4, M]>>) -> tensor<?xf32, #graph.type<[M*M]>> {
  %s = graph.matmul %x, %y : tensor<?x4xf32, #graph.type<[M, 4]>>, tensor<4x?xf32, #graph.type<[4, M]>> -> tensor<?x?xf32, #graph.type<[M, M]>>
  %0 = graph.reduce_max %s axes [1] keep_dims : tensor<?x?xf32, #graph.type<[M, M]>> -> tensor<?x1xf32, #graph.type<[M, 1]>>
  %1 = graph.sub %s, %0 : tensor<?x?xf32, #graph.type<[M, M]>>, tensor<?x1xf32, #graph.type<[M, 1]>> -> tensor<?x?xf32, #graph.type<[M, M]>>
  %2 = graph.exp %1 : tensor<?x?xf32, #graph.type<[M, M]>>
  %3 = graph.reduce_sum %2 axes [1] keep_dims : tensor<?x?xf32, #graph.type<[M, M]>> -> tensor<?x1xf32, #graph.type<[M, 1]>>
  %4 = graph.div %2, %3 : tensor<?x?xf32, #graph.type<[M, M]>>, tensor<?x1xf32, #graph.type<[M, 1]>> -> tensor<?x?xf32, #graph.type<[M, M]>>
  %5 = graph.reshape %4 dims [#graph.dim<M*M>] : tensor<?x?xf32, #graph.type<[M, M]>> -> tensor<?xf32, #graph.type<[M*M]>>
  %6 = graph.exp %5 : tensor<?xf32, #graph.type<[M*M]>>
  return %6 : tensor<?xf32, #graph.type<[M*M]>>
}

// A result that leaves stays f32. A product of it gets a copy, others read it.
// CHECK-LABEL: @leaves
// CHECK: %[[LEFT:.+]] = kernel.stage {{.*}} -> tensor<?x4xf32
// CHECK: %[[COPY:.+]] = kernel.stage {{.*}} ins(%[[LEFT]] {{.*}} -> tensor<?x4xf16
// CHECK: kernel.stage {{.*}} init {{.*}} ins(%[[COPY]],
// CHECK: kernel.stage {{.*}} ins(%[[LEFT]] : {{.*}} -> tensor<?x4xf32
// CHECK: return
func.func @leaves(%x: tensor<?x4xf32, #graph.type<[M, 4]>>, %y: tensor<4x4xf32>) -> (tensor<?x4xf32, #graph.type<[M, 4]>>, tensor<?x4xf32, #graph.type<[M, 4]>>, tensor<?x4xf32, #graph.type<[M, 4]>>) {
  %0 = graph.exp %x : tensor<?x4xf32, #graph.type<[M, 4]>>
  %1 = graph.matmul %0, %y : tensor<?x4xf32, #graph.type<[M, 4]>>, tensor<4x4xf32> -> tensor<?x4xf32, #graph.type<[M, 4]>>
  %2 = graph.mul %0, %0 : tensor<?x4xf32, #graph.type<[M, 4]>>, tensor<?x4xf32, #graph.type<[M, 4]>> -> tensor<?x4xf32, #graph.type<[M, 4]>>
  return %0, %1, %2 : tensor<?x4xf32, #graph.type<[M, 4]>>, tensor<?x4xf32, #graph.type<[M, 4]>>, tensor<?x4xf32, #graph.type<[M, 4]>>
}

// A sum of all is small and may exceed the range, and a result of few elements
// costs nothing: both stay, unless products read them.
// CHECK-LABEL: @small
// CHECK: kernel.stage {{.*}} -> tensor<?xf32
// CHECK: kernel.stage {{.*}} -> tensor<5x5xf32
// CHECK: kernel.stage {{.*}} -> tensor<?x1xf16
// CHECK: kernel.stage {{.*}} init {{.*}} ins({{.*}} : tensor<?x1xf16
func.func @small(%x: tensor<?x5xf32, #graph.type<[M, 5]>>, %y: tensor<5x5xf32>) -> (tensor<?x5xf32, #graph.type<[M, 5]>>, tensor<5x5xf32>, tensor<5x5xf32>, tensor<?x5xf32, #graph.type<[M, 5]>>) {
  %0 = graph.reduce_sum %x axes [1] : tensor<?x5xf32, #graph.type<[M, 5]>> -> tensor<?xf32, #graph.type<[M]>>
  %1 = graph.reshape %0 dims [#graph.dim<M>, #graph.dim<1>] : tensor<?xf32, #graph.type<[M]>> -> tensor<?x1xf32, #graph.type<[M, 1]>>
  %2 = graph.sub %x, %1 : tensor<?x5xf32, #graph.type<[M, 5]>>, tensor<?x1xf32, #graph.type<[M, 1]>> -> tensor<?x5xf32, #graph.type<[M, 5]>>
  %3 = graph.exp %y : tensor<5x5xf32>
  %4 = graph.tanh %3 : tensor<5x5xf32>
  %5 = graph.neg %3 : tensor<5x5xf32>
  %7 = graph.reduce_max %x axes [1] keep_dims : tensor<?x5xf32, #graph.type<[M, 5]>> -> tensor<?x1xf32, #graph.type<[M, 1]>>
  %8 = graph.constant <"f32:1,2,3,4,5"> : tensor<1x5xf32>
  %9 = graph.matmul %7, %8 : tensor<?x1xf32, #graph.type<[M, 1]>>, tensor<1x5xf32> -> tensor<?x5xf32, #graph.type<[M, 5]>>
  return %2, %4, %5, %9 : tensor<?x5xf32, #graph.type<[M, 5]>>, tensor<5x5xf32>, tensor<5x5xf32>, tensor<?x5xf32, #graph.type<[M, 5]>>
}

// Positions times frequencies: half precision would be whole turns off. What
// their cosines are multiplied with is not exact.
// CHECK-LABEL: @positions
// CHECK: %[[POSITIONS:.+]] = kernel.stage {{.*}} ins(%arg0 : tensor<?x1xi64{{.*}} -> tensor<?x1xf32
// CHECK: %[[TURNED:.+]] = kernel.stage {{.*}} init {{.*}} ins(%[[POSITIONS]], %{{.*}} : tensor<?x1xf32{{.*}}, tensor<1x4xf32>) {{.*}} -> tensor<?x4xf16
// CHECK: kernel.math{{ +}}cos
// CHECK: arith.truncf
// CHECK: %[[KEYS:.+]] = kernel.stage {{.*}} ins(%[[TURNED]] {{.*}} -> tensor<4x?xf16
// CHECK: kernel.stage {{.*}} ins(%[[TURNED]], %[[KEYS]]
func.func @positions(%ids: tensor<?x1xi64, #graph.type<[M, 1]>>, %x: tensor<?x4xf32, #graph.type<[M, 4]>>) -> tensor<?x?xf32, #graph.type<[M, M]>> {
  %w = graph.constant <"f32:1,0.1,0.01,0.001"> : tensor<1x4xf32>
  %0 = graph.cast %ids to f32 : tensor<?x1xi64, #graph.type<[M, 1]>> -> tensor<?x1xf32, #graph.type<[M, 1]>>
  %1 = graph.matmul %0, %w : tensor<?x1xf32, #graph.type<[M, 1]>>, tensor<1x4xf32> -> tensor<?x4xf32, #graph.type<[M, 4]>>
  %2 = graph.cos %1 : tensor<?x4xf32, #graph.type<[M, 4]>>
  %3 = graph.mul %x, %2 : tensor<?x4xf32, #graph.type<[M, 4]>>, tensor<?x4xf32, #graph.type<[M, 4]>> -> tensor<?x4xf32, #graph.type<[M, 4]>>
  %4 = graph.transpose %3 permutation [1, 0] : tensor<?x4xf32, #graph.type<[M, 4]>> -> tensor<4x?xf32, #graph.type<[4, M]>>
  %5 = graph.matmul %3, %4 : tensor<?x4xf32, #graph.type<[M, 4]>>, tensor<4x?xf32, #graph.type<[4, M]>> -> tensor<?x?xf32, #graph.type<[M, M]>>
  return %5 : tensor<?x?xf32, #graph.type<[M, M]>>
}

// Choices between elements need no arithmetic; a fill is rounded.
// CHECK-LABEL: @choices
// CHECK: kernel.stage {{.*}} tables(%{{.*}}, %{{.*}} : tensor<?x4xf16, {{.*}}>, tensor<?x4xf16
// CHECK: scf.if {{.*}} -> (f16)
// CHECK: kernel.load 0{{.*}} : f16
// CHECK-NOT: arith.extf
// CHECK: kernel.stage {{.*}} fills [9.997550e-02 : f16] {{.*}} -> tensor<?x6xf32
// CHECK-NEXT: ^bb0(%[[ELEMENT:.+]]: f16):
// CHECK-NEXT: arith.extf %[[ELEMENT]]
func.func @choices(%x: tensor<?x4xf32, #graph.type<[M, 4]>>) -> tensor<?x6xf32, #graph.type<[2*M, 6]>> {
  %0 = graph.exp %x : tensor<?x4xf32, #graph.type<[M, 4]>>
  %1 = graph.tanh %x : tensor<?x4xf32, #graph.type<[M, 4]>>
  %2 = graph.concat %0, %1 axis 0 : tensor<?x4xf32, #graph.type<[M, 4]>>, tensor<?x4xf32, #graph.type<[M, 4]>> -> tensor<?x4xf32, #graph.type<[2*M, 4]>>
  %3 = kernel.stage extents [#graph.dim<2*M>, #graph.dim<6>] maps [affine_map<(d0, d1) -> (d0, d1 - 1)>] fills [0.1 : f32] ins(%2 : tensor<?x4xf32, #graph.type<[2*M, 4]>>) -> tensor<?x6xf32, #graph.type<[2*M, 6]>> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return %3 : tensor<?x6xf32, #graph.type<[2*M, 6]>>
}

// What a loop carries stays f32: its product gets a copy in each run.
// CHECK-LABEL: @loop
// CHECK: graph.loop
// CHECK-NEXT: ^bb0(%[[STATE:.+]]: tensor<?x4xf32
// CHECK: %[[COPY:.+]] = kernel.stage {{.*}} ins(%[[STATE]] {{.*}} -> tensor<?x4xf16
// CHECK: kernel.stage {{.*}} init {{.*}} ins(%[[COPY]], %{{.*}} -> tensor<?x4xf32
func.func @loop(%h: tensor<?x4xf32, #graph.type<[M, 4]>>, %w: tensor<4x4xf32>) -> tensor<?x4xf32, #graph.type<[M, 4]>> {
  %0 = graph.loop "i" to <3> carries %h : tensor<?x4xf32, #graph.type<[M, 4]>> -> tensor<?x4xf32, #graph.type<[M, 4]>> {
  ^bb0(%state: tensor<?x4xf32, #graph.type<[M, 4]>>):
    %1 = graph.matmul %state, %w : tensor<?x4xf32, #graph.type<[M, 4]>>, tensor<4x4xf32> -> tensor<?x4xf32, #graph.type<[M, 4]>>
    graph.yield %1 : tensor<?x4xf32, #graph.type<[M, 4]>>
  }
  return %0 : tensor<?x4xf32, #graph.type<[M, 4]>>
}

// A constant with a number that half precision does not reach is read as it is.
// CHECK-LABEL: @reach
// CHECK: kernel.stage {{.*}} init {{.*}} tensor<?x2xf16, {{.*}}>, tensor<2x2xf32>) -> tensor<?x2xf32
func.func @reach(%x: tensor<?x2xf32, #graph.type<[M, 2]>>) -> tensor<?x2xf32, #graph.type<[M, 2]>> {
  %w = graph.constant <"f32:0,-3e38,1,0"> : tensor<2x2xf32>
  %0 = graph.matmul %x, %w : tensor<?x2xf32, #graph.type<[M, 2]>>, tensor<2x2xf32> -> tensor<?x2xf32, #graph.type<[M, 2]>>
  return %0 : tensor<?x2xf32, #graph.type<[M, 2]>>
}
