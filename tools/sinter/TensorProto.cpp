// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/TensorProto.h"
#include "compiler/onnx/LoadModel.h"
#include "tools/sinter/Report.h"
#include <climits>

namespace sinter::cli {

Result<Tensor> parseTensorProto(const std::string &path,
                                std::span<const std::byte> bytes) {
  ::onnx::TensorProto proto;
  if (bytes.size() > INT_MAX)
    return makeError<errors::E0531>(path, "more than 2 GB");
  if (!proto.ParseFromArray(bytes.data(), int(bytes.size())) ||
      (proto.data_type() == 0 && proto.dims_size() == 0))
    return errorWithNote<errors::E0530>(
        "sequences, optionals and maps cannot be read yet", path);
  if (proto.data_location() == ::onnx::TensorProto::EXTERNAL ||
      proto.external_data_size())
    return makeError<errors::E0531>(path, "external data");
  if (proto.data_type() == ::onnx::TensorProto::STRING)
    return makeError<errors::E0531>(path, "a tensor of strings");
  if (onnx::elementBits(proto.data_type()) && !typeBits(proto.data_type()))
    return makeError<errors::E0531>(path, "a tensor of " +
                                              typeName(proto.data_type()));
  // Only external data would be looked for in the directory.
  auto files = onnx::ExternalFiles::inDirectory(".");
  if (!files)
    return files.error();
  onnx::LoadedModel model{{}, {}, {}, std::move(*files)};
  auto contents = onnx::tensorContents(proto, model);
  if (!contents) {
    Error error = contents.error();
    error.message = "'" + path + "': " + error.message;
    return error;
  }
  return Tensor{proto.name(),
                contents->type,
                contents->dims,
                {contents->bytes.begin(), contents->bytes.end()}};
}

std::string tensorProtoHeader(const std::string &name, int32_t type,
                              const std::vector<int64_t> &dims,
                              uint64_t dataBytes) {
  ::onnx::TensorProto proto;
  proto.set_name(name);
  proto.set_data_type(type);
  for (int64_t dim : dims)
    proto.add_dims(dim);
  std::string header = proto.SerializeAsString();
  header += char(::onnx::TensorProto::kRawDataFieldNumber << 3 | 2);
  for (; dataBytes >= 0x80; dataBytes >>= 7)
    header += char((dataBytes & 0x7f) | 0x80);
  return header + char(dataBytes);
}

} // namespace sinter::cli
