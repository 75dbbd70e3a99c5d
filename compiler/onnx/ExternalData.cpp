// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ExternalData.h"
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <linux/openat2.h>
#include <set>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <vector>

namespace sinter::onnx {

static Status parseCount(const std::string &key, const std::string &text,
                         uint64_t &value) {
  const char *end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || stop != end)
    return makeError<errors::E0128>(text, key);
  return Success{};
}

Result<ExternalLocation> externalLocation(const ::onnx::TensorProto &tensor) {
  ExternalLocation where;
  std::set<std::string_view> seen;
  for (const auto &entry : tensor.external_data()) {
    if (!seen.insert(entry.key()).second)
      return makeError<errors::E0129>(entry.key());
    Status parsed = Success{};
    if (entry.key() == "location") {
      where.location = entry.value();
    } else if (entry.key() == "offset") {
      parsed = parseCount(entry.key(), entry.value(), where.offset);
    } else if (entry.key() == "length") {
      parsed = parseCount(entry.key(), entry.value(), where.length.emplace());
    }
    if (!parsed)
      return std::move(parsed).error();
  }
  if (where.location.empty())
    return makeError<errors::E0120>();
  return where;
}

/// The components of `location`, or why it may not be opened.
static Result<std::vector<std::string>>
componentsOf(const std::string &location) {
  if (location.empty())
    return makeError<errors::E0120>();
  if (location.find('\0') != std::string::npos)
    return makeError<errors::E0131>();
  if (location.front() == '/')
    return makeError<errors::E0121>(location);
  std::vector<std::string> components;
  for (size_t start = 0; start <= location.size();) {
    const size_t end = std::min(location.find('/', start), location.size());
    std::string component = location.substr(start, end - start);
    if (component == "..")
      return makeError<errors::E0122>(location);
    if (!component.empty() && component != ".")
      components.push_back(std::move(component));
    start = end + 1;
  }
  if (components.empty())
    return makeError<errors::E0125>(location);
  return components;
}

// O_NONBLOCK: a FIFO must not block.
static constexpr int fileFlags =
    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;

/// Opens with openat2. Returns -1 and sets errno on failure.
static int openByKernel(int directory,
                        const std::vector<std::string> &components) {
  std::string path;
  for (const std::string &component : components)
    path += (path.empty() ? "" : "/") + component;
  open_how how = {};
  how.flags = fileFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return static_cast<int>(
      ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof(how)));
}

/// Opens component by component; fails like openByKernel.
static int openByComponents(int directory,
                            const std::vector<std::string> &components) {
  Descriptor parent;
  int current = directory;
  for (size_t i = 0; i + 1 < components.size(); ++i) {
    Descriptor next(::openat(current, components[i].c_str(),
                             O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat info;
    if (!next || ::fstat(next.get(), &info) != 0)
      return -1;
    if (!S_ISDIR(info.st_mode)) {
      errno = S_ISLNK(info.st_mode) ? ELOOP : ENOTDIR;
      return -1;
    }
    parent = std::move(next);
    current = parent.get();
  }
  return ::openat(current, components.back().c_str(), fileFlags);
}

static Error openError(const std::string &location, int code) {
  switch (code) {
  case ELOOP:
    return makeError<errors::E0123>(location);
  case EXDEV:
    return makeError<errors::E0130>(location);
  case ENXIO: // A socket.
    return makeError<errors::E0125>(location);
  default:
    return makeError<errors::E0127>(location,
                                    std::generic_category().message(code));
  }
}

Result<ExternalFiles> ExternalFiles::inDirectory(const std::string &directory,
                                                 PathWalk walk) {
  Descriptor opened(
      ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened)
    return makeError<errors::E0100>(directory,
                                    std::generic_category().message(errno));
  return ExternalFiles(std::move(opened), walk);
}

Result<std::shared_ptr<const MappedFile>>
ExternalFiles::open(const std::string &location) {
  if (auto known = files.find(location); known != files.end())
    return known->second;
  auto components = componentsOf(location);
  if (!components)
    return std::move(components).error();
  int descriptor = -1;
  if (walk == PathWalk::automatic) {
    // EAGAIN: something was renamed meanwhile, so that it cannot be sure.
    descriptor = openByKernel(directory.get(), *components);
    if (descriptor < 0 &&
        (errno == ENOSYS || errno == EPERM || errno == EAGAIN))
      walk = PathWalk::components;
  }
  if (walk == PathWalk::components)
    descriptor = openByComponents(directory.get(), *components);
  const int code = errno;
  const Descriptor file(descriptor);
  if (!file)
    return openError(location, code);
  struct stat info;
  if (::fstat(file.get(), &info) != 0)
    return openError(location, errno);
  if (!S_ISREG(info.st_mode))
    return makeError<errors::E0125>(location);
  if (info.st_nlink > 1)
    return makeError<errors::E0124>(location, info.st_nlink);
  auto mapped = MappedFile::fromDescriptor(file.get(), location);
  if (mapped)
    files.emplace(location, *mapped);
  return mapped;
}

Result<BlobKey> addExternalBlob(const ExternalLocation &where, uint64_t needed,
                                ExternalFiles &files, BlobStore &blobs) {
  auto file = files.open(where.location);
  if (!file)
    return std::move(file).error();
  const uint64_t length = where.length.value_or(needed);
  const uint64_t size = (*file)->bytes().size();
  if (where.offset > size || length > size - where.offset)
    return makeError<errors::E0126>(where.location, where.offset, length, size);
  return blobs.addMapped(*file, where.offset, length);
}

} // namespace sinter::onnx
