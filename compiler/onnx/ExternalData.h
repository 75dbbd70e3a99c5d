// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files beside a model that hold its tensors (TensorProto.external_data).
#pragma once

#include "compiler/onnx/BlobStore.h"
#include "compiler/onnx/Descriptor.h"
#include "compiler/support/Error.h"
#include "onnx_model.pb.h"
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sinter::onnx {

/// What the entries of external_data say; other keys are ignored.
struct ExternalLocation {
  std::string location;
  uint64_t offset = 0;
  /// None: as long as the tensor needs.
  std::optional<uint64_t> length;
};

/// Reads the entries of `tensor`.
/// Errors: E0120 (no location), E0128 (bad number), E0129 (a key twice).
Result<ExternalLocation> externalLocation(const ::onnx::TensorProto &tensor);

/// How a location is walked: by openat2, or one component at a time where the
/// kernel or a sandbox does not have it. Both refuse the same.
enum class PathWalk : uint8_t { automatic, components };

/// The regular files below one directory, each opened and mapped once. A model
/// is not trusted to name any other: refused are absolute locations (E0121),
/// '..' (E0122), symbolic links in any component (E0123), files with more than
/// one hard link (E0124), what is no regular file (E0125), other failures to
/// open (E0127), leaving the directory otherwise (E0130), a zero byte in the
/// location (E0131). The directory itself may be reached over links: the user
/// named it. Not safe for use from several threads at once.
class ExternalFiles {
public:
  /// Opens the directory. Error: E0100.
  static Result<ExternalFiles> inDirectory(const std::string &directory,
                                           PathWalk walk = PathWalk::automatic);

  /// The file at `location`, with '/' between components; "." and empty
  /// components are ignored.
  Result<std::shared_ptr<const MappedFile>> open(const std::string &location);

private:
  ExternalFiles(Descriptor directory, PathWalk walk)
      : directory(std::move(directory)), walk(walk) {}

  Descriptor directory;
  PathWalk walk;
  std::map<std::string, std::shared_ptr<const MappedFile>> files;
};

/// Puts the range that `where` names into `blobs`, without a copy; `needed` is
/// its length if `where` has none. Errors: those of ExternalFiles, and E0126
/// (the range reaches past the file's end).
Result<BlobKey> addExternalBlob(const ExternalLocation &where, uint64_t needed,
                                ExternalFiles &files, BlobStore &blobs);

} // namespace sinter::onnx
