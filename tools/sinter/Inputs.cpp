// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Inputs.h"
#include "tools/sinter/Files.h"
#include "tools/sinter/Npz.h"
#include "tools/sinter/Random.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/TensorFile.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace sinter::cli {
namespace {

std::optional<int64_t> parseNumber(std::string_view text) {
  int64_t value = 0;
  const char *end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || stop != end || value < 0)
    return std::nullopt;
  return value;
}

/// Collects the tensors of one run, step by step.
class Collector {
public:
  Collector(const PlanView &plan, const InputOptions &options)
      : plan(plan), options(options), tensors(plan.inputs().size()),
        raw(plan.inputs().size()), values(plan.symbols().size()) {}

  Result<Inputs> collect();

private:
  std::string nameOf(size_t input) const {
    return plan.text(plan.inputs()[input].name);
  }
  Status takeFiles();
  Result<std::pair<size_t, std::string>> splitFile(const std::string &text);
  Status takeArchive();
  Status takeTestData();
  Status takeDims();
  Status accept(size_t input, const std::string &path, Tensor tensor);
  void bindSymbols();
  Status chooseSymbols();
  Status complete();
  Result<std::vector<int64_t>> shapeOf(size_t input) const;
  Status readRaw(size_t input);

  const PlanView &plan;
  const InputOptions &options;
  std::vector<std::optional<Tensor>> tensors;
  std::vector<std::string> raw; // files whose shape is not known yet
  std::vector<std::optional<int64_t>> values;
  std::vector<std::string> notes;
};

/// Both names and paths may have a '='.
Result<std::pair<size_t, std::string>>
Collector::splitFile(const std::string &text) {
  const size_t first = text.find('=');
  if (first == text.npos || first == 0 || first + 1 == text.size())
    return makeError<errors::E0502>(text, "NAME=FILE or @INDEX=FILE");
  std::string names;
  for (size_t i = 0; i < tensors.size(); ++i) {
    names += (i ? ", " : "") + nameOf(i);
    if (text.starts_with(nameOf(i) + "="))
      return std::pair(i, text.substr(nameOf(i).size() + 1));
  }
  const std::string name = text.substr(0, first);
  if (name[0] == '@') {
    const auto index = parseNumber(name.substr(1));
    if (index && size_t(*index) < tensors.size())
      return std::pair(size_t(*index), text.substr(first + 1));
  }
  return errorWithNote<errors::E0503>("its inputs are: " + names,
                                      "'" + name + "'");
}

Status Collector::takeFiles() {
  for (const std::string &text : options.files) {
    auto split = splitFile(text);
    if (!split)
      return split.error();
    const auto &[input, path] = *split;
    if (tensors[input] || !raw[input].empty())
      return makeError<errors::E0504>(nameOf(input));
    if (suffixOf(path) == ".raw") {
      raw[input] = path;
      continue;
    }
    auto tensor = readTensor(path, nameOf(input));
    if (!tensor)
      return tensor.error();
    if (auto status = accept(input, path, std::move(*tensor)); !status)
      return status;
  }
  return Success{};
}

/// Other arrays of the archive are outputs, or the user's business.
Status Collector::takeArchive() {
  auto bytes = readFile(options.archive);
  if (!bytes)
    return bytes.error();
  auto arrays = parseNpz(options.archive, *bytes);
  if (!arrays)
    return arrays.error();
  for (size_t i = 0; i < tensors.size(); ++i)
    for (Tensor &array : *arrays)
      if (!tensors[i] && raw[i].empty() && array.name == nameOf(i))
        if (auto status = accept(i, options.archive, std::move(array)); !status)
          return status;
  return Success{};
}

Status Collector::takeTestData() {
  for (size_t i = 0; i < tensors.size(); ++i) {
    const std::string path = testFile(options.testData, "input", i);
    if (path.empty() || tensors[i] || !raw[i].empty())
      continue;
    auto tensor = readTensor(path, nameOf(i));
    if (!tensor)
      return tensor.error();
    if (auto status = accept(i, path, std::move(*tensor)); !status)
      return status;
  }
  const size_t extra = tensors.size();
  const std::string path = testFile(options.testData, "input", extra);
  if (!path.empty())
    return makeError<errors::E0503>(fmt::format("{} for '{}'", extra, path));
  if (!tensors.empty() && std::none_of(tensors.begin(), tensors.end(),
                                       [](auto &t) { return t.has_value(); }))
    return makeError<errors::E0560>(options.testData, "input_0.pb");
  return Success{};
}

Status Collector::takeDims() {
  for (const std::string &text : options.dims) {
    const size_t split = text.rfind('=');
    const auto value = parseNumber(split == text.npos ? std::string()
                                                      : text.substr(split + 1));
    if (!value)
      return makeError<errors::E0502>(text, "NAME=N");
    const std::string name = text.substr(0, split);
    std::string names;
    bool found = false;
    for (size_t i = 0; i < values.size(); ++i) {
      if (plan.symbols()[i].origin != SINTER_SYMBOL_INPUT)
        continue;
      const std::string symbol = plan.text(plan.symbols()[i].name);
      names += (names.empty() ? "" : ", ") + symbol;
      if (symbol == name) {
        values[i] = value;
        found = true;
      }
    }
    if (!found)
      return errorWithNote<errors::E0505>(
          names.empty() ? "all its sizes are fixed" : "it has " + names, name);
  }
  return Success{};
}

Status Collector::accept(size_t input, const std::string &path, Tensor tensor) {
  const sinter_value_info &wanted = plan.inputs()[input];
  const auto dims = plan.list(wanted.dims, wanted.rank);
  bool fits =
      uint32_t(tensor.type) == wanted.type && tensor.dims.size() == wanted.rank;
  for (size_t i = 0; fits && i < dims.size(); ++i) {
    const auto fixed = plan.evaluate(dims[i], {});
    fits = !fixed || *fixed == tensor.dims[i];
  }
  if (!fits)
    return makeError<errors::E0509>(nameOf(input), path,
                                    typeText(tensor.type, tensor.dims),
                                    typeText(plan, wanted));
  tensor.name = nameOf(input);
  tensors[input] = std::move(tensor);
  return Success{};
}

/// Symbols take the sizes of the tensors at hand; --dim goes first, so that
/// the runtime tells of a contradiction.
void Collector::bindSymbols() {
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (!tensors[i])
      continue;
    const sinter_value_info &input = plan.inputs()[i];
    const auto dims = plan.list(input.dims, input.rank);
    for (size_t dim = 0; dim < dims.size(); ++dim) {
      const auto symbol = plan.symbolOf(dims[dim]);
      if (symbol && !values[*symbol])
        values[*symbol] = tensors[i]->dims[dim];
    }
  }
}

Status Collector::chooseSymbols() {
  std::string chosen;
  for (size_t i = 0; i < values.size(); ++i) {
    const sinter_symbol &symbol = plan.symbols()[i];
    if (values[i] || symbol.origin != SINTER_SYMBOL_INPUT)
      continue;
    values[i] =
        std::clamp<int64_t>(1, symbol.low, std::max(symbol.low, symbol.high));
    chosen += fmt::format("{}{} = {}", chosen.empty() ? "" : ", ",
                          plan.text(symbol.name), *values[i]);
  }
  if (!chosen.empty())
    notes.push_back("sizes not given: " + chosen + " (set with --dim NAME=N)");
  return Success{};
}

Result<std::vector<int64_t>> Collector::shapeOf(size_t input) const {
  const sinter_value_info &info = plan.inputs()[input];
  std::vector<int64_t> dims;
  for (uint32_t expr : plan.list(info.dims, info.rank)) {
    const auto dim = plan.evaluate(expr, values);
    if (!dim)
      return makeError<errors::E0541>(nameOf(input), dims.size());
    dims.push_back(*dim);
  }
  return dims;
}

Status Collector::readRaw(size_t input) {
  auto dims = shapeOf(input);
  if (!dims)
    return dims.error();
  auto bytes = readFile(raw[input]);
  if (!bytes)
    return bytes.error();
  const auto type = int32_t(plan.inputs()[input].type);
  const auto needed = byteCount(type, *dims);
  if (!needed || size_t(*needed) != bytes->size())
    return makeError<errors::E0540>(
        nameOf(input), raw[input], bytes->size(), typeText(type, *dims),
        needed ? std::to_string(*needed) : "too many");
  tensors[input] = Tensor{nameOf(input), type, *dims, std::move(*bytes)};
  return Success{};
}

Status Collector::complete() {
  std::string made;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (!raw[i].empty())
      if (auto status = readRaw(i); !status)
        return status;
    if (tensors[i])
      continue;
    auto dims = shapeOf(i);
    if (!dims)
      return dims.error();
    auto tensor = randomTensor(nameOf(i), int32_t(plan.inputs()[i].type), *dims,
                               options.seed + i);
    if (!tensor)
      return tensor.error();
    tensors[i] = std::move(*tensor);
    made += (made.empty() ? "" : ", ") + nameOf(i);
  }
  if (!made.empty())
    notes.push_back(
        fmt::format("random input (seed {}): {}", options.seed, made));
  return Success{};
}

Result<Inputs> Collector::collect() {
  Status status = takeDims();
  if (status)
    status = takeFiles();
  if (status && !options.archive.empty())
    status = takeArchive();
  if (status && !options.testData.empty())
    status = takeTestData();
  if (!status)
    return status.error();
  bindSymbols();
  status = chooseSymbols();
  if (status)
    status = complete();
  if (!status)
    return status.error();
  Inputs inputs;
  for (auto &tensor : tensors)
    inputs.tensors.push_back(std::move(*tensor));
  inputs.notes = std::move(notes);
  return inputs;
}

} // namespace

void addInputOptions(CLI::App &verb, InputOptions &options) {
  verb.add_option("-i,--input", options.files,
                  "an input by name or number (.npy .npz .pb .raw)")
      ->type_name("NAME=FILE|@INDEX=FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb.add_option("--test-data", options.testData,
                  "a directory with input_<k>.pb files")
      ->type_name("DIR");
  verb.add_option("--dim", options.dims, "a size for inputs without a file")
      ->type_name("NAME=N")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb.add_option("--seed", options.seed, "seed of random inputs (default 0)")
      ->type_name("N");
}

Result<Inputs> makeInputs(const PlanView &plan, const InputOptions &options) {
  return Collector(plan, options).collect();
}

std::string typeText(const PlanView &plan, const sinter_value_info &value) {
  return typeName(int32_t(value.type)) + plan.shape(value.dims, value.rank);
}

std::string testFile(const std::string &directory, const char *what,
                     size_t index) {
  std::string path = fmt::format("{}/{}_{}.pb", directory, what, index);
  return exists(path) ? path : std::string();
}

} // namespace sinter::cli
