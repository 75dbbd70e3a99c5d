// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/Targets.h"

namespace sinter::cuda {

std::optional<Target> findTarget(const std::string &march) {
  if (march != "native" && march != "sm_90a")
    return std::nullopt;
  return Target{"sm_90a"};
}

} // namespace sinter::cuda
