// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sinter targets: what -march takes, and what this machine can run.
#include "tools/sinter/Inspect.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/Verbs.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>

namespace sinter::cli {
namespace {

struct Targets {
  std::string host;
  std::vector<std::string> features;    // of this machine
  std::vector<std::string> here, other; // CPU names that do and do not run here
};

/// Instructions for operating systems, and transactions, that no code of ours
/// has. Virtual machines often hide them.
bool isForSystems(llvm::StringRef feature) {
  const llvm::StringRef names[] = {
      "64bit",   "cldemote",  "clzero",   "enqcmd", "hreset",   "invpcid",
      "kl",      "mwaitx",    "pconfig",  "pku",    "ptwrite",  "rdpru",
      "rtm",     "serialize", "sgx",      "shstk",  "tsxldtrk", "uintr",
      "usermsr", "waitpkg",   "wbnoinvd", "widekl"};
  return std::find(std::begin(names), std::end(names), feature) !=
         std::end(names);
}

bool runsHere(llvm::StringRef cpu, const llvm::StringMap<bool> &host) {
  llvm::SmallVector<llvm::StringRef> features;
  llvm::X86::getFeaturesForCPU(cpu, features);
  return std::all_of(
      features.begin(), features.end(), [&](llvm::StringRef name) {
        const auto found = host.find(name);
        return isForSystems(name) || found == host.end() || found->second;
      });
}

Targets findTargets() {
  Targets targets;
  targets.host = llvm::sys::getHostCPUName().str();
  const auto host = llvm::sys::getHostCPUFeatures();
  for (const auto &feature : host)
    if (feature.second)
      targets.features.push_back(feature.first().str());
  std::sort(targets.features.begin(), targets.features.end());
  llvm::SmallVector<llvm::StringRef> cpus;
  llvm::X86::fillValidCPUArchList(cpus, /*Only64Bit=*/true);
  std::sort(cpus.begin(), cpus.end());
  for (llvm::StringRef cpu : cpus)
    (runsHere(cpu, host) ? targets.here : targets.other).push_back(cpu.str());
  return targets;
}

void print(const Targets &targets, bool json) {
  if (json) {
    const nlohmann::ordered_json report = {{"host", targets.host},
                                           {"features", targets.features},
                                           {"runs_here", targets.here},
                                           {"others", targets.other}};
    fmt::print("{}\n", report.dump(2));
    return;
  }
  fmt::print("This machine (-march native) is {} with\n", targets.host);
  printWords(targets.features);
  fmt::print("CPUs whose code runs here\n");
  printWords(targets.here);
  fmt::print("other CPUs\n");
  printWords(targets.other);
}

} // namespace

void addTargets(CLI::App &app, int &exitCode) {
  auto json = std::make_shared<bool>(false);
  CLI::App &verb =
      *app.add_subcommand("targets", "list the CPUs to compile for");
  verb.add_flag("--json", *json, "a report for programs");
  verb.callback([json, &exitCode] {
    print(findTargets(), *json);
    exitCode = exitDone;
  });
}

} // namespace sinter::cli
