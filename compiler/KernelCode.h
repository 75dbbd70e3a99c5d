// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From kernels to machine code, several at a time. What comes out depends on
// the kernel, the target and the options only, never on the number of threads.
#pragma once

#include "codegen/cpu/Emit.h"
#include "compiler/Artifact.h"
#include "compiler/KernelSet.h"
#include "compiler/support/Error.h"
#include "sinter/Compiler.h"

namespace sinter {

/// A module of LLVM IR with the context that it lives in.
struct LLVMUnit {
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
};

class KernelCode {
public:
  /// `jobs` threads; 0: the cores of this process. The target and the sources
  /// outlive this.
  KernelCode(const cpu::Target &target, const CompileOptions &options,
             const std::vector<KernelSource> &sources)
      : target(target), options(options), sources(sources) {}

  /// The names of the query function and the kernels in objects.
  Symbols getSymbols() const;

  /// Makes optimised LLVM IR of each kernel, in units of their own.
  Status lower();
  /// Makes an object of each kernel after lower(), and drops its IR; then one
  /// of `last`.
  Result<Objects> emit(llvm::Module &last);
  /// All kernels after lower() and `last`, in one module.
  Result<LLVMUnit> merge(llvm::Module &last) const;

  const std::vector<KernelTime> &getTimes() const { return times; }

private:
  std::string symbolOf(size_t number) const;
  Status lowerOne(size_t number);
  Status emitOne(size_t number, llvm::SmallVector<char, 0> &object);

  const cpu::Target &target;
  const CompileOptions &options;
  const std::vector<KernelSource> &sources;
  std::vector<LLVMUnit> units;
  std::vector<KernelTime> times;
};

} // namespace sinter
