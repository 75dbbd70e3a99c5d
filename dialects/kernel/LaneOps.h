// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ops of interpreted bodies. A value is a vector of lanes of 64 bits: an
// integer zero-extended, a float as its bits.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::kernel {

/// Points that are evaluated together.
constexpr unsigned numLanes = 128;

/// result[lane] = op(operands[lane]...); what `immediate` says is the op's.
using LaneOp = void (*)(uint64_t *result, const uint64_t *const *operands,
                        uint64_t immediate);

struct LaneInstruction {
  LaneOp run = nullptr;
  uint64_t immediate = 0;
};

/// How to compute an op of the arith or math dialect or kernel.math, with one
/// result; `run` is null if that is unknown.
LaneInstruction lookUpLaneOp(mlir::Operation *op);

/// A function of floats of this type; `run` is null if that has no format here.
LaneInstruction lookUpLaneOp(MathFunction function, mlir::Type type);

/// On coordinates, as affine expressions mean it; `kind` is add, multiply,
/// floordiv, ceildiv or mod, and divisors are positive.
LaneInstruction lookUpLaneOp(mlir::AffineExprKind kind);

/// The second operand where the first is true, else the third.
LaneInstruction selectLanes();

/// A conversion of arith from one type to another; `run` is null if `op` is no
/// conversion.
LaneInstruction lookUpConversion(mlir::Operation *op, mlir::Type from,
                                 mlir::Type to);

/// A constant of a body as a lane.
std::optional<uint64_t> laneOf(mlir::Attribute constant);

} // namespace sinter::kernel
