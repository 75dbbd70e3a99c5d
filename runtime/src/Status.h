// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_STATUS_H
#define SINTER_RUNTIME_STATUS_H

#include <new>

#include "sinter/runtime.h"

namespace sinter::runtime {

/// Fills `error` (may be null) and returns `status`. Messages that are too
/// long are cut.
[[gnu::format(printf, 3, 4)]] sinter_status
fail(sinter_error *error, sinter_status status, const char *format, ...);

/// Runs `body` at the C boundary: an exception becomes a status.
template <typename Body>
sinter_status guarded(sinter_error *error, Body &&body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return fail(error, SINTER_STATUS_NO_MEMORY, "out of memory");
  } catch (...) {
    return fail(error, SINTER_STATUS_INTERNAL, "internal error");
  }
}

} // namespace sinter::runtime
#endif
