// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/OutputFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sinter {

Error OutputFile::failed(const char *what) const {
  return makeError<errors::E0300>(path, what, std::strerror(errno));
}

Result<OutputFile> OutputFile::create(const std::string &path) {
  // A device or a pipe would be gone.
  struct stat existing;
  if (stat(path.c_str(), &existing) == 0 && !S_ISREG(existing.st_mode))
    return makeError<errors::E0300>(path, "cannot replace",
                                    "it is no regular file");
  std::string temporary = path + ".XXXXXX";
  int descriptor = mkostemp(temporary.data(), O_CLOEXEC);
  if (descriptor < 0)
    return makeError<errors::E0300>(path, "cannot create",
                                    std::strerror(errno));
  return OutputFile(path, temporary, descriptor);
}

OutputFile::OutputFile(OutputFile &&other) noexcept
    : path(std::move(other.path)), temporary(std::move(other.temporary)),
      descriptor(std::exchange(other.descriptor, -1)) {}

OutputFile::~OutputFile() {
  if (descriptor < 0)
    return;
  close(descriptor);
  unlink(temporary.c_str());
  unlink(scratchPath().c_str());
}

Status OutputFile::write(llvm::ArrayRef<char> bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return failed("cannot write");
    bytes = bytes.drop_front(written);
  }
  return Success();
}

Status OutputFile::commit() {
  // The mode that a new file would have.
  mode_t mask = umask(0);
  umask(mask);
  if (fchmod(descriptor, 0777 & ~mask) != 0)
    return failed("cannot set the mode of");
  unlink(scratchPath().c_str());
  if (rename(temporary.c_str(), path.c_str()) != 0)
    return failed("cannot rename to");
  close(std::exchange(descriptor, -1));
  return Success();
}

} // namespace sinter
