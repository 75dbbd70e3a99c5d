// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sinter inspect: what is in a model, compiled or not.
#include "tools/sinter/Inspect.h"
#include "tools/sinter/Files.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/Verbs.h"
#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace sinter::cli {
namespace {

struct InspectOptions {
  std::string model, html;
  bool json = false;
};

int inspect(const InspectOptions &options) {
  const bool onnx = suffixOf(options.model) == ".onnx";
  const auto model =
      onnx ? describeOnnx(options.model) : describeCompiled(options.model);
  if (!model)
    return fail(model.error());
  if (!options.html.empty())
    if (auto written = writeText(options.html, toHtml(*model)); !written)
      return fail(written.error());
  if (options.json)
    fmt::print("{}\n", model->dump(2, ' ', false,
                                   nlohmann::json::error_handler_t::replace));
  else if (!options.html.empty())
    fmt::print("wrote {}\n", options.html);
  else if (onnx)
    printOnnx(*model);
  else
    printCompiled(*model);
  return exitDone;
}

} // namespace

void printValues(const char *title, const nlohmann::ordered_json &values) {
  fmt::print("{}\n", title);
  Table table;
  for (const auto &value : values)
    table.add({"  " + value["name"].get<std::string>(),
               value["type"].get<std::string>()});
  table.print("ll");
}

void printWords(const std::vector<std::string> &words) {
  constexpr size_t width = 80;
  std::string line = " ";
  for (const std::string &word : words) {
    if (line.size() > 1 && line.size() + 1 + word.size() > width) {
      fmt::print("{}\n", line);
      line = " ";
    }
    line += " " + word;
  }
  if (line.size() > 1)
    fmt::print("{}\n", line);
}

void addInspect(CLI::App &app, int &exitCode) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App &verb = *app.add_subcommand("inspect", "show what a model holds");
  verb.add_option("model", options->model, "a model, compiled or not")
      ->required()
      ->type_name("model.so|model.onnx");
  verb.add_flag("--json", options->json, "a report for programs");
  verb.add_option("--html", options->html, "a report for browsers")
      ->type_name("FILE");
  verb.callback([options, &exitCode] { exitCode = inspect(*options); });
}

} // namespace sinter::cli
