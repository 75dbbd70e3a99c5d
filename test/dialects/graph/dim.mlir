// RUN: sinter-opt %s -split-input-file -verify-diagnostics --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @normal_form
// CHECK-SAME: tensor<?xf32, #graph.type<[M*N + 2*N]>>
func.func private @normal_form(tensor<?xf32, #graph.type<[N * (M + 2)]>>)

// -----

// CHECK-LABEL: @functions
// CHECK-SAME: #graph.type<[N + floordiv(M + 1, 2), bcast(M, N), max(M, N + -3)]>
func.func private @functions(
  tensor<?x?x?xf32, #graph.type<[floordiv(M + 1 + 2*N, 2), bcast(N, M), max(N + -3, M)]>>)

// -----

// Names that are no identifiers are quoted.
// CHECK-LABEL: @quoted
// CHECK-SAME: #graph.type<["batch size", "min"]>
func.func private @quoted(tensor<?x?xf32, #graph.type<["batch size", "min"]>>)

// -----

// expected-error @+1 {{dim 0 is 'N' in the encoding, but not in the shape}}
func.func private @constant_shape(tensor<3xf32, #graph.type<[N]>>)

// -----

// expected-error @+1 {{encoding has 1 dims for a tensor of rank 2}}
func.func private @rank(tensor<?x3xf32, #graph.type<[N]>>)

// -----

// expected-error @+1 {{dim 0 is negative: -3}}
func.func private @negative(tensor<?xf32, #graph.type<[-3]>>)

// -----

// expected-error @+1 {{floordiv of these operands has no value}}
func.func private @divided_by_zero(tensor<?xf32, #graph.type<[floordiv(N, 0)]>>)

// -----

// expected-error @+1 {{a constant of the dim leaves the 64-bit range}}
func.func private @overflow(tensor<?xf32, #graph.type<[9223372036854775807 + 1]>>)
