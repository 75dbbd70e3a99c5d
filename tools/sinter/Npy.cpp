// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Npy.h"
#include "tools/sinter/Report.h"
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <optional>
#include <string_view>

namespace sinter::cli {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

struct Header {
  std::string type;
  bool fortran = false;
  std::vector<int64_t> dims;
};

/// Reads the dict of a header: what Python's repr writes, nothing else.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}

  std::optional<Header> parse() {
    Header header;
    bool type = false, order = false, shape = false;
    if (!take('{'))
      return std::nullopt;
    while (!take('}')) {
      auto key = string();
      if (!key || !take(':'))
        return std::nullopt;
      if (*key == "descr" && !type)
        type = readType(header.type);
      else if (*key == "fortran_order" && !order)
        order = readBool(header.fortran);
      else if (*key == "shape" && !shape)
        shape = readShape(header.dims);
      else
        return std::nullopt;
      if (!take(',') && !at('}'))
        return std::nullopt;
    }
    skip();
    if (!text.empty() || !type || !order || !shape)
      return std::nullopt;
    return header;
  }

private:
  void skip() {
    const size_t end = text.find_first_not_of(" \t\n\r\f");
    text.remove_prefix(std::min(end, text.size()));
  }
  bool at(char c) {
    skip();
    return !text.empty() && text[0] == c;
  }
  bool take(char c) {
    if (!at(c))
      return false;
    text.remove_prefix(1);
    return true;
  }
  bool takeWord(std::string_view word) {
    skip();
    if (!text.starts_with(word))
      return false;
    text.remove_prefix(word.size());
    return true;
  }
  std::optional<std::string> string() {
    skip();
    if (text.empty() || (text[0] != '\'' && text[0] != '"'))
      return std::nullopt;
    const size_t end = text.find(text[0], 1);
    if (end == text.npos)
      return std::nullopt;
    std::string result(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    return result;
  }
  /// A list is a structured type; its text stands for it.
  bool readType(std::string &type) {
    if (auto name = string()) {
      type = *name;
      return true;
    }
    const size_t end = text.find(']');
    if (!at('[') || end == text.npos)
      return false;
    type = "of a structure";
    text.remove_prefix(end + 1);
    return true;
  }
  bool readBool(bool &value) {
    value = takeWord("True");
    return value || takeWord("False");
  }
  bool readShape(std::vector<int64_t> &dims) {
    if (!take('('))
      return false;
    while (!take(')')) {
      skip();
      int64_t dim = 0;
      auto [end, code] =
          std::from_chars(text.data(), text.data() + text.size(), dim);
      if (code != std::errc() || dim < 0)
        return false;
      text.remove_prefix(size_t(end - text.data()));
      dims.push_back(dim);
      takeWord("L");
      if (!take(',') && !at(')'))
        return false;
    }
    return true;
  }

  std::string_view text;
};

/// Copies column-major elements of `width` bytes to row-major order.
void transpose(const std::byte *from, std::byte *to, size_t width,
               const std::vector<int64_t> &dims, int64_t elements) {
  std::vector<int64_t> index(dims.size()), strides(dims.size(), 1);
  for (size_t i = 1; i < dims.size(); ++i)
    strides[i] = strides[i - 1] * dims[i - 1];
  int64_t source = 0;
  for (int64_t n = 0; n < elements; ++n, to += width) {
    std::memcpy(to, from + size_t(source) * width, width);
    for (size_t i = dims.size(); i-- > 0;) {
      source += strides[i];
      if (++index[i] < dims[i])
        break;
      source -= strides[i] * dims[i];
      index[i] = 0;
    }
  }
}

Result<int32_t> elementType(const std::string &path, const std::string &name) {
  int32_t type = 0;
  if (!name.empty() && std::strchr("<>|=", name[0]))
    type = typeOfNumpy(name.substr(1));
  if (!type)
    return errorWithNote<errors::E0513>(
        "for types that NumPy lacks, write an ONNX TensorProto (.pb)", path,
        name);
  if (name[0] == '>' && typeBits(type) > 8)
    return errorWithNote<errors::E0512>(
        "convert it with a.astype(a.dtype.newbyteorder('<'))", path);
  return type;
}

} // namespace

Result<Tensor> parseNpy(const std::string &path,
                        std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char *>(bytes.data()),
                              bytes.size());
  auto bad = [&](const char *why) {
    return makeError<errors::E0510>(path, why);
  };
  if (!text.starts_with(magic) || text.size() < 10)
    return bad("it does not begin like one");
  const int version = text[6];
  if (version < 1 || version > 3)
    return bad("unknown version");
  size_t start = 10, length = 0;
  for (int i = version == 1 ? 1 : 3; i >= 0; --i) {
    if (size_t(8 + i) >= text.size())
      return bad("the header is cut off");
    length = length << 8 | static_cast<unsigned char>(text[8 + i]);
  }
  start = version == 1 ? 10 : 12;
  if (text.size() < start || length > text.size() - start)
    return bad("the header is cut off");
  auto header = HeaderParser(text.substr(start, length)).parse();
  if (!header)
    return bad("the header is malformed");
  auto type = elementType(path, header->type);
  if (!type)
    return type.error();
  const auto needed = byteCount(*type, header->dims);
  if (!needed || header->dims.size() > 64)
    return makeError<errors::E0514>(path, shapeText(header->dims));
  auto data = bytes.subspan(start + length);
  if (data.size() != size_t(*needed))
    return makeError<errors::E0511>(path, data.size(), *needed);
  Tensor tensor{{}, *type, header->dims, {data.begin(), data.end()}};
  if (header->fortran && *needed)
    transpose(data.data(), tensor.data.data(), typeBits(*type) / 8, tensor.dims,
              *elementCount(tensor.dims));
  return tensor;
}

std::string npyHeader(int32_t type, const std::vector<int64_t> &dims) {
  std::string dict = fmt::format(
      "{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
      numpyType(type), fmt::join(dims, ", "), dims.size() == 1 ? "," : "");
  dict.append(63 - (10 + dict.size()) % 64, ' ');
  dict += '\n';
  std::string header(magic);
  header += {1, 0, char(dict.size() & 0xff), char(dict.size() >> 8)};
  return header + dict;
}

} // namespace sinter::cli
