// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Files.h"
#include "tools/sinter/Report.h"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace sinter::cli {
namespace {

namespace fs = std::filesystem;

class File {
public:
  explicit File(int descriptor) : descriptor(descriptor) {}
  File(const File &) = delete;
  ~File() {
    if (descriptor >= 0)
      close(descriptor);
  }
  int get() const { return descriptor; }
  /// Closing tells of errors that writing did not.
  bool finish() { return close(std::exchange(descriptor, -1)) == 0; }

private:
  int descriptor;
};

std::string reason() { return std::strerror(errno); }

bool writeAll(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        write(file, bytes.data(), std::min<size_t>(bytes.size(), 1u << 30));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes = bytes.subspan(size_t(written));
  }
  return true;
}

/// mkstemp gives 0600; what the tool writes has the permissions of any file.
mode_t usualMode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

} // namespace

Result<std::vector<std::byte>> readFile(const std::string &path) {
  File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info;
  if (file.get() < 0 || fstat(file.get(), &info) != 0)
    return makeError<errors::E0506>(path, reason());
  if (!S_ISREG(info.st_mode))
    return makeError<errors::E0506>(path, "not a regular file");
  std::vector<std::byte> bytes(size_t(info.st_size));
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        read(file.get(), bytes.data() + done,
             std::min<size_t>(bytes.size() - done, size_t(1) << 30));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return makeError<errors::E0506>(path, reason());
    if (got == 0)
      break;
    done += size_t(got);
  }
  bytes.resize(done);
  return bytes;
}

Status writeFile(const std::string &path,
                 std::initializer_list<std::span<const std::byte>> parts) {
  std::error_code code;
  const bool special = fs::exists(path, code) && !fs::is_regular_file(path);
  std::string name = special ? path : path + ".XXXXXX";
  File file(special ? open(path.c_str(), O_WRONLY | O_CLOEXEC)
                    : mkostemp(name.data(), O_CLOEXEC));
  if (file.get() < 0)
    return makeError<errors::E0507>(path, reason());
  bool good = special || fchmod(file.get(), usualMode()) == 0;
  for (auto part : parts)
    good = good && writeAll(file.get(), part);
  good = good && file.finish();
  if (!special)
    good = good && rename(name.c_str(), path.c_str()) == 0;
  if (good)
    return Success{};
  Error error = makeError<errors::E0507>(path, reason());
  if (!special)
    unlink(name.c_str());
  return error;
}

Status writeText(const std::string &path, const std::string &text) {
  return writeFile(path, {std::as_bytes(std::span(text))});
}

Status makeDirectory(const std::string &path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code || !fs::is_directory(path, code))
    return makeError<errors::E0507>(
        path, code ? code.message() : std::string("not a directory"));
  return Success{};
}

bool exists(const std::string &path) {
  std::error_code code;
  return fs::exists(path, code);
}

std::string suffixOf(const std::string &path) {
  std::string suffix = fs::path(path).extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return suffix;
}

Result<TemporaryFile> TemporaryFile::make(const std::string &suffix) {
  std::error_code code;
  fs::path folder = fs::temp_directory_path(code);
  std::string name =
      ((code ? fs::path("/tmp") : folder) / "sinter-XXXXXX").string() + suffix;
  File file(mkostemps(name.data(), int(suffix.size()), O_CLOEXEC));
  if (file.get() < 0)
    return makeError<errors::E0507>(name, reason());
  return TemporaryFile(name);
}

TemporaryFile::~TemporaryFile() {
  if (!name.empty())
    unlink(name.c_str());
}

} // namespace sinter::cli
