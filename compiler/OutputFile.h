// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "compiler/support/Error.h"
#include "llvm/ADT/ArrayRef.h"
#include <string>

namespace sinter {

/// A file that appears under its name only when it is complete: bytes go to a
/// temporary file in the same folder, which commit() renames and the destructor
/// removes otherwise. Error of all: E0300.
class OutputFile {
public:
  static Result<OutputFile> create(const std::string &path);
  OutputFile(OutputFile &&other) noexcept;
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile();

  Status write(llvm::ArrayRef<char> bytes);
  /// Makes what was written appear under the path.
  Status commit();
  /// A path beside the file for a tool that writes by name; removed with it.
  std::string scratchPath() const { return temporary + ".ld"; }

private:
  OutputFile(std::string path, std::string temporary, int descriptor)
      : path(std::move(path)), temporary(std::move(temporary)),
        descriptor(descriptor) {}
  Error failed(const char *what) const;

  std::string path, temporary;
  int descriptor;
};

} // namespace sinter
