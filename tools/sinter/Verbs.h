// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each verb adds itself to the command line; what it runs sets the exit code.
#pragma once

namespace CLI {
class App;
}

namespace sinter::cli {

void addCompile(CLI::App &app, int &exitCode);
void addRun(CLI::App &app, int &exitCode);
void addBench(CLI::App &app, int &exitCode);
void addCompare(CLI::App &app, int &exitCode);
void addInspect(CLI::App &app, int &exitCode);
void addTargets(CLI::App &app, int &exitCode);

} // namespace sinter::cli
