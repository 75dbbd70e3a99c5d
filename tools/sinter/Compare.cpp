// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sinter compare: a model's outputs, and values on the way to them, against the
// expected ones.
#include "tools/sinter/Compile.h"
#include "tools/sinter/Divergence.h"
#include "tools/sinter/Files.h"
#include "tools/sinter/Inputs.h"
#include "tools/sinter/Npz.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/TensorFile.h"
#include "tools/sinter/Verbs.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>

namespace sinter::cli {
namespace {

struct CompareOptions {
  std::string model, expect, target = "cpu";
  Precision precision = Precision::fp32;
  InputOptions inputs;
  std::optional<double> relative, absolute;
  uint32_t threads = 0;
  bool quiet = false, json = false;

  bool isOnnx() const { return suffixOf(model) == ".onnx"; }
  /// Where the expected tensors are.
  const std::string &source() const {
    return expect.empty() ? inputs.testData : expect;
  }
};

/// All arrays of the archive, or all output_<k>.pb of the directory: those of
/// the model's outputs, then others with the names of values.
Result<std::vector<Tensor>> readExpected(const CompareOptions &options) {
  if (!options.expect.empty()) {
    auto bytes = readFile(options.expect);
    if (!bytes)
      return bytes.error();
    return parseNpz(options.expect, *bytes);
  }
  std::vector<Tensor> expected;
  for (size_t k = 0;; ++k) {
    const std::string path = testFile(options.inputs.testData, "output", k);
    if (path.empty())
      return expected;
    auto tensor = readTensor(path, "");
    if (!tensor)
      return tensor.error();
    expected.push_back(std::move(*tensor));
  }
}

/// The tensor for output `k`: by its name or, among test data and where no
/// other has the name, by its number.
const Tensor *findExpected(const std::vector<Tensor> &expected, size_t k,
                           const std::string &name, bool isArchive) {
  auto named = [&](const std::string &wanted) {
    auto found = std::find_if(expected.begin(), expected.end(),
                              [&](auto &t) { return t.name == wanted; });
    return found == expected.end() ? nullptr : &*found;
  };
  if (!isArchive)
    return k < expected.size() ? &expected[k] : nullptr;
  const Tensor *found = named(name);
  return found ? found : named(fmt::format("output_{}", k));
}

/// Comparing one model with what is expected.
class Comparison {
public:
  explicit Comparison(const CompareOptions &options) : options(options) {}

  /// Whether all values agree; none after errors.
  std::optional<bool> run();
  /// Prints the errors; gives their exit code.
  int report() const { return failAll(errors); }

private:
  bool failed(const Error &error) {
    errors.push_back(error);
    return false;
  }
  bool compile();
  void setCriterion();
  bool chooseValues();
  bool compareValues();
  bool addRow(size_t k);
  const Reference::Value *valueOf(const std::string &name) const;
  size_t orderOf(const std::string &name) const;
  void find();
  void nameProducer(const std::string &value);

  const CompareOptions &options;
  std::vector<Error> errors;
  std::vector<Tensor> expected;
  std::optional<TemporaryFile> compiled;
  std::optional<Session> session;
  std::optional<Reference> reference;
  size_t outputCount = 0;         // of the model
  std::vector<std::string> names; // outputs to compile for; empty: the model's
  std::optional<Inputs> inputs;
  Criterion criterion;
  std::vector<Row> rows;
  Divergence divergence;
};

const Reference::Value *Comparison::valueOf(const std::string &name) const {
  if (!reference)
    return nullptr;
  const size_t order = orderOf(name);
  return order < reference->values().size() ? &reference->values()[order]
                                            : nullptr;
}

/// What comes from no node comes first.
size_t Comparison::orderOf(const std::string &name) const {
  for (size_t i = 0; i < reference->values().size(); ++i)
    if (reference->values()[i].name == name)
      return i;
  return SIZE_MAX;
}

bool Comparison::compile() {
  std::string path = options.model;
  if (options.isOnnx()) {
    CompileOptions how;
    how.target = options.target == "cuda" ? TargetKind::cuda : TargetKind::cpu;
    how.precision = options.precision;
    how.outputs = names;
    compiled = compileTemporary(options.model, how, options.quiet, errors);
    if (!compiled)
      return false;
    path = compiled->path();
  }
  auto opened = Session::open(path);
  if (!opened)
    return failed(opened.error());
  session.emplace(std::move(*opened));
  setCriterion();
  return true;
}

/// Tolerances that are given are of elements.
void Comparison::setCriterion() {
  const char *precision = session->descriptor().precision;
  criterion = {precision ? precision : "unknown", toleranceOf(precision)};
  Tolerance &tolerance = criterion.tolerance;
  if (options.relative || options.absolute)
    tolerance.frobenius = std::nullopt;
  tolerance.relative = options.relative.value_or(tolerance.relative);
  tolerance.absolute = options.absolute.value_or(tolerance.absolute);
}

/// Where values on the way are expected, the model is compiled again with them
/// as outputs.
bool Comparison::chooseValues() {
  const PlanView plan = session->plan();
  outputCount = plan.outputs().size();
  std::vector<std::string> outputs;
  for (const sinter_value_info &output : plan.outputs())
    outputs.push_back(plan.text(output.name));
  auto isOther = [&](const Tensor &tensor) {
    for (const sinter_value_info &input : plan.inputs())
      if (tensor.name == plan.text(input.name))
        return false;
    return !tensor.name.empty() && std::find(outputs.begin(), outputs.end(),
                                             tensor.name) == outputs.end();
  };
  const size_t first = options.expect.empty() ? outputCount : 0;
  std::vector<std::string> others;
  for (size_t k = first; k < expected.size(); ++k)
    if (isOther(expected[k]))
      others.push_back(expected[k].name);
  if (others.empty() || !options.isOnnx())
    return true;
  auto imported = Reference::import(options.model);
  if (!imported)
    return failed(imported.error());
  reference.emplace(std::move(*imported));
  for (const std::string &name : others)
    if (valueOf(name))
      outputs.push_back(name);
  if (outputs.size() == outputCount)
    return true;
  names = std::move(outputs);
  return compile();
}

bool Comparison::addRow(size_t k) {
  const PlanView plan = session->plan();
  const std::string name = plan.text(plan.outputs()[k].name);
  const bool byName = !options.expect.empty() || k >= outputCount;
  const Tensor *tensor = findExpected(expected, k, name, byName);
  if (!tensor)
    return failed(makeError<errors::E0561>(options.source(), name));
  const sinter_tensor &output = session->outputs()[k];
  rows.push_back(compareRow(name, *tensor, viewOf(output), dimsOf(output),
                            criterion.tolerance));
  return true;
}

bool Comparison::compareValues() {
  auto made = makeInputs(session->plan(), options.inputs);
  if (!made)
    return failed(made.error());
  inputs.emplace(std::move(*made));
  if (!options.quiet)
    for (const std::string &note : inputs->notes)
      printNote(note);
  if (auto ready = session->prepare(options.threads); !ready)
    return failed(ready.error());
  if (auto ran = session->run(inputs->tensors); !ran)
    return failed(ran.error());
  for (size_t k = 0; k < session->outputs().size(); ++k)
    if (!addRow(k))
      return false;
  if (!names.empty())
    std::stable_sort(rows.begin(), rows.end(), [&](auto &a, auto &b) {
      return orderOf(a.name) + 1 < orderOf(b.name) + 1;
    });
  return true;
}

/// The node that the plan, or else the model, has for an output.
void Comparison::nameProducer(const std::string &value) {
  divergence.value = value;
  if (const Reference::Value *found = valueOf(value)) {
    divergence.node = found->node;
    divergence.op = found->op;
    return;
  }
  const PlanView plan = session->plan();
  for (const sinter_value_info &output : plan.outputs())
    if (plan.text(output.name) == value)
      for (const sinter_op &op : plan.ops())
        if (op.kind == SINTER_OP_LAUNCH)
          for (uint32_t buffer : plan.list(op.buffers, op.buffer_count))
            if (buffer == output.buffer)
              divergence.node = plan.text(op.text);
}

/// Sets `divergence`: the first row that differs tells, where values on the way
/// are there; else the nodes are checked one by one.
void Comparison::find() {
  auto first = std::find_if(rows.begin(), rows.end(),
                            [](const Row &row) { return !row.agrees(); });
  if (first == rows.end())
    return;
  if (!options.isOnnx()) {
    divergence.notes.push_back("the first diverging node is found where the "
                               "model is given as model.onnx");
  } else if (!reference) {
    auto imported = Reference::import(options.model);
    if (imported)
      reference.emplace(std::move(*imported));
  }
  if (reference && names.empty()) {
    auto found = findDivergence({options.model, *reference, options.precision,
                                 criterion.tolerance, options.threads},
                                inputs->tensors);
    if (found)
      divergence = std::move(*found);
    else
      divergence.notes.push_back("the nodes cannot be checked one by one: " +
                                 found.error().message);
    if (found && !divergence.isNodesOwn)
      divergence.notes.push_back(
          "none of them differs: what differs is the expected values, fusing, "
          "rounding that adds up, or what is not checked");
  }
  if (!divergence.isNodesOwn)
    nameProducer(first->name);
}

std::optional<bool> Comparison::run() {
  // A model that is not supported is said to be that first.
  if (!compile())
    return std::nullopt;
  auto read = readExpected(options);
  if (!read) {
    failed(read.error());
    return std::nullopt;
  }
  expected = std::move(*read);
  if (!chooseValues() || !compareValues())
    return std::nullopt;
  const bool all = std::all_of(rows.begin(), rows.end(),
                               [](const Row &row) { return row.agrees(); });
  if (options.quiet && !options.json)
    return all;
  find();
  if (options.json) {
    printJson(rows, criterion, all ? nullptr : &divergence);
  } else {
    printRows(rows, criterion);
    if (!all)
      printDivergence(divergence);
  }
  return all;
}

int compare(CompareOptions options) {
  if (options.inputs.testData.empty() == options.expect.empty())
    return fail(makeError<errors::E0500>(
        "compare needs one of --test-data and --expect"));
  options.inputs.archive = options.expect;
  Comparison comparison(options);
  const std::optional<bool> agree = comparison.run();
  if (!agree)
    return comparison.report();
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
                  "arrays by the names of outputs, inputs and values\n"
                  "on the way to them")
      ->type_name("FILE.npz");
  verb.add_option("--rtol", options->relative,
                  "relative tolerance (default 1e-3)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("X");
  verb.add_option("--atol", options->absolute,
                  "absolute tolerance (default 1e-4)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("X");
  verb.add_option("--threads", options->threads,
                  "threads; 0: the CPUs of this process")
      ->type_name("N");
  verb.add_option("--target", options->target,
                  "of a model.onnx: cpu (default) or cuda")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->type_name("NAME");
  addPrecision(verb, options->precision,
               "of a model.onnx, as of `sinter compile`");
  verb.add_flag("--quiet", options->quiet, "only the exit code");
  verb.add_flag("--json", options->json, "a report for programs");
  verb.footer("Elements agree if |a-b| <= atol + rtol*|b|, where b is the "
              "expected\nvalue, or both are NaN. Without --rtol and --atol, "
              "floats of a model with\nprecision fp16, tf32 or bf16 agree if "
              "the norm of the differences is at most\n0.02 (bf16: 0.16) of "
              "that of the expected. Exit code 0 only if all outputs\nagree, "
              "else 1.");
  verb.callback([options, &exitCode] { exitCode = compare(*options); });
}

} // namespace sinter::cli
