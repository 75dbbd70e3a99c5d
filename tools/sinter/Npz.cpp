// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Npz.h"
#include "tools/sinter/Npy.h"
#include "tools/sinter/Report.h"
#include <fmt/format.h>
#include <optional>
#include <set>
#include <zlib.h>

namespace sinter::cli {
namespace {

constexpr size_t localSize = 30, entrySize = 46, endSize = 22;
constexpr uint32_t localMagic = 0x04034b50, entryMagic = 0x02014b50,
                   endMagic = 0x06054b50;
/// Deflate cannot do better: 258 bytes for two bits.
constexpr uint64_t maxRatio = 1032;

/// Little-endian numbers; reading past the end gives none.
class Reader {
public:
  explicit Reader(std::span<const std::byte> bytes) : bytes(bytes) {}
  uint32_t number(size_t at, unsigned width) const {
    uint32_t value = 0;
    for (unsigned i = width; i-- > 0;)
      value = value << 8 | std::to_integer<uint32_t>(bytes[at + i]);
    return value;
  }
  bool has(size_t at, size_t length) const {
    return at <= bytes.size() && length <= bytes.size() - at;
  }
  std::string text(size_t at, size_t length) const {
    return {reinterpret_cast<const char *>(bytes.data()) + at, length};
  }
  std::span<const std::byte> part(size_t at, size_t length) const {
    return bytes.subspan(at, length);
  }
  size_t size() const { return bytes.size(); }

private:
  std::span<const std::byte> bytes;
};

struct Entry {
  std::string name;
  uint32_t flags = 0, method = 0, crc = 0, packed = 0, size = 0, offset = 0;
};

/// The end record: the last one, a comment may follow it.
std::optional<size_t> findEnd(const Reader &zip) {
  if (zip.size() < endSize)
    return std::nullopt;
  const size_t last = zip.size() - endSize;
  for (size_t back = 0; back <= last && back <= 0xffff; ++back)
    if (zip.number(last - back, 4) == endMagic)
      return last - back;
  return std::nullopt;
}

Result<std::vector<Entry>> readDirectory(const std::string &path,
                                         const Reader &zip) {
  auto bad = [&](const char *why) {
    return makeError<errors::E0520>(path, why);
  };
  const auto end = findEnd(zip);
  if (!end)
    return bad("it has no directory, so it is no zip file or is cut off");
  const uint32_t count = zip.number(*end + 10, 2);
  size_t at = zip.number(*end + 16, 4);
  if (count == 0xffff || at == 0xffffffff)
    return bad("zip64 archives are not supported");
  std::vector<Entry> entries;
  for (uint32_t i = 0; i < count; ++i) {
    if (!zip.has(at, entrySize) || zip.number(at, 4) != entryMagic)
      return bad("its directory is damaged");
    const uint32_t nameLength = zip.number(at + 28, 2);
    const size_t length = entrySize + nameLength + zip.number(at + 30, 2) +
                          zip.number(at + 32, 2);
    if (!zip.has(at, length))
      return bad("its directory is damaged");
    entries.push_back({zip.text(at + entrySize, nameLength),
                       zip.number(at + 8, 2), zip.number(at + 10, 2),
                       zip.number(at + 16, 4), zip.number(at + 20, 4),
                       zip.number(at + 24, 4), zip.number(at + 42, 4)});
    at += length;
  }
  return entries;
}

bool inflateAll(std::span<const std::byte> packed, std::vector<std::byte> &to) {
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return false;
  stream.next_in = reinterpret_cast<Bytef *>(
      const_cast<std::byte *>(packed.data())); // zlib only reads it
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef *>(to.data());
  stream.avail_out = static_cast<uInt>(to.size());
  const int code = inflate(&stream, Z_FINISH);
  const bool good = code == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  return good;
}

Result<std::vector<std::byte>> unpack(const std::string &path,
                                      const Reader &zip, const Entry &entry) {
  auto damaged = [&](const char *why) {
    return makeError<errors::E0521>(path, entry.name, why);
  };
  if (entry.flags & 1)
    return makeError<errors::E0522>(path, entry.name, "is encrypted");
  if (entry.method != 0 && entry.method != 8)
    return errorWithNote<errors::E0522>(
        "np.savez and np.savez_compressed write what is supported", path,
        entry.name, fmt::format("has compression method {}", entry.method));
  if (entry.packed == 0xffffffff || entry.size == 0xffffffff)
    return makeError<errors::E0522>(path, entry.name, "is of 4 GB or more");
  if (!zip.has(entry.offset, localSize) ||
      zip.number(entry.offset, 4) != localMagic)
    return damaged("its header is not there");
  const size_t start = size_t(entry.offset) + localSize +
                       zip.number(entry.offset + 26, 2) +
                       zip.number(entry.offset + 28, 2);
  if (!zip.has(start, entry.packed))
    return damaged("it reaches past the end of the file");
  const auto packed = zip.part(start, entry.packed);
  if (entry.method == 0 ? entry.size != entry.packed
                        : entry.size > (uint64_t(entry.packed) + 1) * maxRatio)
    return damaged("its sizes contradict each other");
  std::vector<std::byte> bytes(entry.size);
  if (entry.method == 0)
    bytes.assign(packed.begin(), packed.end());
  else if (!inflateAll(packed, bytes))
    return damaged("its compressed data are malformed");
  const auto sum =
      crc32_z(0, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size());
  if (!bytes.empty() && sum != entry.crc)
    return damaged("its checksum is wrong");
  return bytes;
}

} // namespace

Result<std::vector<Tensor>> parseNpz(const std::string &path,
                                     std::span<const std::byte> bytes) {
  const Reader zip(bytes);
  auto entries = readDirectory(path, zip);
  if (!entries)
    return entries.error();
  std::vector<Tensor> tensors;
  std::set<std::string> names;
  std::set<uint32_t> offsets;
  uint64_t packed = 0;
  for (const Entry &entry : *entries) {
    // Members that share bytes are how a small file becomes a huge one.
    packed += entry.packed;
    if (packed > zip.size() || !names.insert(entry.name).second ||
        !offsets.insert(entry.offset).second)
      return makeError<errors::E0520>(path, "its members overlap");
    auto data = unpack(path, zip, entry);
    if (!data)
      return data.error();
    auto tensor = parseNpy(path + ":" + entry.name, *data);
    if (!tensor)
      return tensor.error();
    tensor->name = entry.name.ends_with(".npy")
                       ? entry.name.substr(0, entry.name.size() - 4)
                       : entry.name;
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

} // namespace sinter::cli
