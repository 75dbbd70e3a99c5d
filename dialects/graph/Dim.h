// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic on dim expressions. Every result is in normal form, so two
// results are equal exactly when the attributes are the same object.
//
// Symbols are non-negative; an intermediate expression may be negative. A
// division or modulus keeps its divisor unless that is a positive constant:
// a symbolic divisor may be 0. Failure means that a constant left the range of
// int64_t, that a divisor is the constant 0, that two constants do not
// broadcast, or that the expression would outgrow `maxDimSize`.
#pragma once

#include "dialects/graph/Attributes.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace sinter::graph {

/// Terms and factors of the largest expression. It bounds time, memory and
/// recursion on hostile models; those of real models have fewer than 50.
constexpr int64_t maxDimSize = 1024;

mlir::FailureOr<DimAttr> add(DimAttr lhs, DimAttr rhs);
mlir::FailureOr<DimAttr> subtract(DimAttr lhs, DimAttr rhs);
mlir::FailureOr<DimAttr> multiply(DimAttr lhs, DimAttr rhs);

/// Applies one of the functions that are not polynomial. Division rounds
/// towards minus infinity (floordiv) or plus infinity (ceildiv); mod has the
/// sign of its divisor; bcast is the multidirectional broadcast of ONNX.
mlir::FailureOr<DimAttr> apply(DimFunction function, DimAttr lhs, DimAttr rhs);

/// The dim q with q * divisor = dividend for all sizes, if there is one: what
/// the division is wherever the divisor is not 0.
mlir::FailureOr<DimAttr> exactQuotient(DimAttr dividend, DimAttr divisor);

/// The product of all dims; 1 for none.
mlir::FailureOr<DimAttr> product(mlir::MLIRContext *context,
                                 llvm::ArrayRef<DimAttr> dims);

/// True if no assignment of non-negative sizes makes the value negative. False
/// means "not shown".
bool isNonNegative(DimAttr dim);

/// The value under an assignment of sizes to symbols; failure on overflow, a
/// divisor of 0, sizes that do not broadcast, or a symbol without a size.
mlir::FailureOr<int64_t>
evaluate(DimAttr dim,
         llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> sizeOf);

/// The value where every symbol is 1, and at least 1: to weigh one schedule
/// against another before sizes are known.
int64_t nominalSize(DimAttr dim);

/// The infix form, with symbols quoted only where they are no identifiers.
void printDim(llvm::raw_ostream &os, DimAttr dim);

} // namespace sinter::graph
