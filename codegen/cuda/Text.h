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
    lines.append(2 * depth, ' ');
    lines += text.str();
    lines += '\n';
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
  const std::string &str() const { return lines; }

private:
  std::string lines;
  unsigned depth = 0, count = 0;
};

} // namespace sinter::cuda
