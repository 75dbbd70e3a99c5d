// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In place of Compile.cpp in a build without the compiler.
#include "tools/sinter/Compile.h"
#include "tools/sinter/Report.h"

namespace sinter::cli {

std::optional<TemporaryFile> compileTemporary(const std::string &model,
                                              bool quiet, int &exitCode) {
  exitCode = fail(makeError<errors::E0501>("compiling"));
  return std::nullopt;
}

} // namespace sinter::cli
