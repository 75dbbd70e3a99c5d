// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a function of stages to a plan: kernels, buffers, weights.
#pragma once

#include "codegen/Backend.h"
#include "compiler/KernelSet.h"
#include "compiler/PlanTable.h"
#include "compiler/onnx/LoadModel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sinter {

/// A constant's place among the weights of the artifact.
struct Weight {
  std::span<const std::byte> bytes;
  uint64_t offset = 0;
};

struct Plan {
  PlanTable table;
  /// In the order of their numbers in the plan: code for the host, and for a
  /// GPU.
  std::vector<KernelSource> kernels, deviceKernels;
  std::vector<Weight> weights;
  uint64_t weightBytes = 0;
};

/// Where kernels run: on the host and, if it is set, on a GPU.
struct Backends {
  const codegen::Backend &host;
  const codegen::Backend *device = nullptr;
};

/// Plans `main`, whose ops are stages, constants and reshapes. A diagnostic
/// says what failed.
mlir::FailureOr<Plan> buildPlan(mlir::func::FuncOp main,
                                const onnx::BlobStore &blobs,
                                Backends backends);

} // namespace sinter
