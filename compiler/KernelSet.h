// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels of a model for one target, each kept once however many stages it
// serves.
#pragma once

#include "codegen/Backend.h"
#include "llvm/ADT/StringMap.h"

namespace sinter {

/// A kernel before machine code.
struct KernelSource {
  /// What a codegen::Backend has written.
  std::string code;
  /// The node of the first stage that it serves, for people.
  std::string label;
  /// Of a kernel for a GPU.
  codegen::ThreadBlock block;
  /// The stages that it serves.
  unsigned stages = 0;
};

class KernelSet {
public:
  /// The number of a kernel with this code; equal ones have one.
  uint32_t add(std::string code, llvm::StringRef label,
               codegen::ThreadBlock block = {});

  /// In the order of their numbers.
  std::vector<KernelSource> take() { return std::move(sources); }

private:
  std::vector<KernelSource> sources;
  llvm::StringMap<uint32_t> numbers;
};

} // namespace sinter
