// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Three ops that Sinter does not have: a pointwise one, one of rows and one of
// windows. All that anybody is told of them is here, in the .td and in the
// .cpp; no target knows them.
#pragma once

#include "dialects/graph/Ops.h"

#include "test/codegen/ops/AddedDialect.h.inc"

#define GET_OP_CLASSES
#include "test/codegen/ops/AddedOps.h.inc"
