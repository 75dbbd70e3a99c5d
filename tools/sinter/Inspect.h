// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "compiler/PlanView.h"
#include "compiler/support/Error.h"
#include <nlohmann/json.hpp>
#include <string>

namespace sinter::cli {

/// What a compiled model holds. Errors: those of Session::open.
Result<nlohmann::ordered_json> describeCompiled(const std::string &path);
/// What kind of op it is, its node, its sizes.
nlohmann::ordered_json describeOp(const PlanView &plan, const sinter_op &op);
void printCompiled(const nlohmann::ordered_json &model);

/// What an ONNX model holds. Errors: those of loadModel.
Result<nlohmann::ordered_json> describeOnnx(const std::string &path);
void printOnnx(const nlohmann::ordered_json &model);

/// A page for browsers, complete in itself, of what either found.
std::string toHtml(const nlohmann::ordered_json &model);

/// Prints a list of {name, type} under a title.
void printValues(const char *title, const nlohmann::ordered_json &values);

/// Prints `words`, filled to 80 columns and indented by two.
void printWords(const std::vector<std::string> &words);

} // namespace sinter::cli
