// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Report.h"
#include "tools/sinter/Verbs.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <new>

using namespace sinter;
using namespace sinter::cli;

namespace {

/// CLI11 has no long flags with one dash: -march becomes --march.
std::vector<std::string> arguments(int argc, char **argv) {
  std::vector<std::string> result(argv + 1, argv + argc);
  for (std::string &argument : result)
    if (argument == "-march" || argument.starts_with("-march="))
      argument.insert(0, 1, '-');
  std::reverse(result.begin(), result.end()); // as CLI11 takes them
  return result;
}

std::string verbOf(const CLI::App &app) {
  const auto verbs = app.get_subcommands();
  return verbs.empty() ? std::string() : " " + verbs.front()->get_name();
}

int parse(CLI::App &app, int argc, char **argv, int &exitCode) {
  try {
    app.parse(arguments(argc, argv));
    return exitCode;
  } catch (const CLI::Success &asked) { // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError &error) {
    std::string message = error.what();
    if (app.get_subcommands().empty() && argc > 1 && argv[1][0] != '-')
      message = std::string("there is no verb '") + argv[1] + "'";
    message.erase(message.find_last_not_of("\n ") + 1);
    std::replace(message.begin(), message.end(), '\n', ' ');
    return fail(errorWithNote<errors::E0500>(
        "see `sinter" + verbOf(app) + " --help`", message));
  }
}

} // namespace

int main(int argc, char **argv) {
  int exitCode = exitDone;
  try {
    CLI::App app("Compiles ONNX models to shared objects, and runs them.",
                 "sinter");
    app.set_version_flag("--version", "sinter " SINTER_VERSION);
    app.require_subcommand(1);
    app.get_formatter()->column_width(28);
    addCompile(app, exitCode);
    addRun(app, exitCode);
    addBench(app, exitCode);
    addCompare(app, exitCode);
    addInspect(app, exitCode);
    addTargets(app, exitCode);
    return parse(app, argc, argv, exitCode);
  } catch (const std::bad_alloc &) {
    return fail(makeError<errors::E0598>());
  } catch (const std::exception &error) {
    return fail(makeError<errors::E0599>(error.what()));
  }
}
