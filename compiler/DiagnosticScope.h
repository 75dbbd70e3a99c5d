// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "compiler/support/Error.h"
#include "mlir/IR/Diagnostics.h"

namespace sinter {

/// Collects the diagnostics of MLIR while it lives.
class DiagnosticScope {
public:
  explicit DiagnosticScope(mlir::MLIRContext &context)
      : handler(&context, [this](mlir::Diagnostic &diagnostic) {
          if (!text.empty())
            text += "; ";
          text += diagnostic.str();
          return mlir::success();
        }) {}

  const std::string &message() const { return text; }
  /// E0303 with the text of what was emitted.
  Error error() const { return makeError<errors::E0303>(text); }

private:
  std::string text;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace sinter
