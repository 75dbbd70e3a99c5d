// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "EmitCuda.h"

#include "codegen/cuda/CudaBackend.h"
#include "codegen/cuda/Emit.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;

namespace sinter {
namespace {

/// Prints the CUDA kernel of each stage, and compiles it if it is told to.
struct EmitCuda : PassWrapper<EmitCuda, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(EmitCuda)

  EmitCuda() = default;
  EmitCuda(const EmitCuda &other) : PassWrapper(other) {}

  StringRef getArgument() const final { return "emit-cuda"; }
  StringRef getDescription() const final {
    return "Print the CUDA kernels of all stages";
  }

  void runOnOperation() override {
    cuda::CudaBackend backend(*cuda::findTarget("sm_90a"));
    WalkResult failed =
        getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
          if (!isa<kernel::StageOp, kernel::FusedOp>(op))
            return WalkResult::advance();
          return emit(op, backend) ? WalkResult::skip()
                                   : WalkResult::interrupt();
        });
    if (failed.wasInterrupted())
      signalPassFailure();
  }

private:
  bool emit(Operation *op, const cuda::CudaBackend &backend) {
    std::string code, error;
    FailureOr<codegen::Kernel> kernel = backend.lower(op, isAligned, code);
    if (failed(kernel))
      return false;
    backend.print(code, getOperation().getSymName(), llvm::outs());
    llvm::outs() << "// threads " << kernel->block.threads << ", shared "
                 << kernel->block.sharedBytes << "\n";
    if (!compiles)
      return true;
    auto cubin = cuda::generateCode(code, backend.getTarget(), error);
    if (failed(cubin)) {
      op->emitError(error);
      return false;
    }
    llvm::outs() << "// compiled\n";
    return true;
  }

  Option<bool> compiles{*this, "compile", llvm::cl::init(false),
                        llvm::cl::desc("Compile them with NVRTC")};
  Option<bool> isAligned{*this, "aligned", llvm::cl::init(true),
                         llvm::cl::desc("All operands are aligned")};
};

} // namespace

void registerEmitCuda() { PassRegistration<EmitCuda>(); }

} // namespace sinter
