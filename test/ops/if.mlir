// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @widened
func.func @widened(%c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) -> tensor<?xf32, #graph.type<[s]>> {
  // CHECK: graph.if %{{.*}} : tensor<i1> -> tensor<?xf32, #graph.type<[s]>> {
  // CHECK-NEXT: graph.yield %{{.*}} : tensor<2xf32>
  // CHECK-NEXT: } else {
  %0 = graph.if %c : tensor<i1> -> tensor<?xf32, #graph.type<[s]>> {
    graph.yield %x : tensor<2xf32>
  } else {
    graph.yield %y : tensor<3xf32>
  }
  return %0 : tensor<?xf32, #graph.type<[s]>>
}

// -----

func.func @c1(%c: tensor<2xi1>) {
  // expected-error @+1 {{condition of type 'tensor<2xi1>'; expected one bool}}
  graph.if %c : tensor<2xi1> {
    graph.yield
  } else {
    graph.yield
  }
  return
}

// -----

func.func @c2_count(%c: tensor<i1>, %x: tensor<2xf32>) {
  // expected-error @+1 {{has 1 results and yields 0}}
  %0 = graph.if %c : tensor<i1> -> tensor<2xf32> {
    graph.yield %x : tensor<2xf32>
  } else {
    graph.yield
  }
  return
}

// -----

func.func @c2_rank(%c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<1x2xf32>) {
  // expected-error @+1 {{yields 'tensor<1x2xf32>' for a result of 'tensor<2xf32>'}}
  %0 = graph.if %c : tensor<i1> -> tensor<2xf32> {
    graph.yield %x : tensor<2xf32>
  } else {
    graph.yield %y : tensor<1x2xf32>
  }
  return
}

// -----

func.func @c3(%c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{yields 'tensor<3xf32>' for a result of 'tensor<2xf32>'}}
  %0 = graph.if %c : tensor<i1> -> tensor<2xf32> {
    graph.yield %x : tensor<2xf32>
  } else {
    graph.yield %y : tensor<3xf32>
  }
  return
}
