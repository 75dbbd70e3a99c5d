// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The border of a stage's result.
#pragma once

#include "codegen/cpu/StageAccess.h"

namespace sinter::cpu {

/// The rows in which a border is written: all that lies at one point of the
/// dims before the last one that has a border. Failure if they exceed 64 bits.
mlir::FailureOr<graph::DimAttr> countBorderRows(kernel::StageOp stage);

/// Emits the stores of one such row.
void emitBorderRow(mlir::OpBuilder &builder, mlir::Location loc,
                   kernel::StageOp stage, const Access &output, Sizes &sizes,
                   mlir::Value row);

} // namespace sinter::cpu
