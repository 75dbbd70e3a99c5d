// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a function of stages to a plan: kernels, buffers, weights.
#pragma once

#include "compiler/KernelSet.h"
#include "compiler/PlanTable.h"
#include "compiler/onnx/LoadModel.h"

namespace sinter {

/// A constant's place among the weights of the artifact.
struct Weight {
  std::span<const std::byte> bytes;
  uint64_t offset = 0;
};

struct Plan {
  PlanTable table;
  /// In the order of their numbers in the plan.
  std::vector<KernelSource> kernels;
  std::vector<Weight> weights;
  uint64_t weightBytes = 0;
};

/// Plans `main`, whose ops are stages, constants and reshapes. Kernels are
/// added to `kernels` for people to read. A diagnostic says what failed.
mlir::FailureOr<Plan> buildPlan(mlir::func::FuncOp main,
                                const onnx::BlobStore &blobs,
                                const cpu::Target &target,
                                mlir::ModuleOp kernels);

} // namespace sinter
