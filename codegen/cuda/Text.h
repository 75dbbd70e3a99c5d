// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// C++ text in the making: lines, indented by the braces around them.
#pragma once

#include "llvm/ADT/Twine.h"
#include <string>

namespace sinter::cuda {

class Text {
public:
  Text &line(const llvm::Twine &text) {
    all.append(2 * depth, ' ');
    all += text.str();
    all += '\n';
    return *this;
  }
  /// The lines of another text.
  Text &lines(const Text &other) {
    all += other.all;
    return *this;
  }
  /// "head {", or "{".
  Text &open(const llvm::Twine &head = "") {
    std::string text = head.str();
    line(text.empty() ? "{" : text + " {");
    ++depth;
    return *this;
  }
  Text &otherwise() {
    --depth;
    line("} else {");
    ++depth;
    return *this;
  }
  Text &close(const llvm::Twine &tail = "") {
    --depth;
    return line("}" + tail);
  }
  /// A name that no other call gives.
  std::string fresh(const char *prefix = "v") {
    return prefix + std::to_string(count++);
  }
  const std::string &str() const { return all; }

private:
  std::string all;
  unsigned depth = 0, count = 0;
};

} // namespace sinter::cuda
