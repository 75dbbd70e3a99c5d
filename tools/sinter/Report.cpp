// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Report.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

namespace sinter::cli {
namespace {

bool colored() {
  static const bool yes = isatty(STDERR_FILENO) && !std::getenv("NO_COLOR");
  return yes;
}

/// Bytes of the UTF-8 character that `text` begins with; 0 if it has none, or
/// one that controls a terminal.
size_t characterLength(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  if (byte(0) < 0x80)
    return byte(0) >= 0x20 && byte(0) != 0x7f;
  const size_t length = byte(0) < 0xc2   ? 0
                        : byte(0) < 0xe0 ? 2
                        : byte(0) < 0xf0 ? 3
                        : byte(0) < 0xf5 ? 4
                                         : 0;
  for (size_t i = 1; i < length; ++i)
    if (byte(i) >> 6 != 2)
      return 0;
  const bool control = byte(0) == 0xc2 && byte(1) < 0xa0;
  return control ? 0 : length;
}

/// Names in a file must neither steer the terminal nor break its encoding.
std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t length = characterLength(text);
    if (length)
      result += text.substr(0, length);
    else
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return result;
}

void printLine(const char *color, const std::string &label,
               std::string_view text) {
  if (colored())
    fmt::print(stderr, "\x1b[{}m{}:\x1b[0m {}\n", color, label,
               printable(text));
  else
    fmt::print(stderr, "{}: {}\n", label, printable(text));
}

void printDiagnostic(const char *color, const char *label, const Error &error) {
  printLine(color, fmt::format("{}[E{:04}]", label, error.number),
            error.message);
  if (!error.note.empty())
    printNote(error.note);
}

} // namespace

ExitCode exitCodeOf(ErrorClass kind) {
  switch (kind) {
  case ErrorClass::usage:
    return exitUsage;
  case ErrorClass::model:
  case ErrorClass::unsupported:
    return exitModel;
  case ErrorClass::internal:
    break;
  }
  return exitInternal;
}

void printError(const Error &error) {
  std::fflush(stdout);
  printDiagnostic("1;31", "error", error);
}

void printWarning(const Error &warning) {
  printDiagnostic("1;33", "warning", warning);
}

void printNote(std::string_view text) { printLine("1;36", "note", text); }

ExitCode fail(const Error &error) {
  printError(error);
  return exitCodeOf(errorClass(error.number));
}

int exitCodeOf(const std::vector<Error> &errors) {
  int code = exitDone;
  for (const Error &error : errors)
    code = std::max<int>(code, exitCodeOf(errorClass(error.number)));
  return code;
}

int failAll(const std::vector<Error> &errors) {
  for (const Error &error : errors)
    printError(error);
  return exitCodeOf(errors);
}

std::string bytesText(double bytes) {
  const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
  size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < std::size(units); ++unit)
    bytes /= 1000;
  return unit == 0 ? fmt::format("{:.0f} B", bytes)
                   : fmt::format("{:.3g} {}", bytes, units[unit]);
}

std::string timeText(double milliseconds) {
  if (milliseconds < 1)
    return fmt::format("{:.4g} us", milliseconds * 1000);
  return milliseconds < 10000 ? fmt::format("{:.4g} ms", milliseconds)
                              : fmt::format("{:.4g} s", milliseconds / 1000);
}

void Table::print(std::string_view layout) const {
  std::vector<size_t> widths;
  for (const auto &row : rows)
    for (size_t i = 0; i < row.size(); ++i) {
      widths.resize(std::max(widths.size(), i + 1));
      widths[i] = std::max(widths[i], row[i].size());
    }
  for (const auto &row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const bool right = i < layout.size() && layout[i] == 'r';
      line += i ? "  " : "";
      line += right ? fmt::format("{:>{}}", row[i], widths[i])
                    : fmt::format("{:<{}}", row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", printable(line));
  }
}

} // namespace sinter::cli
