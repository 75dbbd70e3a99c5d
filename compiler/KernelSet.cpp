// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/KernelSet.h"

namespace sinter {

uint32_t KernelSet::add(std::string code, llvm::StringRef label,
                        codegen::ThreadBlock block) {
  auto [entry, isNew] = numbers.try_emplace(code, sources.size());
  if (isNew)
    sources.push_back({std::move(code), label.str(), std::move(block), 0});
  ++sources[entry->second].stages;
  return entry->second;
}

} // namespace sinter
