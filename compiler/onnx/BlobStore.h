// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants beside the IR: bytes by key, in mapped files or owned.
#pragma once

#include "compiler/support/Error.h"
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace sinter::onnx {

/// A regular file mapped read-only and privately, whole. The bytes have no
/// alignment beyond that of their offset. Whoever shrinks the file while it is
/// mapped makes reads of the lost pages fault: this cannot be guarded against.
class MappedFile {
public:
  /// Opens `path` (symbolic links are followed) and maps it.
  /// Errors: E0100 (cannot open or map), E0101 (not a regular file).
  static Result<std::shared_ptr<const MappedFile>>
  open(const std::string &path);

  /// Maps the regular file behind `descriptor`, which stays the caller's.
  /// `name` is for messages. Errors: E0100, E0101.
  static Result<std::shared_ptr<const MappedFile>>
  fromDescriptor(int descriptor, const std::string &name);

  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data, size}; }

private:
  MappedFile(const std::byte *data, size_t size) : data(data), size(size) {}

  const std::byte *data;
  size_t size;
};

/// Names a blob of one store. Keys count from 0 in the order of adding.
enum class BlobKey : uint64_t {};

/// Read-only byte strings by key. A blob lives as long as the store, and its
/// address does not change, also when the store is moved. Equal ranges of one
/// mapping, and owned blobs of equal content, have one key. Reading from many
/// threads is safe, adding is not.
class BlobStore {
public:
  BlobStore() = default;
  BlobStore(BlobStore &&) = default;
  BlobStore &operator=(BlobStore &&) = default;

  /// Adds `length` bytes from `offset` of `file` without a copy; the store
  /// shares the mapping. The range must lie in the file.
  BlobKey addMapped(std::shared_ptr<const MappedFile> file, uint64_t offset,
                    uint64_t length);

  /// Adds bytes that somebody else keeps unchanged for as long as the store
  /// lives. Each call gives a new key.
  BlobKey addView(std::span<const std::byte> bytes);

  /// Adds bytes that the store then owns; they are aligned to 16.
  BlobKey addOwned(std::vector<std::byte> bytes);

  bool contains(BlobKey key) const {
    return static_cast<uint64_t>(key) < blobs.size();
  }

  /// The bytes of a blob of this store; empty for a key that is not.
  std::span<const std::byte> bytes(BlobKey key) const;

  uint64_t size() const { return blobs.size(); }

private:
  struct Blob {
    std::shared_ptr<const MappedFile> file;
    std::vector<std::byte> owned;
    std::span<const std::byte> bytes;
  };
  using Range = std::tuple<const MappedFile *, uint64_t, uint64_t>;

  std::deque<Blob> blobs;
  std::map<Range, BlobKey> ranges;
  std::map<std::string_view, BlobKey> contents;
};

} // namespace sinter::onnx
