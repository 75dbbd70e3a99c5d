// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace sinter::cli {

/// A line on the terminal that names the stage at work, once that takes over a
/// second. Nothing is printed where standard error is no terminal.
class Progress {
public:
  explicit Progress(bool quiet);
  ~Progress();
  Progress(const Progress &) = delete;
  void stage(const std::string &name);

private:
  void watch(const std::stop_token &stop);

  std::mutex mutex;
  std::condition_variable_any changed;
  std::string current;
  std::chrono::steady_clock::time_point start;
  std::jthread watcher;
};

} // namespace sinter::cli
