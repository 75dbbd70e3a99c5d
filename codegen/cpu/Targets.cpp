// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/Targets.h"

#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

namespace sinter::cpu {
namespace {

/// What matters of a CPU for the choice of a row; others follow from these.
const char *const checkedFeatures[] = {
    "avx",     "avx2",     "bmi",      "bmi2",     "f16c",    "fma",
    "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"};

} // namespace

std::optional<Target> findTarget(const std::string &march) {
  std::string cpu =
      march == "native" ? llvm::sys::getHostCPUName().str() : march;
  llvm::X86::CPUKind kind = llvm::X86::parseArchX86(cpu);
  if (kind == llvm::X86::CK_None)
    return std::nullopt;
  llvm::SmallVector<llvm::StringRef, 64> features;
  llvm::X86::getFeaturesForCPU(cpu, features);
  auto has = [&](llvm::StringRef name) {
    return llvm::is_contained(features, name);
  };
  if (!has("avx2") || !has("fma") || !has("f16c"))
    return std::nullopt;
  Target target;
  target.cpu = cpu;
  for (const char *feature : checkedFeatures)
    if (has(feature))
      target.requiredFeatures.push_back(feature);
  if (has("avx512f") && has("avx512bw") && has("avx512dq") && has("avx512vl")) {
    target.vectorBits = 512;
    target.tileRows = 8;
  }
  return target;
}

std::vector<Target> allTargets() {
  llvm::SmallVector<llvm::StringRef, 128> names;
  llvm::X86::fillValidCPUArchList(names, /*Only64Bit=*/true);
  llvm::sort(names);
  std::vector<Target> targets;
  for (llvm::StringRef name : names)
    if (std::optional<Target> target = findTarget(name.str()))
      targets.push_back(*target);
  return targets;
}

} // namespace sinter::cpu
