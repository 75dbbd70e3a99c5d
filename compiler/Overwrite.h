// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "compiler/Compilation.h"

namespace sinter {

/// That no output is a file of the model at `path`, which is loaded: itself or
/// one that holds its tensors. Error: E0300.
Status checkOverwrite(const Compilation &compilation, const std::string &path);

} // namespace sinter
