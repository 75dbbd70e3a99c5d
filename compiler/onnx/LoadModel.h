// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loads an ONNX model without copying its weights.
#pragma once

#include "compiler/onnx/BlobStore.h"
#include "compiler/onnx/ExternalData.h"
#include "compiler/support/Error.h"
#include "onnx_model.pb.h"
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sinter::onnx {

/// A model whose large raw_data are not in `proto` but in `blobs`: the
/// external_data entry blobMarkerKey of a tensor has an index into `cuts`.
/// Read tensors through tensorContents, also those of copies of the protos.
struct LoadedModel {
  ::onnx::ModelProto proto;
  BlobStore blobs;
  std::vector<BlobKey> cuts;
  ExternalFiles external;
};

/// Loads the model file `path`, which is mapped for as long as the result's
/// blobs live. External data is resolved only by tensorContents. Messages nest
/// at most maxMessageDepth deep, types included: walking them recursively is
/// safe. Nothing else about the model is checked.
/// Errors: E0100-E0112.
Result<LoadedModel> loadModel(const std::string &path);

/// What a TensorProto holds.
struct TensorContents {
  ::onnx::TensorProto_DataType type = ::onnx::TensorProto_DataType_UNDEFINED;
  /// Not negative; their product fits int64_t.
  std::vector<int64_t> dims;
  int64_t elements = 0;
  /// Row-major, little-endian, elements under 8 bits packed from the least
  /// significant bit on, the last byte padded; no alignment. Size: that of
  /// `elements` times elementBits(type), rounded up to bytes. No blob (empty
  /// bytes) for strings.
  BlobKey blob = {};
  std::span<const std::byte> bytes;
  /// The elements of a tensor of strings; they live as long as the tensor.
  std::vector<std::string_view> strings;
};

/// Bits of an element; 0 for strings and for what is no element type.
unsigned elementBits(int32_t type);

/// Reads `tensor`, which comes from `model`: from raw_data, the typed field
/// of its type, or external data. Small and typed payloads are copied into the
/// store, others are not. bytes live as long as model.blobs.
/// Errors: E0111, E0120-E0131, E0140-E0149.
Result<TensorContents> tensorContents(const ::onnx::TensorProto &tensor,
                                      LoadedModel &model);

} // namespace sinter::onnx
