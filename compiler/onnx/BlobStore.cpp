// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/BlobStore.h"
#include "compiler/onnx/Descriptor.h"
#include <cassert>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>

namespace sinter::onnx {

using FileResult = Result<std::shared_ptr<const MappedFile>>;

static Error cannotRead(const std::string &name, int code) {
  return makeError<errors::E0100>(name, std::generic_category().message(code));
}

FileResult MappedFile::open(const std::string &path) {
  // Without O_NONBLOCK a FIFO would block here.
  Descriptor file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file)
    return cannotRead(path, errno);
  return fromDescriptor(file.get(), path);
}

FileResult MappedFile::fromDescriptor(int descriptor, const std::string &name) {
  struct stat info;
  if (::fstat(descriptor, &info) != 0)
    return cannotRead(name, errno);
  if (!S_ISREG(info.st_mode))
    return makeError<errors::E0101>(name);
  const auto size = static_cast<size_t>(info.st_size);
  void *data = nullptr;
  if (size != 0) {
    data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (data == MAP_FAILED)
      return cannotRead(name, errno);
  }
  return std::shared_ptr<const MappedFile>(
      new MappedFile(static_cast<const std::byte *>(data), size));
}

MappedFile::~MappedFile() {
  if (data)
    ::munmap(const_cast<std::byte *>(data), size);
}

BlobKey BlobStore::addMapped(std::shared_ptr<const MappedFile> file,
                             uint64_t offset, uint64_t length) {
  assert(offset <= file->bytes().size() &&
         length <= file->bytes().size() - offset && "range outside the file");
  const Range range(file.get(), offset, length);
  auto [place, isNew] = ranges.try_emplace(range, BlobKey{blobs.size()});
  if (isNew) {
    auto bytes = file->bytes().subspan(offset, length);
    blobs.push_back({std::move(file), {}, bytes});
  }
  return place->second;
}

BlobKey BlobStore::addView(std::span<const std::byte> bytes) {
  blobs.push_back({nullptr, {}, bytes});
  return BlobKey{blobs.size() - 1};
}

BlobKey BlobStore::addOwned(std::vector<std::byte> bytes) {
  // Moving the vector keeps its buffer, so the view stays good.
  const std::string_view view(reinterpret_cast<const char *>(bytes.data()),
                              bytes.size());
  auto [place, isNew] = contents.try_emplace(view, BlobKey{blobs.size()});
  if (isNew) {
    const std::span<const std::byte> span = bytes;
    blobs.push_back({nullptr, std::move(bytes), span});
  }
  return place->second;
}

std::span<const std::byte> BlobStore::bytes(BlobKey key) const {
  return contains(key) ? blobs[static_cast<uint64_t>(key)].bytes
                       : std::span<const std::byte>();
}

} // namespace sinter::onnx
