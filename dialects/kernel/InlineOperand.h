// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computing an operand again where it is used.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::kernel {

/// Computes an operand of a body where it is used: operand `number` of a
/// stage's finish, or of its body if it is elementwise, is made by an
/// elementwise stage, whose inputs take its place at the end. Returns false if
/// that stage is none, has many ops, looks at bits, or cannot be read at these
/// coordinates.
bool inlineOperand(StageOp stage, bool isFinish, unsigned number);

} // namespace sinter::kernel
