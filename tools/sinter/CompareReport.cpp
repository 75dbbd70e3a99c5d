// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/CompareReport.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/Session.h"
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sinter::cli {
namespace {

using Json = nlohmann::ordered_json;

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

void printWrong(const Agreement &a, const std::vector<int64_t> &dims) {
  fmt::print("        {} of {} elements differ; the first at {}:\n"
             "        {:.9g}, expected {:.9g}\n",
             a.wrong, a.elements, position(a.firstWrong, dims, a.elements),
             a.firstValue, a.firstExpected);
}

void printRow(const Row &row) {
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
    printWrong(a, row.dims);
}

/// JSON has no infinity; a number that is none becomes text.
nlohmann::json number(double value) {
  if (std::isfinite(value))
    return value;
  return fmt::format("{}", value);
}

Json toJson(const Row &row) {
  Json json = {
      {"name", row.name}, {"type", row.type}, {"agrees", row.agrees()}};
  if (!row.problem.empty()) {
    json["problem"] = row.problem;
    return json;
  }
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
  return json;
}

Json toJson(const Divergence &divergence) {
  const char *const from =
      divergence.isNodesOwn ? "interpreter" : "expected values";
  return {{"value", divergence.value},
          {"node", divergence.node},
          {"op", divergence.op},
          {"differs_from", from},
          {"notes", divergence.notes}};
}

} // namespace

Row compareRow(const std::string &name, const Tensor &expected,
               const TensorView &found, const std::vector<int64_t> &dims,
               Tolerance tolerance) {
  Row row{name, typeText(found.type, dims), {}, dims, {}};
  if (found.type == expected.type && dims == expected.dims)
    row.agreement = compareTensors(found, viewOf(expected), tolerance);
  else
    row.problem = "expected " + typeText(expected.type, expected.dims);
  return row;
}

void printRows(const std::vector<Row> &rows, const Criterion &criterion) {
  const Tolerance &tolerance = criterion.tolerance;
  size_t agreeing = 0;
  for (const Row &row : rows) {
    printRow(row);
    agreeing += row.agrees();
  }
  const std::string limit =
      tolerance.frobenius
          ? fmt::format("Frobenius <= {:g}", *tolerance.frobenius)
          : fmt::format("|a-b| <= {:g} + {:g}*|b|, b expected",
                        tolerance.absolute, tolerance.relative);
  fmt::print("{} of {} values agree: {}, precision {}\n", agreeing, rows.size(),
             limit, criterion.precision);
}

void printDivergence(const Divergence &divergence) {
  const std::string who =
      divergence.op.empty()
          ? fmt::format("the kernel of node '{}'", divergence.node)
          : fmt::format("node '{}' ({})", divergence.node, divergence.op);
  if (divergence.isNodesOwn) {
    fmt::print("first diverging {}\n"
               "        its output '{}' is not what the interpreter computes\n",
               who, divergence.value);
    if (divergence.agreement.wrong)
      printWrong(divergence.agreement, divergence.dims);
  } else if (!divergence.node.empty()) {
    fmt::print("first value to differ: '{}', of {}\n", divergence.value, who);
  }
  std::fflush(stdout);
  for (const std::string &note : divergence.notes)
    printNote(note);
}

void printJson(const std::vector<Row> &rows, const Criterion &criterion,
               const Divergence *divergence) {
  const Tolerance &tolerance = criterion.tolerance;
  Json list = Json::array();
  for (const Row &row : rows)
    list.push_back(toJson(row));
  Json json = {{"agrees", !divergence},
               {"precision", criterion.precision},
               {"rtol", tolerance.relative},
               {"atol", tolerance.absolute},
               {"outputs", list}};
  if (tolerance.frobenius)
    json["frobenius"] = *tolerance.frobenius;
  if (divergence)
    json["first_diverging"] = toJson(*divergence);
  fmt::print("{}\n", json.dump(2));
}

} // namespace sinter::cli
