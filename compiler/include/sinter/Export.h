// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

/// What the compiler's shared library exports.
#define SINTER_COMPILER_API __attribute__((visibility("default")))
