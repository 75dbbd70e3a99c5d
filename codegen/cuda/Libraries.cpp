// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/Libraries.h"

extern "C" const char sinter_cuda_prelude[];
extern "C" const char sinter_cuda_tensor[];
extern "C" const char sinter_cuda_attention[];
extern "C" const char sinter_cuda_math[];
extern "C" const char sinter_cuda_functions[];
extern "C" const char sinter_cuda_function_parts[];

namespace sinter::cuda {

llvm::ArrayRef<Header> headers() {
  static const Header all[] = {
      {"sinter/prelude.h", sinter_cuda_prelude},
      {"sinter/tensor.h", sinter_cuda_tensor},
      {"sinter/attention.h", sinter_cuda_attention},
      {"sinter/math.h", sinter_cuda_math},
      {"runtime/src/ops/Math.h", sinter_cuda_functions},
      {"MathCore.h", sinter_cuda_function_parts},
      {"stdint.h", ""}};
  return all;
}

} // namespace sinter::cuda
