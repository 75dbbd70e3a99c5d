// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "sinter/Options.h"
#include "tools/sinter/Files.h"
#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace sinter::cli {

/// Compiles a model to a temporary file. On failure adds the errors and returns
/// none.
std::optional<TemporaryFile> compileTemporary(const std::string &model,
                                              const CompileOptions &options,
                                              bool quiet,
                                              std::vector<Error> &errors);

/// Adds the option --precision.
void addPrecision(CLI::App &verb, Precision &precision, const char *text);

} // namespace sinter::cli
