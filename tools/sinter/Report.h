// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tool says to people, on standard error, and its exit codes.
#pragma once

#include "compiler/support/Error.h"
#include <string>
#include <string_view>
#include <vector>

namespace sinter::cli {

enum ExitCode {
  exitDone = 0,
  exitNo = 1, // the answer is no: compare found a difference
  exitUsage = 2,
  exitModel = 3, // a bad or unsupported model or file
  exitInternal = 4
};

ExitCode exitCodeOf(ErrorClass kind);

/// Prints `error[E0123]: ...` and a note if there is one.
void printError(const Error &error);
void printWarning(const Error &warning);
void printNote(std::string_view text);

/// Prints the error and returns its exit code.
ExitCode fail(const Error &error);
/// Of several errors the exit code is that of the gravest: a bug of ours before
/// a bad model before bad usage; done without any.
int exitCodeOf(const std::vector<Error> &errors);
/// Prints them all and returns their exit code.
int failAll(const std::vector<Error> &errors);

/// Makes the error of row `Row` with a note.
template <typename Row, typename... Args>
Error errorWithNote(std::string note, const Args &...args) {
  Error error = makeError<Row>(args...);
  error.note = std::move(note);
  return error;
}

/// "1.5 MB"; thousands, as disks and networks count.
std::string bytesText(double bytes);

/// "12.5 ms": four digits, none of them in vain.
std::string timeText(double milliseconds);

/// A table in columns, on standard output. Columns of numbers are set right.
class Table {
public:
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }
  /// Columns with an 'r' in `layout` are aligned to the right.
  void print(std::string_view layout) const;

private:
  std::vector<std::vector<std::string>> rows;
};

} // namespace sinter::cli
