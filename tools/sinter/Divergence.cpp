// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Divergence.h"
#include "tools/sinter/Compile.h"
#include <fmt/format.h>
#include <map>

namespace sinter::cli {
namespace {

/// Inner iterations that the interpreter may take: some ten seconds of them.
constexpr uint64_t budget = uint64_t(1) << 29;

/// What was not checked, by the reason why.
class Unchecked {
public:
  void add(const Reference::Value &value, const std::string &problem) {
    std::string &list = nodes[problem];
    if (counts[problem]++ < shown)
      list += fmt::format("{}'{}' ({})", list.empty() ? "" : ", ", value.node,
                          value.op);
  }

  std::vector<std::string> notes() const {
    std::vector<std::string> lines;
    for (const auto &[problem, list] : nodes) {
      const size_t count = counts.at(problem);
      lines.push_back(fmt::format("{} not computed, as {}: {}{}", count,
                                  problem, list, count > shown ? ", ..." : ""));
    }
    return lines;
  }

private:
  static constexpr size_t shown = 3;
  std::map<std::string, std::string> nodes;
  std::map<std::string, size_t> counts;
};

std::optional<TemporaryFile> compileWithAllValues(const Suspect &suspect,
                                                  std::vector<Error> &errors) {
  CompileOptions how;
  // CPUs compute what tf32 is for in f32.
  if (suspect.precision != Precision::tf32)
    how.precision = suspect.precision;
  for (const Reference::Value &value : suspect.reference.values())
    how.outputs.push_back(value.name);
  return compileTemporary(suspect.model, how, /*quiet=*/true, errors);
}

} // namespace

Result<Divergence> findDivergence(const Suspect &suspect,
                                  std::span<const Tensor> inputs) {
  const Reference &reference = suspect.reference;
  std::vector<Error> errors;
  auto compiled = compileWithAllValues(suspect, errors);
  if (!compiled)
    return errors.front();
  auto session = Session::open(compiled->path());
  if (!session)
    return session.error();
  if (auto ready = session->prepare(suspect.threads); !ready)
    return ready.error();
  if (auto ran = session->run(inputs); !ran)
    return ran.error();
  std::vector<std::pair<std::string, ReferenceTensor>> given;
  for (const Tensor &input : inputs)
    given.push_back({input.name, {input.dims, input.data}});
  std::vector<ReferenceTensor> known;
  for (const sinter_tensor &output : session->outputs())
    known.push_back(
        {dimsOf(output),
         {static_cast<const std::byte *>(output.data), output.bytes}});

  Divergence found;
  Unchecked unchecked;
  size_t checked = 0;
  auto check = [&](size_t index, const Reference::Outcome &outcome) {
    const Reference::Value &value = reference.values()[index];
    if (!outcome.problem.empty()) {
      unchecked.add(value, outcome.problem);
      return true;
    }
    ++checked;
    const sinter_tensor &output = session->outputs()[index];
    auto *bytes = reinterpret_cast<const std::byte *>(outcome.bytes.data());
    const Tensor expected{value.name,
                          output.type,
                          outcome.dims,
                          {bytes, bytes + outcome.bytes.size()}};
    const Row row = compareRow(value.name, expected, viewOf(output),
                               dimsOf(output), suspect.tolerance);
    if (row.agrees())
      return true;
    found = {value.name,    value.node,     value.op, true,
             row.agreement, dimsOf(output), {}};
    return false;
  };
  reference.evaluate(given, known, budget, check);
  found.notes = unchecked.notes();
  found.notes.insert(
      found.notes.begin(),
      fmt::format("the interpreter computed {} of {} values again, each from "
                  "the inputs its node had",
                  checked, reference.values().size()));
  return found;
}

} // namespace sinter::cli
