// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "compiler/support/Error.h"
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace sinter::cli {

/// The whole of a regular file. Error: E0506.
Result<std::vector<std::byte>> readFile(const std::string &path);

/// Writes the parts one after the other. The file appears whole or not at all.
/// Error: E0507.
Status writeFile(const std::string &path,
                 std::initializer_list<std::span<const std::byte>> parts);
Status writeText(const std::string &path, const std::string &text);

/// Makes a directory and those above it. Error: E0507.
Status makeDirectory(const std::string &path);

bool exists(const std::string &path);

/// The suffix in lower case, with its dot: ".npy".
std::string suffixOf(const std::string &path);

/// A file name in the system's directory for temporary files; whatever is
/// there goes at the end.
class TemporaryFile {
public:
  /// Error: E0507.
  static Result<TemporaryFile> make(const std::string &suffix);
  TemporaryFile(TemporaryFile &&other) noexcept
      : name(std::exchange(other.name, {})) {}
  TemporaryFile &operator=(TemporaryFile &&other) noexcept {
    std::swap(name, other.name);
    return *this;
  }
  ~TemporaryFile();
  const std::string &path() const { return name; }

private:
  explicit TemporaryFile(std::string name) : name(std::move(name)) {}
  std::string name;
};

} // namespace sinter::cli
