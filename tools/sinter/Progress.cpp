// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Progress.h"
#include <fmt/format.h>
#include <unistd.h>

namespace sinter::cli {

using namespace std::chrono;

Progress::Progress(bool quiet) {
  if (!quiet && isatty(STDERR_FILENO))
    watcher = std::jthread([this](std::stop_token stop) { watch(stop); });
}

Progress::~Progress() {
  if (!watcher.joinable())
    return;
  watcher.request_stop();
  watcher.join();
}

void Progress::stage(const std::string &name) {
  std::lock_guard lock(mutex);
  current = name;
  start = steady_clock::now();
}

void Progress::watch(const std::stop_token &stop) {
  bool shown = false;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    changed.wait_for(lock, stop, 250ms, [] { return false; });
    const auto spent = duration_cast<seconds>(steady_clock::now() - start);
    const bool show = !current.empty() && spent >= 1s;
    if (show || shown)
      fmt::print(stderr, "\r\x1b[K");
    if (show && !stop.stop_requested())
      fmt::print(stderr, "{} ... {} s", current, spent.count());
    shown = show;
    std::fflush(stderr);
  }
}

} // namespace sinter::cli
