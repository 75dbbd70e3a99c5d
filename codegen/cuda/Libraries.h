// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The headers that generated kernels include, by the names that they use.
#pragma once

#include "llvm/ADT/ArrayRef.h"

namespace sinter::cuda {

struct Header {
  const char *name;
  /// NUL-terminated.
  const char *text;
};

llvm::ArrayRef<Header> headers();

} // namespace sinter::cuda
