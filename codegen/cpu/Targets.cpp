// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/Targets.h"

#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

namespace sinter::cpu {
namespace {

/// What code may use where the CPU has it: a part of what the runtime can ask a
/// machine for (runtime/src/Cpu.cpp).
const char *const usedFeatures[] = {
    "sse3",       "ssse3",      "sse4.1",       "sse4.2",
    "popcnt",     "movbe",      "avx",          "avx2",
    "bmi",        "bmi2",       "lzcnt",        "f16c",
    "fma",        "gfni",       "avxvnni",      "avx512f",
    "avx512bw",   "avx512cd",   "avx512dq",     "avx512vl",
    "avx512ifma", "avx512vbmi", "avx512vbmi2",  "avx512vnni",
    "avx512fp16", "avx512bf16", "avx512bitalg", "avx512vpopcntdq"};

/// What every x86-64 CPU has. The other features build on it: it is never off.
const char *const commonFeatures[] = {"64bit", "cmov", "cx8",  "fxsr",
                                      "mmx",   "sse",  "sse2", "x87"};

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
  for (llvm::StringRef feature : features) {
    if (llvm::is_contained(usedFeatures, feature))
      target.requiredFeatures.push_back(feature.str());
    else if (!llvm::is_contained(commonFeatures, feature))
      target.attributes += ",-" + feature.str();
  }
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
