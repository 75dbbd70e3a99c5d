// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @counted
func.func @counted(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<?x4xf32, #graph.type<[N, 4]>>) {
  // CHECK: graph.loop "i" to <N> carries %{{.*}} : tensor<4xf32> -> tensor<4xf32>, tensor<?x4xf32, #graph.type<[N, 4]>>
  %0:2 = graph.loop "i" to <N> carries %x : tensor<4xf32> -> tensor<4xf32>, tensor<?x4xf32, #graph.type<[N, 4]>> {
  ^bb0(%h: tensor<4xf32>):
    %1 = graph.relu %h : tensor<4xf32>
    graph.yield %1, %h : tensor<4xf32>, tensor<4xf32>
  }
  return %0#0, %0#1 : tensor<4xf32>, tensor<?x4xf32, #graph.type<[N, 4]>>
}

// -----

// A dim that grows, and a condition: the runs are counted.
// CHECK-LABEL: @growing
func.func @growing(%c: tensor<i1>, %x: tensor<1xf32>, %y: tensor<1xf32>) {
  // CHECK: graph.loop "i" while
  %0:2 = graph.loop "i" while %c : tensor<i1> carries %x : tensor<1xf32> -> tensor<?xf32, #graph.type<[s]>>, tensor<?x1xf32, #graph.type<[i, 1]>> {
  ^bb0(%h: tensor<?xf32, #graph.type<[s]>>):
    %1 = graph.concat %h, %y axis 0 : tensor<?xf32, #graph.type<[s]>>, tensor<1xf32> -> tensor<?xf32, #graph.type<[s + 1]>>
    graph.yield %c, %1, %y : tensor<i1>, tensor<?xf32, #graph.type<[s + 1]>>, tensor<1xf32>
  }
  return
}

// -----

func.func @counts(%x: tensor<4xf32>) {
  // expected-error @+1 {{has 1 inits, 0 arguments, 1 results and yields 1}}
  %0 = graph.loop "i" to <3> carries %x : tensor<4xf32> -> tensor<4xf32> {
    graph.yield %x : tensor<4xf32>
  }
  return
}

// -----

func.func @c1(%c: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error @+1 {{conditions must be one bool}}
  graph.loop "i" while %c : tensor<i1> {
    graph.yield %x : tensor<4xf32>
  }
  return
}

// -----

func.func @c2(%x: tensor<4xf32>) {
  // expected-error @+1 {{carries 'tensor<4xf32>' to a result of 'tensor<4x1xf32>'}}
  %0 = graph.loop "i" to <3> carries %x : tensor<4xf32> -> tensor<4x1xf32> {
  ^bb0(%h: tensor<4xf32>):
    graph.yield %h : tensor<4xf32>
  }
  return
}

// -----

func.func @c3(%x: tensor<4xf32>, %y: tensor<5xf32>) {
  // expected-error @+1 {{carries 'tensor<5xf32>' as 'tensor<4xf32>'}}
  %0 = graph.loop "i" to <3> carries %x : tensor<4xf32> -> tensor<4xf32> {
  ^bb0(%h: tensor<4xf32>):
    graph.yield %y : tensor<5xf32>
  }
  return
}

// -----

func.func @c4(%x: tensor<4xf32>) {
  // expected-error @+1 {{stacks 'tensor<4xf32>' to 'tensor<2x4xf32>'}}
  %0 = graph.loop "i" to <3> -> tensor<2x4xf32> {
    graph.yield %x : tensor<4xf32>
  }
  return
}
