// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/TensorFile.h"
#include "tools/sinter/Files.h"
#include "tools/sinter/Npy.h"
#include "tools/sinter/Npz.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/TensorProto.h"

namespace sinter::cli {
namespace {

Result<Tensor> choose(const std::string &path, std::vector<Tensor> tensors,
                      const std::string &name) {
  std::string names;
  for (Tensor &tensor : tensors) {
    if (tensor.name == name || tensors.size() == 1)
      return std::move(tensor);
    names += (names.empty() ? "" : ", ") + tensor.name;
  }
  return errorWithNote<errors::E0523>(names.empty() ? std::string()
                                                    : "it holds " + names,
                                      path, tensors.size(), name);
}

} // namespace

Result<Tensor> readTensor(const std::string &path, const std::string &name) {
  const std::string suffix = suffixOf(path);
  if (suffix != ".npy" && suffix != ".npz" && suffix != ".pb")
    return errorWithNote<errors::E0508>("supported are .npy, .npz, .pb "
                                        "(TensorProto) and, for inputs, .raw",
                                        path);
  auto bytes = readFile(path);
  if (!bytes)
    return bytes.error();
  if (suffix == ".npy")
    return parseNpy(path, *bytes);
  if (suffix == ".pb")
    return parseTensorProto(path, *bytes);
  auto tensors = parseNpz(path, *bytes);
  if (!tensors)
    return tensors.error();
  return choose(path, std::move(*tensors), name);
}

Result<std::string> writeTensor(const std::string &stem,
                                const std::string &name, int32_t type,
                                const std::vector<int64_t> &dims,
                                std::span<const std::byte> data) {
  const bool npy = numpyType(type);
  std::string path = stem + (npy ? ".npy" : ".pb");
  const std::string header =
      npy ? npyHeader(type, dims)
          : tensorProtoHeader(name, type, dims, data.size());
  auto written = writeFile(path, {std::as_bytes(std::span(header)), data});
  if (!written)
    return written.error();
  return path;
}

} // namespace sinter::cli
