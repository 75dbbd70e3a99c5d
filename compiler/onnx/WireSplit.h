// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cuts the large payloads out of the bytes of a serialized ModelProto, so that
// protobuf neither reads nor copies them.
#pragma once

#include "compiler/support/Error.h"
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sinter::onnx {

/// The key of the external_data entry that stands in for a cut raw_data. Its
/// value is the index of the cut, in decimal.
inline constexpr std::string_view blobMarkerKey = "sinter.blob";

/// raw_data of at most this many bytes stays in the stream.
inline constexpr uint64_t maxInlineBytes = 64;

/// Messages that can hold a tensor may nest this deep, the model being 1.
inline constexpr size_t maxMessageDepth = 200;

/// A raw_data that was cut out: a range of the input.
struct Cut {
  uint64_t offset = 0;
  uint64_t length = 0;
};

struct SplitModel {
  /// A serialized ModelProto without the cut bytes; at most 2^31 - 1 bytes.
  std::string stream;
  /// In the order of the input.
  std::vector<Cut> cuts;
};

/// Cuts every TensorProto.raw_data longer than maxInlineBytes, wherever it is
/// nested, out of `bytes`; all other fields, unknown ones too, are copied as
/// they are. A message that shrank keeps the width of its length, which may so
/// be an overlong varint (readers accept it). Memory: the stream and the cuts.
/// `name` is for messages.
/// Errors: E0102-E0107, E0110, E0112. Bytes are not checked inside messages
/// that cannot hold a tensor: protobuf does that.
Result<SplitModel> splitModel(std::span<const std::byte> bytes,
                              std::string_view name);

} // namespace sinter::onnx
