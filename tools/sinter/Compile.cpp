// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sinter compile: from ONNX to a shared object.
#include "tools/sinter/Compile.h"
#include "sinter/Compiler.h"
#include "tools/sinter/Progress.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/Verbs.h"
#include <CLI/CLI.hpp>
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

namespace sinter::cli {
namespace {

struct CompileArguments {
  std::string model, output, target = "cpu", emit = "so";
  std::vector<std::string> shapes, dims;
  CompileOptions options;
  bool quiet = false, json = false, timeReport = false;
};

const std::map<std::string, Emit> emits = {
    {"graph", Emit::graph}, {"kernel", Emit::kernel}, {"plan", Emit::plan},
    {"cuda", Emit::cuda},   {"llvm", Emit::llvm},     {"asm", Emit::assembly},
    {"obj", Emit::object},  {"so", Emit::so}};

bool parseNumber(std::string_view text, int64_t &value) {
  const char *end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, value);
  return code == std::errc() && stop == end && value >= 0;
}

/// NAME=1x3x224x224; "NAME=" is a scalar.
Status parseShape(const std::string &text, CompileOptions &options) {
  const size_t split = text.rfind('=');
  const Error bad = makeError<errors::E0502>(text, "NAME=1x3x224x224");
  if (split == text.npos || split == 0)
    return bad;
  std::vector<int64_t> dims;
  std::string_view rest = std::string_view(text).substr(split + 1);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('x'), rest.size());
    int64_t dim = 0;
    if (!parseNumber(rest.substr(0, end), dim) || end + 1 == rest.size())
      return bad;
    dims.push_back(dim);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  options.shapes.emplace_back(text.substr(0, split), dims);
  return Success{};
}

/// NAME=N or NAME=LO..HI.
Status parseDim(const std::string &text, CompileOptions &options) {
  const size_t split = text.rfind('=');
  DimRange range;
  std::string_view sizes = text;
  sizes.remove_prefix(std::min(sizes.size(), split + 1));
  const size_t dots = sizes.find("..");
  bool good = split != text.npos && split != 0 &&
              parseNumber(sizes.substr(0, dots), range.lowest);
  range.highest = range.lowest;
  if (dots != sizes.npos)
    good = good && parseNumber(sizes.substr(dots + 2), range.highest) &&
           range.lowest <= range.highest;
  if (!good)
    return makeError<errors::E0502>(text, "NAME=N or NAME=LO..HI");
  range.symbol = text.substr(0, split);
  options.dims.push_back(range);
  return Success{};
}

/// Refuses what does not go together, and completes the options.
Status checkArguments(CompileArguments &arguments) {
  if (arguments.target == "cuda")
    arguments.options.target = TargetKind::cuda;
  const Emit emit = emits.at(arguments.emit);
  arguments.options.emit = emit;
  if (emit == Emit::cuda && arguments.target != "cuda")
    return makeError<errors::E0500>("--emit cuda needs --target cuda");
  const bool binary = emit == Emit::so || emit == Emit::object;
  if (arguments.output.empty() && binary && arguments.options.stopAfter.empty())
    return makeError<errors::E0500>("-o is required");
  if (arguments.output == "-" && binary && arguments.options.stopAfter.empty())
    return makeError<errors::E0500>("-o -: only text goes to standard output");
  if (arguments.output.empty())
    arguments.output = "-";
  for (const std::string &text : arguments.shapes)
    if (auto parsed = parseShape(text, arguments.options); !parsed)
      return parsed;
  for (const std::string &text : arguments.dims)
    if (auto parsed = parseDim(text, arguments.options); !parsed)
      return parsed;
  return Success{};
}

Error asError(const Diagnostic &diagnostic) {
  return {diagnostic.number, diagnostic.message, diagnostic.note};
}

std::vector<Error> asErrors(const std::vector<Diagnostic> &diagnostics) {
  std::vector<Error> errors;
  for (const Diagnostic &diagnostic : diagnostics)
    errors.push_back(asError(diagnostic));
  return errors;
}

void printWarnings(const CompileResult &result, bool quiet) {
  for (const Diagnostic &warning : result.warnings)
    if (!quiet)
      printWarning(asError(warning));
}

nlohmann::ordered_json toJson(const std::vector<Diagnostic> &diagnostics) {
  auto list = nlohmann::ordered_json::array();
  const char *const faults[] = {"usage", "model", "unsupported", "internal"};
  for (const Diagnostic &row : diagnostics)
    list.push_back({{"number", fmt::format("E{:04}", row.number)},
                    {"fault", faults[size_t(row.fault)]},
                    {"message", row.message},
                    {"note", row.note}});
  return list;
}

void printJson(const CompileArguments &arguments, const CompileResult &result) {
  nlohmann::ordered_json times = nlohmann::ordered_json::array();
  for (const StageTime &time : result.times)
    times.push_back({{"stage", time.stage},
                     {"seconds", time.seconds},
                     {"cpu_seconds", time.cpuSeconds}});
  const nlohmann::ordered_json json = {{"model", arguments.model},
                                       {"output", arguments.output},
                                       {"done", result.errors.empty()},
                                       {"errors", toJson(result.errors)},
                                       {"warnings", toJson(result.warnings)},
                                       {"times", times}};
  fmt::print("{}\n", json.dump(2, ' ', false,
                               nlohmann::json::error_handler_t::replace));
}

/// Of each step over all kernels, and the kernels that took longest.
void printKernelTimes(std::vector<KernelTime> kernels) {
  constexpr size_t shown = 5;
  KernelTime sum;
  for (const KernelTime &kernel : kernels) {
    sum.stages += kernel.stages;
    sum.lowering += kernel.lowering;
    sum.optimization += kernel.optimization;
    sum.code += kernel.code;
  }
  fmt::print(stderr, "\n{} kernels for {} stages{:>18}\n", kernels.size(),
             sum.stages, "CPU");
  for (const auto &[step, seconds] :
       {std::pair("lowering", sum.lowering),
        std::pair("optimization", sum.optimization),
        std::pair("machine code", sum.code)})
    fmt::print(stderr, "  {:<24} {:9.3f} s\n", step, seconds);
  std::sort(kernels.begin(), kernels.end(),
            [](const KernelTime &lhs, const KernelTime &rhs) {
              return lhs.total() > rhs.total();
            });
  kernels.resize(std::min(kernels.size(), shown));
  fmt::print(stderr, "\nslowest kernels, by their first node\n");
  for (const KernelTime &kernel : kernels)
    fmt::print(stderr, "  {:<24} {:9.3f} s\n", kernel.node, kernel.total());
}

/// On standard error: standard output may be the result.
void printTimes(const CompileResult &result,
                const CompileArguments &arguments) {
  for (const auto &[name, precision] : precisionNames)
    if (precision == arguments.options.precision)
      fmt::print(stderr, "target {}, precision {}\n", arguments.target, name);
  StageTime total{"total"};
  for (const StageTime &time : result.times) {
    total.seconds += time.seconds;
    total.cpuSeconds += time.cpuSeconds;
  }
  fmt::print(stderr, "{:<12} {:>11}  {:>11}\n", "stage", "time", "CPU");
  auto print = [&](const StageTime &time) {
    fmt::print(stderr, "{:<12} {:9.3f} s  {:9.3f} s  {:3.0f} %\n", time.stage,
               time.seconds, time.cpuSeconds,
               total.seconds > 0 ? 100 * time.seconds / total.seconds : 0);
  };
  for (const StageTime &time : result.times)
    print(time);
  print(total);
  if (!result.kernels.empty())
    printKernelTimes(result.kernels);
}

CompileResult compileWithProgress(const std::string &model,
                                  const std::string &output,
                                  const CompileOptions &options, bool quiet) {
  Progress progress(quiet);
  return compileOnnx(model, output, options,
                     [&](const std::string &stage) { progress.stage(stage); });
}

int compile(CompileArguments arguments) {
  if (auto checked = checkArguments(arguments); !checked)
    return fail(checked.error());
  if (arguments.json && arguments.output == "-")
    return fail(makeError<errors::E0500>(
        "--json needs -o: both would write to standard output"));
  const CompileResult result =
      compileWithProgress(arguments.model, arguments.output, arguments.options,
                          arguments.quiet || arguments.json);
  const std::vector<Error> errors = asErrors(result.errors);
  if (arguments.json) {
    printJson(arguments, result);
    return exitCodeOf(errors);
  }
  printWarnings(result, arguments.quiet);
  if (arguments.timeReport)
    printTimes(result, arguments);
  return failAll(errors);
}

void addModelOptions(CLI::App &verb, CompileArguments &arguments) {
  auto list = [&](const char *name, std::vector<std::string> &to,
                  const char *text, const char *type) {
    return verb.add_option(name, to, text)
        ->type_name(type)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  list("--shape", arguments.shapes, "the shape of an input",
       "NAME=1x3x224x224");
  list("--dim", arguments.dims, "a size, or range of sizes, of a symbol",
       "NAME=N|LO..HI");
  list("--outputs", arguments.options.outputs, "keep these outputs only",
       "NAME,...")
      ->delimiter(',');
  list("--overridable", arguments.options.overridable,
       "initializers that stay inputs", "NAME,...")
      ->delimiter(',');
}

void addCodeOptions(CLI::App &verb, CompileArguments &arguments) {
  CompileOptions &options = arguments.options;
  verb.add_option("--target", arguments.target, "cpu (default) or cuda")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->type_name("NAME");
  verb.add_option("--march", options.march,
                  "native (default) or a CPU of `sinter targets`;\n"
                  "may be written with one dash")
      ->type_name("CPU");
  verb.add_option("-O", options.optimizationLevel,
                  "optimization, 0 to 3 (default)")
      ->check(CLI::Range(0, 3))
      ->type_name("N");
  addPrecision(verb, options.precision,
               "fp32 (default), strict, tf32, bf16 or fp16");
  verb.add_option("--emit", arguments.emit,
                  "graph, kernel, plan, llvm, asm, cuda, obj\n"
                  "or so (default)")
      ->check(CLI::IsMember(
          {"graph", "kernel", "plan", "llvm", "asm", "cuda", "obj", "so"}))
      ->type_name("NAME");
  verb.add_option("--external-weights", options.externalWeights,
                  "a file of its own for the weights, beside model.so")
      ->type_name("FILE");
}

void addDebugOptions(CLI::App &verb, CompileArguments &arguments) {
  CompileOptions &options = arguments.options;
  verb.add_option("--stop-after", options.stopAfter, "end after this stage")
      ->type_name("STAGE");
  verb.add_option("--dump-stages", options.dumpStages,
                  "write the IR after each stage there")
      ->type_name("DIR");
  verb.add_flag("--check", options.check, "check the IR after each stage");
  verb.add_option("-j", options.jobs, "threads of the compiler; 0: all")
      ->type_name("N");
  verb.add_option("--sanitize", options.sanitize)
      ->transform(CLI::Transformer(std::map<std::string, Sanitize>{
          {"address", Sanitize::address}, {"thread", Sanitize::thread}}))
      ->group(""); // for the tests, hidden
  verb.add_flag("--time-report", arguments.timeReport,
                "print the time of each stage");
  verb.add_flag("--quiet", arguments.quiet, "no progress and no warnings");
  verb.add_flag("--json", arguments.json, "a report for programs");
}

} // namespace

void addPrecision(CLI::App &verb, Precision &precision, const char *text) {
  std::vector<std::string> names;
  for (const auto &[name, value] : precisionNames)
    names.push_back(name);
  auto set = [&precision](const std::string &chosen) {
    for (const auto &[name, value] : precisionNames)
      if (chosen == name)
        precision = value;
  };
  verb.add_option_function<std::string>("--precision", set, text)
      ->check(CLI::IsMember(names))
      ->type_name("NAME");
}

std::optional<TemporaryFile> compileTemporary(const std::string &model,
                                              const CompileOptions &options,
                                              bool quiet,
                                              std::vector<Error> &errors) {
  auto file = TemporaryFile::make(".so");
  if (!file) {
    errors.push_back(file.error());
    return std::nullopt;
  }
  const CompileResult result =
      compileWithProgress(model, file->path(), options, quiet);
  printWarnings(result, quiet);
  for (Error &error : asErrors(result.errors))
    errors.push_back(std::move(error));
  if (!result.errors.empty())
    return std::nullopt;
  return std::optional<TemporaryFile>(std::move(*file));
}

void addCompile(CLI::App &app, int &exitCode) {
  auto arguments = std::make_shared<CompileArguments>();
  CLI::App &verb =
      *app.add_subcommand("compile", "compile an ONNX model to a .so file");
  verb.add_option("model", arguments->model, "the ONNX model")
      ->required()
      ->type_name("model.onnx");
  verb.add_option("-o,--output", arguments->output,
                  "the result; -: standard output, for text")
      ->type_name("model.so");
  addModelOptions(verb, *arguments);
  addCodeOptions(verb, *arguments);
  addDebugOptions(verb, *arguments);
  verb.callback([arguments, &exitCode] { exitCode = compile(*arguments); });
}

} // namespace sinter::cli
