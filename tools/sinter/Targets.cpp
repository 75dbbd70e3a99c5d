// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sinter targets: what -march takes, and what this machine can run.
#include "codegen/cpu/Targets.h"
#include "tools/sinter/Inspect.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/Verbs.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>

namespace sinter::cli {
namespace {

struct Targets {
  std::string host;
  std::vector<std::string> features; // of this machine
  std::vector<std::string> here;     // CPUs whose code runs on it
  std::vector<std::string> other;
};

/// What -march takes, by whether this machine has what code for it needs.
Targets findTargets() {
  Targets targets;
  targets.host = llvm::sys::getHostCPUName().str();
  const auto host = llvm::sys::getHostCPUFeatures();
  for (const auto &feature : host)
    if (feature.second)
      targets.features.push_back(feature.first().str());
  std::sort(targets.features.begin(), targets.features.end());
  for (const cpu::Target &target : cpu::allTargets()) {
    const bool runs = std::all_of(
        target.requiredFeatures.begin(), target.requiredFeatures.end(),
        [&](const std::string &name) { return host.lookup(name); });
    (runs ? targets.here : targets.other).push_back(target.cpu);
  }
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
  fmt::print("-march native is {}\n\nruns here\n", targets.host);
  printWords(targets.here);
  fmt::print("{}\n", targets.other.empty() ? ""
                                           : "\ncompiles, and runs "
                                             "elsewhere");
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
