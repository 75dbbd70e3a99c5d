// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_LOG_H
#define SINTER_RUNTIME_LOG_H

#include "sinter/runtime.h"

namespace sinter::runtime {

/// Whom to tell what was done; nobody without a function.
struct Log {
  sinter_log function = nullptr;
  void *user = nullptr;

  /// Messages that are too long are cut.
  [[gnu::format(printf, 3, 4)]] void operator()(sinter_log_level level,
                                                const char *format, ...) const;
};

} // namespace sinter::runtime
#endif
