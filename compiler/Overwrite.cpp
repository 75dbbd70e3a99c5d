// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Overwrite.h"

#include <filesystem>
#include <set>

namespace sinter {

namespace fs = std::filesystem;

/// Adds the files that hold tensors of the graph and of its nodes' bodies.
static void addFiles(const ::onnx::GraphProto &graph, const fs::path &folder,
                     std::set<fs::path> &files) {
  auto add = [&](const ::onnx::TensorProto &tensor) {
    // One that is in no file, or that the importer will refuse, has none.
    if (auto where = onnx::externalLocation(tensor))
      files.insert(folder / where->location);
  };
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    add(tensor);
  for (const ::onnx::NodeProto &node : graph.node())
    for (const ::onnx::AttributeProto &attribute : node.attribute()) {
      if (attribute.has_t())
        add(attribute.t());
      if (attribute.has_g())
        addFiles(attribute.g(), folder, files);
    }
}

Status checkOverwrite(const Compilation &compilation, const std::string &path) {
  std::set<fs::path> files = {path};
  addFiles(compilation.model->proto.graph(), fs::path(path).parent_path(),
           files);
  for (const std::string &output :
       {compilation.outputPath, compilation.options.externalWeights})
    for (const fs::path &file : files) {
      std::error_code absent; // what is not there is not overwritten
      if (output != "-" && fs::equivalent(output, file, absent))
        return makeError<errors::E0300>(output, "cannot replace",
                                        "it is a file of the model");
    }
  return Success();
}

} // namespace sinter
