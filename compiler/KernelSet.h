// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels of a model, each kept once however many stages it serves.
#pragma once

#include "codegen/cpu/StageLowering.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace sinter {

/// A kernel before machine code.
struct KernelSource {
  /// The function cpu::kernelName in a module of its own, as bytecode without
  /// locations: equal kernels have equal bytes.
  std::string bytecode;
  /// The node of the first stage that it serves, for people.
  std::string label;
  /// The stages that it serves.
  unsigned stages = 0;
};

class KernelSet {
public:
  /// Lowered kernels are kept in `modules` too, as modules within, for people
  /// to read.
  KernelSet(const cpu::Target &target, mlir::ModuleOp modules)
      : target(target), modules(modules) {}

  /// A launch of the kernel `number` of the set.
  struct Use {
    uint32_t number = 0;
    cpu::Kernel launch;
  };

  /// Lowers a stage or fused stages. Fails with a diagnostic at it.
  mlir::FailureOr<Use> add(mlir::Operation *op, llvm::StringRef label);

  /// The number of a kernel that calls a function of the routine library.
  mlir::FailureOr<uint32_t> addRoutine(mlir::Operation *op,
                                       llvm::StringRef function,
                                       llvm::StringRef label);

  /// In the order of their numbers.
  std::vector<KernelSource> take() { return std::move(sources); }

private:
  mlir::FailureOr<uint32_t> keep(mlir::ModuleOp module, mlir::Operation *op,
                                 llvm::StringRef label);

  const cpu::Target &target;
  mlir::ModuleOp modules;
  std::vector<KernelSource> sources;
  llvm::StringMap<uint32_t> numbers;
};

} // namespace sinter
