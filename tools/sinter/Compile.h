// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "tools/sinter/Files.h"
#include <optional>
#include <string>

namespace sinter::cli {

/// Compiles a model with the default options to a temporary file. On failure
/// prints the errors, sets the exit code and returns none. Without a compiler
/// in this build the error is E0501.
std::optional<TemporaryFile> compileTemporary(const std::string &model,
                                              bool quiet, int &exitCode);

} // namespace sinter::cli
