// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "File.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <elf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "Array.h"
#include "Status.h"

using namespace sinter::runtime;

namespace {

#if defined(__x86_64__)
constexpr uint16_t Machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t Machine = EM_AARCH64;
#endif

bool readAt(int file, void *to, size_t length, uint64_t offset) {
  auto *bytes = static_cast<char *>(to);
  while (length != 0) {
    ssize_t got = pread(file, bytes, length, off_t(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    bytes += got;
    offset += uint64_t(got);
    length -= size_t(got);
  }
  return true;
}

bool isObjectOfThisMachine(const Elf64_Ehdr &head) {
  return std::memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 &&
         head.e_ident[EI_CLASS] == ELFCLASS64 && head.e_type == ET_DYN &&
         head.e_machine == Machine;
}

bool isConsistent(const sinter_trailer &trailer, uint64_t length) {
  uint64_t end = length - sizeof(trailer);
  return trailer.weights_offset <= end &&
         trailer.weights_offset % SINTER_ALIGNMENT == 0 &&
         trailer.weights_length <= end - trailer.weights_offset;
}

sinter_status measure(int file, const char *path, uint64_t &length,
                      sinter_error *error) {
  struct stat info;
  if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode))
    return fail(error, SINTER_STATUS_IO, "%s: not a regular file", path);
  length = uint64_t(info.st_size);
  return SINTER_STATUS_OK;
}

} // namespace

uint64_t sinter::runtime::checksum(std::span<const char> bytes,
                                   uint64_t state) {
  for (char byte : bytes)
    state = (state ^ uint8_t(byte)) * 0x100000001b3;
  return state;
}

Mapping::~Mapping() {
  if (base)
    munmap(base, mapped);
}

bool Mapping::map(int file, uint64_t offset, uint64_t length) {
  if (length == 0)
    return true;
  uint64_t lead = offset % uint64_t(sysconf(_SC_PAGESIZE));
  void *at = mmap(nullptr, length + lead, PROT_READ, MAP_PRIVATE, file,
                  off_t(offset - lead));
  if (at == MAP_FAILED)
    return false;
  base = at;
  mapped = length + lead;
  bytes = static_cast<const char *>(at) + lead;
  return true;
}

sinter_status sinter::runtime::checkFile(int file, const char *path,
                                         sinter_trailer &trailer,
                                         sinter_error *error) {
  auto bad = [&](const char *what) {
    return fail(error, SINTER_STATUS_BAD_MODEL, "%s: %s", path, what);
  };
  uint64_t length = 0;
  Elf64_Ehdr head;
  if (sinter_status status = measure(file, path, length, error))
    return status;
  if (length < sizeof(head) + sizeof(trailer))
    return bad("too short for a compiled model");
  if (!readAt(file, &head, sizeof(head), 0) ||
      !readAt(file, &trailer, sizeof(trailer), length - sizeof(trailer)))
    return fail(error, SINTER_STATUS_IO, "%s: cannot be read", path);
  if (!isObjectOfThisMachine(head))
    return bad("not a shared object of this machine");
  if (trailer.magic != SINTER_TRAILER_MAGIC)
    return bad("not a compiled model, or a truncated one");
  if (trailer.file_length != length || !isConsistent(trailer, length))
    return bad("truncated or damaged (its length is wrong)");
  Array<char> chunk(size_t(1) << 18);
  uint64_t state = ChecksumStart;
  for (uint64_t at = 0; at < trailer.weights_offset;) {
    size_t step = std::min<uint64_t>(chunk.size(), trailer.weights_offset - at);
    if (!readAt(file, chunk.data(), step, at))
      return fail(error, SINTER_STATUS_IO, "%s: cannot be read", path);
    state = checksum({chunk.data(), step}, state);
    at += step;
  }
  if (state != trailer.checksum)
    return bad("damaged (its checksum is wrong)");
  return SINTER_STATUS_OK;
}

sinter_status sinter::runtime::checkWeights(int file, const char *path,
                                            const sinter_trailer &model,
                                            uint64_t length,
                                            sinter_error *error) {
  auto bad = [&](const char *what) {
    return fail(error, SINTER_STATUS_BAD_MODEL, "%s: %s", path, what);
  };
  uint64_t size = 0;
  if (sinter_status status = measure(file, path, size, error))
    return status;
  sinter_trailer trailer;
  if (size < sizeof(trailer))
    return bad("too short for a model's weights");
  if (!readAt(file, &trailer, sizeof(trailer), size - sizeof(trailer)))
    return fail(error, SINTER_STATUS_IO, "%s: cannot be read", path);
  if (trailer.magic != SINTER_WEIGHTS_MAGIC)
    return bad("not a model's weights, or truncated ones");
  if (trailer.file_length != size || trailer.weights_offset != 0 ||
      trailer.checksum != ChecksumStart ||
      trailer.weights_length != size - sizeof(trailer))
    return bad("truncated or damaged (its length is wrong)");
  if (trailer.weights_checksum != model.weights_checksum ||
      trailer.weights_length != length)
    return bad("the weights of another model, or of another compilation");
  return SINTER_STATUS_OK;
}
