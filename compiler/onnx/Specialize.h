// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What options ask of a model before it is imported.
#pragma once

#include "compiler/support/Error.h"
#include "onnx_model.pb.h"
#include "sinter/Options.h"
#include <vector>

namespace sinter::onnx {

/// The symbol of a dim that the model gives neither a size nor a name.
std::string symbolOf(const ::onnx::ValueInfoProto &input, int dim);

/// Changes inputs, outputs and initializers of the graph as the options say:
/// --shape, --dim with one size, --outputs and --overridable. Whether something
/// gives a chosen output is the importer's to check.
/// Errors: E0330-E0334.
std::vector<Error> specialize(::onnx::GraphProto &graph,
                              const CompileOptions &options);

} // namespace sinter::onnx
