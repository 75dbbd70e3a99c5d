// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/LoadModel.h"
#include "compiler/onnx/WireSplit.h"
#include <filesystem>
#include <google/protobuf/io/coded_stream.h>
#include <new>

namespace sinter::onnx {

static Status parseProto(const std::string &stream, const std::string &path,
                         ::onnx::ModelProto &proto) {
  google::protobuf::io::CodedInputStream input(
      reinterpret_cast<const uint8_t *>(stream.data()),
      static_cast<int>(stream.size()));
  // Below the deepest tensor are its own messages; types nest by themselves.
  input.SetRecursionLimit(static_cast<int>(maxMessageDepth) + 4);
  if (!proto.ParseFromCodedStream(&input) || !input.ConsumedEntireMessage())
    return makeError<errors::E0108>(path);
  if (!proto.has_graph())
    return makeError<errors::E0109>(path);
  return Success{};
}

static Result<LoadedModel> load(const std::string &path) {
  auto file = MappedFile::open(path);
  if (!file)
    return std::move(file).error();
  auto split = splitModel((*file)->bytes(), path);
  if (!split)
    return std::move(split).error();
  std::string directory = std::filesystem::path(path).parent_path().string();
  auto external =
      ExternalFiles::inDirectory(directory.empty() ? "." : directory);
  if (!external)
    return std::move(external).error();
  LoadedModel model{{}, {}, {}, *std::move(external)};
  if (Status parsed = parseProto(split->stream, path, model.proto); !parsed)
    return std::move(parsed).error();
  model.cuts.reserve(split->cuts.size());
  for (const Cut &cut : split->cuts)
    model.cuts.push_back(model.blobs.addMapped(*file, cut.offset, cut.length));
  return model;
}

Result<LoadedModel> loadModel(const std::string &path) {
  try {
    return load(path);
  } catch (const std::bad_alloc &) {
    return makeError<errors::E0111>(path);
  }
}

} // namespace sinter::onnx
