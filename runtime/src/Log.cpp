// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Log.h"

#include <cstdarg>
#include <cstdio>

void sinter::runtime::Log::operator()(sinter_log_level level,
                                      const char *format, ...) const {
  if (!function)
    return;
  char message[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof(message), format, arguments);
  va_end(arguments);
  function(user, level, message);
}
