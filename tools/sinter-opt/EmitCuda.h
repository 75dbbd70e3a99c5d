// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

namespace sinter {

/// Registers the pass emit-cuda, which prints the CUDA kernels of stages.
void registerEmitCuda();

} // namespace sinter
