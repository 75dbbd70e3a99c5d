// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sinter bench: the time of a run.
#include "tools/sinter/Files.h"
#include "tools/sinter/Inputs.h"
#include "tools/sinter/Profile.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/Session.h"
#include "tools/sinter/Verbs.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <numeric>

namespace sinter::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// Without --iters: as many runs as take this long, within these bounds.
constexpr double seconds = 2;
constexpr size_t fewest = 10, most = 1000000;

struct BenchOptions {
  std::string model, json, profile;
  InputOptions inputs;
  uint32_t threads = 0;
  bool deviceIo = false;
  size_t warmup = 3, iters = 0;
  std::vector<double> percentiles = {90, 99};
  bool quiet = false;
};

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start)
      .count();
}

/// Of sorted times, between the two nearest ones.
double percentile(const std::vector<double> &sorted, double percent) {
  const double at = percent / 100 * double(sorted.size() - 1);
  const auto below = size_t(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - double(below));
}

Result<std::vector<double>> measure(Session &session, const Inputs &inputs,
                                    const BenchOptions &options) {
  if (options.deviceIo)
    if (auto kept = session.keepOnDevice(inputs.tensors); !kept)
      return kept.error();
  auto run = [&] {
    return options.deviceIo ? session.runOnDevice()
                            : session.run(inputs.tensors);
  };
  for (size_t i = 0; i < options.warmup; ++i)
    if (auto ran = run(); !ran)
      return ran.error();
  std::vector<double> times;
  times.reserve(options.iters ? std::min(options.iters, most) : 1 << 16);
  const auto start = Clock::now();
  auto again = [&] {
    if (options.iters)
      return times.size() < options.iters;
    return times.size() < fewest ||
           (times.size() < most && millisecondsSince(start) < 1000 * seconds);
  };
  while (again()) {
    const auto begin = Clock::now();
    if (auto ran = run(); !ran)
      return ran.error();
    times.push_back(millisecondsSince(begin));
  }
  std::sort(times.begin(), times.end());
  return times;
}

std::string percentKey(double percent) { return fmt::format("p{:g}", percent); }

nlohmann::ordered_json summary(const Session &session,
                               const std::vector<double> &times,
                               const BenchOptions &options) {
  const double mean =
      std::accumulate(times.begin(), times.end(), 0.0) / double(times.size());
  double squares = 0;
  for (double time : times)
    squares += (time - mean) * (time - mean);
  nlohmann::ordered_json json = {
      {"model", options.model},
      {"threads", session.threads()},
      {"tensors", options.deviceIo ? "device" : "host"},
      {"warmup", options.warmup},
      {"iterations", times.size()},
      {"median_ms", percentile(times, 50)},
      {"mean_ms", mean},
      {"stddev_ms", std::sqrt(squares / double(times.size()))},
      {"min_ms", times.front()},
      {"max_ms", times.back()}};
  for (double percent : options.percentiles)
    json[percentKey(percent) + "_ms"] = percentile(times, percent);
  return json;
}

void print(const nlohmann::ordered_json &json, const BenchOptions &options) {
  fmt::print("{} runs, {} threads, inputs and outputs on the {}\n",
             json["iterations"].get<size_t>(), json["threads"].get<unsigned>(),
             json["tensors"].get<std::string>());
  Table table;
  auto add = [&](const char *name, const std::string &key) {
    table.add({"  " + std::string(name), timeText(json[key].get<double>())});
  };
  add("median", "median_ms");
  add("mean", "mean_ms");
  add("stddev", "stddev_ms");
  add("min", "min_ms");
  for (double percent : options.percentiles)
    add(percentKey(percent).c_str(), percentKey(percent) + "_ms");
  add("max", "max_ms");
  table.print("lr");
}

Status benchModel(const BenchOptions &options) {
  auto session = Session::open(options.model);
  if (!session)
    return session.error();
  auto inputs = makeInputs(session->plan(), options.inputs);
  if (!inputs)
    return inputs.error();
  if (!options.quiet)
    for (const std::string &note : inputs->notes)
      printNote(note);
  if (auto ready = session->prepare(options.threads); !ready)
    return ready;
  auto times = measure(*session, *inputs, options);
  if (!times)
    return times.error();
  const auto json = summary(*session, *times, options);
  if (!options.quiet && options.json != "-")
    print(json, options);
  if (!options.profile.empty()) {
    auto profile = profileRuns(*session, inputs->tensors, times->size());
    if (!profile)
      return profile.error();
    if (!options.quiet && options.json != "-")
      printProfile(*profile);
    if (auto written = writeText(options.profile, profile->dump(2) + "\n");
        !written)
      return written;
  }
  if (options.json.empty())
    return Success{};
  if (options.json == "-") {
    fmt::print("{}\n", json.dump(2));
    return Success{};
  }
  return writeText(options.json, json.dump(2) + "\n");
}

} // namespace

void addBench(CLI::App &app, int &exitCode) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App &verb = *app.add_subcommand("bench", "measure a compiled model");
  verb.add_option("model", options->model, "the compiled model")
      ->required()
      ->type_name("model.so");
  addInputOptions(verb, options->inputs);
  verb.add_option("--threads", options->threads,
                  "threads; 0: the CPUs of this process")
      ->type_name("N");
  verb.add_flag("--device-io", options->deviceIo,
                "inputs and outputs stay in the GPU's memory");
  verb.add_option("--warmup", options->warmup,
                  "runs before the measured ones (default 3)")
      ->type_name("N");
  verb.add_option("--iters", options->iters,
                  "measured runs; without it, 2 seconds of them")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  verb.add_option("--percentile", options->percentiles,
                  "percentiles to report (default 90,99)")
      ->type_name("P,...")
      ->delimiter(',')
      ->check(CLI::Range(0.0, 100.0));
  verb.add_option("--json", options->json,
                  "write the numbers there (-: standard output)")
      ->type_name("FILE");
  verb.add_option("--profile", options->profile,
                  "write the time of each op there, from runs of\n"
                  "their own")
      ->type_name("FILE");
  verb.add_flag("--quiet", options->quiet, "no table and no notes");
  verb.callback([options, &exitCode] {
    const Status status = benchModel(*options);
    exitCode = status ? exitDone : fail(status.error());
  });
}

} // namespace sinter::cli
