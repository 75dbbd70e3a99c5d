// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Comparisons of scalars as expressions of C++.
#pragma once

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace sinter::cuda {

/// `value`, an integer of this type, as one without sign.
std::string asUnsigned(mlir::Type type, const std::string &value);

/// Operands are names, or in parentheses.
std::string compare(mlir::arith::CmpFOp op, const std::string &a,
                    const std::string &b);
std::string compare(mlir::arith::CmpIOp op, std::string a, std::string b);

} // namespace sinter::cuda
