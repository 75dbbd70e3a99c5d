// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Status.h"

#include <cstdarg>
#include <cstdio>

sinter_status sinter::runtime::fail(sinter_error *error, sinter_status status,
                                    const char *format, ...) {
  if (!error)
    return status;
  error->status = status;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->message, sizeof(error->message), format, arguments);
  va_end(arguments);
  return status;
}

const char *sinter_status_text(sinter_status status) {
  switch (status) {
  case SINTER_STATUS_OK:
    return "ok";
  case SINTER_STATUS_BAD_ARGUMENT:
    return "bad argument";
  case SINTER_STATUS_IO:
    return "cannot read the file";
  case SINTER_STATUS_BAD_MODEL:
    return "not a model, or a damaged one";
  case SINTER_STATUS_VERSION:
    return "the model needs a newer runtime";
  case SINTER_STATUS_CPU:
    return "this machine lacks a CPU feature of the model";
  case SINTER_STATUS_NO_MEMORY:
    return "out of memory";
  case SINTER_STATUS_TYPE:
    return "wrong element type";
  case SINTER_STATUS_SHAPE:
    return "wrong shape";
  case SINTER_STATUS_TOO_SMALL:
    return "buffer too small";
  case SINTER_STATUS_DEVICE:
    return "the GPU of the model is missing or failed";
  case SINTER_STATUS_GUARD:
    return "a condition of the model does not hold";
  case SINTER_STATUS_KERNEL:
    return "a kernel failed";
  case SINTER_STATUS_UNSUPPORTED:
    return "operation not supported by this runtime";
  case SINTER_STATUS_CANCELLED:
    return "cancelled";
  case SINTER_STATUS_INTERNAL:
    return "internal error";
  }
  return "unknown status";
}
