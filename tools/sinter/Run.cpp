// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sinter run: one run of a compiled model.
#include "tools/sinter/Files.h"
#include "tools/sinter/Inputs.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/Session.h"
#include "tools/sinter/TensorFile.h"
#include "tools/sinter/Verbs.h"
#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sinter::cli {
namespace {

struct RunOptions {
  std::string model, outputDir;
  InputOptions inputs;
  uint32_t threads = 0;
  bool quiet = false;
};

/// Least, greatest and mean value, of those that are finite.
std::string statistics(const TensorView &view) {
  double low = INFINITY, high = -INFINITY, sum = 0;
  int64_t finite = 0;
  for (int64_t i = 0; i < view.elements; ++i) {
    const double value = element(view, i);
    if (!std::isfinite(value))
      continue;
    low = std::min(low, value);
    high = std::max(high, value);
    sum += value;
    ++finite;
  }
  std::string text;
  if (finite)
    text = fmt::format("min {:.6g}  max {:.6g}  mean {:.6g}", low, high,
                       sum / double(finite));
  if (finite < view.elements)
    text += fmt::format("{}{} not finite", text.empty() ? "" : "  ",
                        view.elements - finite);
  return text;
}

void printSummary(const char *name, const sinter_tensor &output) {
  const TensorView view = asParts(viewOf(output));
  fmt::print("{}  {}\n", name, typeText(output.type, dimsOf(output)));
  if (view.elements == 0) {
    fmt::print("  empty\n");
    return;
  }
  std::string first;
  const int64_t shown = std::min<int64_t>(view.elements, 5);
  for (int64_t i = 0; i < shown; ++i)
    first += fmt::format("{}{:.6g}", i ? " " : "", element(view, i));
  fmt::print("  {}{}\n  {}\n", first, shown < view.elements ? " ..." : "",
             statistics(view));
}

Status writeOutputs(const Session &session, const std::string &directory) {
  if (auto made = makeDirectory(directory); !made)
    return made;
  auto list = nlohmann::ordered_json::array();
  for (size_t k = 0; k < session.outputs().size(); ++k) {
    const sinter_tensor &output = session.outputs()[k];
    const char *name = session.plan().text(session.plan().outputs()[k].name);
    auto path = writeTensor(
        fmt::format("{}/output_{}", directory, k), name, output.type,
        dimsOf(output),
        {static_cast<const std::byte *>(output.data), output.bytes});
    if (!path)
      return path.error();
    list.push_back({{"name", name},
                    {"type", typeName(output.type)},
                    {"shape", dimsOf(output)},
                    {"file", std::filesystem::path(*path).filename()}});
  }
  return writeText(directory + "/outputs.json", list.dump(2) + "\n");
}

Status runModel(const RunOptions &options) {
  auto session = Session::open(options.model);
  if (!session)
    return session.error();
  const PlanView plan = session->plan();
  auto inputs = makeInputs(plan, options.inputs);
  if (!inputs)
    return inputs.error();
  if (!options.quiet)
    for (const std::string &note : inputs->notes)
      printNote(note);
  if (auto ready = session->prepare(options.threads); !ready)
    return ready;
  if (auto ran = session->run(inputs->tensors); !ran)
    return ran;
  if (!options.outputDir.empty())
    return writeOutputs(*session, options.outputDir);
  for (size_t k = 0; k < session->outputs().size(); ++k)
    printSummary(plan.text(plan.outputs()[k].name), session->outputs()[k]);
  return Success{};
}

} // namespace

void addRun(CLI::App &app, int &exitCode) {
  auto options = std::make_shared<RunOptions>();
  CLI::App &verb = *app.add_subcommand("run", "run a compiled model once");
  verb.add_option("model", options->model, "the compiled model")
      ->required()
      ->type_name("model.so");
  addInputOptions(verb, options->inputs);
  verb.add_option("--output-dir", options->outputDir,
                  "write output_<k>.npy and outputs.json there")
      ->type_name("DIR");
  verb.add_option("--threads", options->threads,
                  "threads; 0: the CPUs of this process")
      ->type_name("N");
  verb.add_flag("--quiet", options->quiet, "no notes");
  verb.callback([options, &exitCode] {
    const Status status = runModel(*options);
    exitCode = status ? exitDone : fail(status.error());
  });
}

} // namespace sinter::cli
