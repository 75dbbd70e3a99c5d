// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sinter compare: a model's outputs against the expected ones.
#include "tools/sinter/Agreement.h"
#include "tools/sinter/Compile.h"
#include "tools/sinter/Files.h"
#include "tools/sinter/Inputs.h"
#include "tools/sinter/Npz.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/Session.h"
#include "tools/sinter/TensorFile.h"
#include "tools/sinter/Verbs.h"
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sinter::cli {
namespace {

struct CompareOptions {
  std::string model, expect;
  InputOptions inputs;
  Tolerance tolerance;
  uint32_t threads = 0;
  bool quiet = false, json = false;
};

/// What became of one output.
struct Row {
  std::string name, type, problem;
  Agreement agreement;
  bool agrees() const { return problem.empty() && agreement.wrong == 0; }
};

Result<std::vector<Tensor>> readExpected(const PlanView &plan,
                                         const CompareOptions &options) {
  std::vector<Tensor> archive, expected;
  if (!options.expect.empty()) {
    auto bytes = readFile(options.expect);
    if (!bytes)
      return bytes.error();
    auto tensors = parseNpz(options.expect, *bytes);
    if (!tensors)
      return tensors.error();
    archive = std::move(*tensors);
  }
  for (size_t k = 0; k < plan.outputs().size(); ++k) {
    const std::string name = plan.text(plan.outputs()[k].name);
    auto found = std::find_if(archive.begin(), archive.end(), [&](Tensor &t) {
      return t.name == name || t.name == fmt::format("output_{}", k);
    });
    if (found != archive.end()) {
      expected.push_back(std::move(*found));
      continue;
    }
    const std::string &folder = options.inputs.testData;
    const std::string path =
        folder.empty() ? "" : testFile(folder, "output", k);
    if (!options.expect.empty() || path.empty())
      return makeError<errors::E0561>(
          options.expect.empty() ? folder : options.expect, name);
    auto tensor = readTensor(path, name);
    if (!tensor)
      return tensor.error();
    expected.push_back(std::move(*tensor));
  }
  return expected;
}

Row compareOutput(const char *name, const sinter_tensor &output,
                  const Tensor &expected, Tolerance tolerance) {
  Row row{name, typeText(output.type, dimsOf(output)), {}, {}};
  if (output.type != expected.type || dimsOf(output) != expected.dims) {
    row.problem = "expected " + typeText(expected.type, expected.dims);
    return row;
  }
  row.agreement = compareTensors(viewOf(output), viewOf(expected), tolerance);
  return row;
}

/// "[1,0,3]" for element `index` of a shape. Parts of complex numbers count as
/// a last dim.
std::string position(int64_t index, std::vector<int64_t> dims,
                     int64_t elements) {
  if (elementCount(dims) != elements)
    dims.push_back(2);
  std::vector<int64_t> at(dims.size());
  for (size_t i = dims.size(); i-- > 0; index /= dims[i])
    at[i] = index % dims[i];
  return fmt::format("[{}]", fmt::join(at, ","));
}

void printRow(const Row &row, const std::vector<int64_t> &dims) {
  const Agreement &a = row.agreement;
  fmt::print("{}  {}  {}\n", row.agrees() ? "ok    " : "DIFFER", row.name,
             row.type);
  if (!row.problem.empty()) {
    fmt::print("        {}\n", row.problem);
    return;
  }
  fmt::print("        max abs error {:.3g}, max rel error {:.3g}, "
             "max ULP {:.3g}, Frobenius {:.3g}\n",
             a.maxAbsolute, a.maxRelative, a.maxUlps, a.frobenius);
  if (a.wrong)
    fmt::print("        {} of {} elements differ; the first at {}:\n"
               "        {:.9g}, expected {:.9g}\n",
               a.wrong, a.elements, position(a.firstWrong, dims, a.elements),
               a.firstValue, a.firstExpected);
}

/// JSON has no infinity; a number that is none becomes text.
nlohmann::json number(double value) {
  if (std::isfinite(value))
    return value;
  return fmt::format("{}", value);
}

void printJson(const std::vector<Row> &rows, const CompareOptions &options) {
  auto list = nlohmann::ordered_json::array();
  bool all = true;
  for (const Row &row : rows) {
    nlohmann::ordered_json json = {
        {"name", row.name}, {"type", row.type}, {"agrees", row.agrees()}};
    all = all && row.agrees();
    if (!row.problem.empty()) {
      json["problem"] = row.problem;
    } else {
      const Agreement &a = row.agreement;
      json["elements"] = a.elements;
      json["wrong"] = a.wrong;
      json["max_abs_error"] = number(a.maxAbsolute);
      json["max_rel_error"] = number(a.maxRelative);
      json["max_expected"] = number(a.maxExpected);
      json["max_ulp_error"] = number(a.maxUlps);
      json["frobenius_error"] = number(a.frobenius);
      if (a.wrong)
        json["first_wrong"] = {{"index", a.firstWrong},
                               {"value", number(a.firstValue)},
                               {"expected", number(a.firstExpected)}};
    }
    list.push_back(json);
  }
  const nlohmann::ordered_json json = {{"agrees", all},
                                       {"rtol", options.tolerance.relative},
                                       {"atol", options.tolerance.absolute},
                                       {"outputs", list}};
  fmt::print("{}\n", json.dump(2));
}

bool report(const std::vector<Row> &rows, const Session &session,
            const CompareOptions &options) {
  size_t agreeing = 0;
  for (const Row &row : rows)
    agreeing += row.agrees();
  if (options.json) {
    printJson(rows, options);
  } else if (!options.quiet) {
    for (size_t k = 0; k < rows.size(); ++k)
      printRow(rows[k], dimsOf(session.outputs()[k]));
    fmt::print("{} of {} outputs agree: |a-b| <= {:g} + {:g}*|b|, b expected\n",
               agreeing, rows.size(), options.tolerance.absolute,
               options.tolerance.relative);
  }
  return agreeing == rows.size();
}

/// Whether all outputs agree.
Result<bool> compareModel(const std::string &path,
                          const CompareOptions &options) {
  auto session = Session::open(path);
  if (!session)
    return session.error();
  const PlanView plan = session->plan();
  auto inputs = makeInputs(plan, options.inputs);
  if (!inputs)
    return inputs.error();
  auto expected = readExpected(plan, options);
  if (!expected)
    return expected.error();
  if (!options.quiet)
    for (const std::string &note : inputs->notes)
      printNote(note);
  if (auto ready = session->prepare(options.threads); !ready)
    return ready.error();
  if (auto ran = session->run(inputs->tensors); !ran)
    return ran.error();
  std::vector<Row> rows;
  for (size_t k = 0; k < session->outputs().size(); ++k)
    rows.push_back(compareOutput(plan.text(plan.outputs()[k].name),
                                 session->outputs()[k], (*expected)[k],
                                 options.tolerance));
  return report(rows, *session, options);
}

int compare(CompareOptions options) {
  if (options.inputs.testData.empty() == options.expect.empty())
    return fail(makeError<errors::E0500>(
        "compare needs one of --test-data and --expect"));
  options.inputs.archive = options.expect;
  std::optional<TemporaryFile> compiled;
  if (suffixOf(options.model) == ".onnx") {
    int code = exitDone;
    compiled = compileTemporary(options.model, options.quiet, code);
    if (!compiled)
      return code;
  }
  auto agree =
      compareModel(compiled ? compiled->path() : options.model, options);
  if (!agree)
    return fail(agree.error());
  return *agree ? exitDone : exitNo;
}

} // namespace

void addCompare(CLI::App &app, int &exitCode) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App &verb = *app.add_subcommand(
      "compare", "compare a model's outputs with expected ones");
  verb.add_option("model", options->model, "a model, compiled or not")
      ->required()
      ->type_name("model.so|model.onnx");
  addInputOptions(verb, options->inputs);
  verb.get_option("--test-data")
      ->description("a directory with input_<k>.pb and output_<k>.pb");
  verb.add_option("--expect", options->expect,
                  "arrays by the names of outputs and inputs")
      ->type_name("FILE.npz");
  verb.add_option("--rtol", options->tolerance.relative,
                  "relative tolerance (default 1e-3)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("X");
  verb.add_option("--atol", options->tolerance.absolute,
                  "absolute tolerance (default 1e-4)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("X");
  verb.add_option("--threads", options->threads,
                  "threads; 0: the CPUs of this process")
      ->type_name("N");
  verb.add_flag("--quiet", options->quiet, "only the exit code");
  verb.add_flag("--json", options->json, "a report for programs");
  verb.footer("Elements agree if |a-b| <= atol + rtol*|b|, where b is the "
              "expected\nvalue, or both are NaN. Exit code 0 only if all "
              "outputs agree, else 1.");
  verb.callback([options, &exitCode] { exitCode = compare(*options); });
}

} // namespace sinter::cli
