// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/CudaBackend.h"

#include "codegen/cuda/Attention.h"
#include "codegen/cuda/Contraction.h"
#include "codegen/cuda/StageBody.h"
#include "codegen/cuda/StageLowering.h"

using namespace mlir;

namespace sinter::cuda {

codegen::PassNumbers CudaBackend::getNumbers() const {
  codegen::PassNumbers numbers;
  numbers.panel = 64;
  numbers.packsProducts = true;
  numbers.leastChannels = 4;
  // What is f32 here may become narrow when it is stored.
  numbers.attentionBits = target.storage == Storage::f32 ? 16 : 32;
  numbers.attentionWidth = 256;
  return numbers;
}

FailureOr<codegen::Kernel> CudaBackend::lower(Operation *op, bool isAligned,
                                              std::string &code) const {
  WalkResult unknown = op->walk([&](kernel::StageOp stage) {
    return stage.walk([](Operation *op) {
      if (isa<kernel::StageOp>(op) || canPrint(op))
        return WalkResult::advance();
      op->emitOpError("is not supported in CUDA kernels");
      return WalkResult::interrupt();
    });
  });
  if (unknown.wasInterrupted())
    return failure();
  Lowering lowering{target, isAligned, code};
  if (auto fused = dyn_cast<kernel::FusedOp>(op))
    return isAttention(fused) ? lowerAttention(fused, lowering)
                              : lowerFused(fused, lowering);
  auto stage = cast<kernel::StageOp>(op);
  return isContraction(stage) ? lowerContraction(stage, lowering)
                              : lowerStage(stage, lowering);
}

void CudaBackend::print(llvm::StringRef code, llvm::StringRef name,
                        llvm::raw_ostream &stream) const {
  stream << "// " << name << "\n" << code << "\n";
}

} // namespace sinter::cuda
