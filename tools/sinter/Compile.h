// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "tools/sinter/Files.h"
#include <optional>
#include <string>
#include <vector>

namespace sinter::cli {

/// Compiles a model for a target ("cpu" or "cuda") to a temporary file, with
/// these outputs (the model's if empty) and else the default options. On
/// failure adds the errors and returns none.
std::optional<TemporaryFile>
compileTemporary(const std::string &model, const std::string &target,
                 const std::vector<std::string> &outputs, bool quiet,
                 std::vector<Error> &errors);

} // namespace sinter::cli
