// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiled to bitcode and embedded: the routines of ops, in names that
// getRoutine gives.
#include "runtime/src/ops/NonMaxSuppression.h"
#include "runtime/src/ops/NonZero.h"
#include "runtime/src/ops/Scatter.h"
#include "runtime/src/ops/TopK.h"
#include "runtime/src/ops/TreeEnsemble.h"
#include "runtime/src/ops/Unique.h"

#define SINTER_ROUTINE(name, call)                                             \
  extern "C" int32_t sinter_routine_##name(                                    \
      void *const *buffers, const int64_t *sizes, void *scratch,               \
      int64_t begin, int64_t end) {                                            \
    return sinter::routine::call;                                              \
  }

SINTER_ROUTINE(non_max_suppression, nonMaxSuppression(buffers, sizes, scratch))
SINTER_ROUTINE(non_zero, nonZero(buffers, sizes))
SINTER_ROUTINE(scatter, scatter(buffers, sizes, begin, end))
SINTER_ROUTINE(top_k, topK(buffers, sizes, scratch, begin, end))
SINTER_ROUTINE(tree_ensemble, treeEnsemble(buffers, sizes, scratch, begin, end))
SINTER_ROUTINE(unique, unique(buffers, sizes, scratch))
