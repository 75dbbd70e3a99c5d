// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What inspect found, as a page: lists of objects are tables, whatever is in
// them.
#include "tools/sinter/Inspect.h"
#include <fmt/format.h>

namespace sinter::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char *head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em;
       padding: 0 1em; color: #222; background: #fff }}
h1 {{ font-size: 1.4em }} h2 {{ font-size: 1.1em; margin-top: 1.6em }}
table {{ border-collapse: collapse }}
th, td {{ text-align: left; vertical-align: top; padding: .15em 1.2em .15em 0;
         border-bottom: 1px solid #ddd }}
td {{ font-family: ui-monospace, monospace; font-size: 13px;
      overflow-wrap: anywhere }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #ddd; background: #181818 }} th, td {{ border-color: #444 }} }}
</style></head><body>
<h1>{}</h1>
)";

std::string escape(const std::string &text) {
  std::string result;
  for (char c : text)
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    default:
      result += c;
    }
  return result;
}

/// "weight_bytes": "weight bytes".
std::string title(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return escape(key);
}

std::string render(const Json &value);

/// A list of objects: a row for each, a column for each key.
std::string table(const Json &list) {
  std::vector<std::string> columns;
  for (const Json &row : list)
    for (const auto &[key, cell] : row.items())
      if (std::find(columns.begin(), columns.end(), key) == columns.end())
        columns.push_back(key);
  std::string text = "<table><tr>";
  for (const std::string &column : columns)
    text += "<th>" + title(column) + "</th>";
  text += "</tr>\n";
  for (const Json &row : list) {
    text += "<tr>";
    for (const std::string &column : columns)
      text += "<td>" +
              (row.contains(column) ? render(row[column]) : std::string()) +
              "</td>";
    text += "</tr>\n";
  }
  return text + "</table>\n";
}

std::string render(const Json &value) {
  if (value.is_string())
    return escape(value.get<std::string>());
  if (value.is_array() && !value.empty() && value.front().is_object())
    return table(value);
  if (value.is_array()) {
    std::string text;
    for (const Json &entry : value)
      text += (text.empty() ? "" : ", ") + render(entry);
    return text;
  }
  if (!value.is_object())
    return value.dump();
  std::string text = "<table>";
  for (const auto &[key, entry] : value.items())
    text +=
        "<tr><th>" + title(key) + "</th><td>" + render(entry) + "</td></tr>\n";
  return text + "</table>\n";
}

} // namespace

std::string toHtml(const Json &model) {
  const std::string name = escape(model["model"].get<std::string>());
  std::string page = fmt::format(head, name, name), rest;
  page += "<table>";
  for (const auto &[key, value] : model.items()) {
    const bool isLong =
        value.is_object() ||
        (value.is_array() && !value.empty() && value.front().is_object());
    if (isLong)
      rest += "<h2>" + title(key) + "</h2>\n" + render(value);
    else
      page += "<tr><th>" + title(key) + "</th><td>" + render(value) +
              "</td></tr>\n";
  }
  return page + "</table>\n" + rest + "</body></html>\n";
}

} // namespace sinter::cli
