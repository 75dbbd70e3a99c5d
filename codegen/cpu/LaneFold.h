// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folds whose last reduction runs over contiguous memory: several elements of
// it at a time, into partial results that are combined at the end.
#pragma once

#include "codegen/Combining.h"

namespace sinter::cpu {

using codegen::combiningOp;
using codegen::neutralValue;

/// The combination of two values of any one type.
mlir::Value combineValues(mlir::OpBuilder &builder, mlir::Operation *combine,
                          mlir::Value lhs, mlir::Value rhs);

/// The combination of all lanes of a vector.
mlir::Value combineLanes(mlir::OpBuilder &builder, mlir::Operation *combine,
                         mlir::Value vector);

} // namespace sinter::cpu
