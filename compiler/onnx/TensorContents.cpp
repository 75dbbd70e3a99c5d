// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/LoadModel.h"
#include "compiler/onnx/WireSplit.h"
#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <new>
#include <optional>

namespace sinter::onnx {
namespace {

using ::onnx::TensorProto;

static_assert(std::endian::native == std::endian::little,
              "tensor bytes are used as they are stored");

/// The field that holds a type's elements when raw_data does not.
enum class TypedField : uint8_t { none, f32, i32, i64, f64, u64, strings };

struct ElementInfo {
  unsigned bits = 0;
  TypedField field = TypedField::none;
};

ElementInfo elementInfo(int32_t type) {
  // Numbers, not names: what the schema at hand does not know is read as well.
  switch (type) {
  case 1: // FLOAT
    return {32, TypedField::f32};
  case 14: // COMPLEX64
    return {64, TypedField::f32};
  case 2:  // UINT8
  case 3:  // INT8
  case 9:  // BOOL
  case 17: // FLOAT8E4M3FN
  case 18: // FLOAT8E4M3FNUZ
  case 19: // FLOAT8E5M2
  case 20: // FLOAT8E5M2FNUZ
  case 24: // FLOAT8E8M0
    return {8, TypedField::i32};
  case 4:  // UINT16
  case 5:  // INT16
  case 10: // FLOAT16
  case 16: // BFLOAT16
    return {16, TypedField::i32};
  case 6: // INT32
    return {32, TypedField::i32};
  case 21: // UINT4
  case 22: // INT4
  case 23: // FLOAT4E2M1
    return {4, TypedField::i32};
  case 25: // UINT2
  case 26: // INT2
    return {2, TypedField::i32};
  case 27: // FLOAT6E2M3
  case 28: // FLOAT6E3M2
    return {6, TypedField::i32};
  case 7: // INT64
    return {64, TypedField::i64};
  case 8: // STRING
    return {0, TypedField::strings};
  case 11: // DOUBLE
    return {64, TypedField::f64};
  case 15: // COMPLEX128
    return {128, TypedField::f64};
  case 12: // UINT32
    return {32, TypedField::u64};
  case 13: // UINT64
    return {64, TypedField::u64};
  default:
    return {};
  }
}

uint64_t entriesIn(const TensorProto &tensor, TypedField field) {
  switch (field) {
  case TypedField::f32:
    return static_cast<uint64_t>(tensor.float_data_size());
  case TypedField::i32:
    return static_cast<uint64_t>(tensor.int32_data_size());
  case TypedField::i64:
    return static_cast<uint64_t>(tensor.int64_data_size());
  case TypedField::f64:
    return static_cast<uint64_t>(tensor.double_data_size());
  case TypedField::u64:
    return static_cast<uint64_t>(tensor.uint64_data_size());
  case TypedField::strings:
    return static_cast<uint64_t>(tensor.string_data_size());
  case TypedField::none:
    break;
  }
  return 0;
}

class Reader {
public:
  Reader(const TensorProto &tensor, LoadedModel &model)
      : tensor(tensor), model(model), info(elementInfo(tensor.data_type())) {}

  Result<TensorContents> run();

private:
  Status readShape();
  Status checkPayloads();
  Status checkSize(uint64_t needed, uint64_t found, std::string_view what);
  Status readStrings();
  Status readCut();
  Status readExternal();
  Status readTyped();
  Status packInt32();
  template <typename Stored, typename Entries>
  void packEntries(const Entries &entries);
  bool isExternal() const {
    return tensor.data_location() == TensorProto::EXTERNAL;
  }
  void own(std::vector<std::byte> bytes) {
    result.blob = model.blobs.addOwned(std::move(bytes));
  }

  const TensorProto &tensor;
  LoadedModel &model;
  const ElementInfo info;
  const std::string *marker = nullptr;
  uint64_t neededBytes = 0;
  TensorContents result;
};

Status Reader::readShape() {
  // The limit keeps the product of elements and bits in 64 bits.
  constexpr int64_t maxElements = std::numeric_limits<int64_t>::max() / 128;
  bool isEmpty = false;
  for (int i = 0; i < tensor.dims_size(); ++i) {
    if (tensor.dims(i) < 0)
      return makeError<errors::E0141>(tensor.name(), i, tensor.dims(i));
    isEmpty |= tensor.dims(i) == 0;
  }
  int64_t elements = isEmpty ? 0 : 1;
  for (int64_t dim : tensor.dims()) {
    if (elements != 0 && dim > maxElements / elements)
      return makeError<errors::E0142>(tensor.name());
    elements *= dim;
  }
  result.dims.assign(tensor.dims().begin(), tensor.dims().end());
  result.elements = elements;
  neededBytes = (static_cast<uint64_t>(elements) * info.bits + 7) / 8;
  return Success{};
}

/// There is one payload at most, and it is where the type's belong. Empty
/// fields are none.
Status Reader::checkPayloads() {
  unsigned payloads = isExternal() + !tensor.raw_data().empty();
  for (const auto &entry : tensor.external_data())
    if (entry.key() == blobMarkerKey) {
      marker = &entry.value();
      ++payloads;
    }
  for (TypedField field :
       {TypedField::f32, TypedField::i32, TypedField::i64, TypedField::f64,
        TypedField::u64, TypedField::strings}) {
    if (entriesIn(tensor, field) == 0)
      continue;
    ++payloads;
    if (field != info.field)
      return makeError<errors::E0149>(tensor.name());
  }
  if (payloads > 1)
    return makeError<errors::E0144>(tensor.name());
  if (info.field == TypedField::strings && payloads == 1 &&
      tensor.string_data_size() == 0)
    return makeError<errors::E0147>(
        tensor.name(), isExternal() ? "external_data" : "raw_data");
  return Success{};
}

Status Reader::checkSize(uint64_t needed, uint64_t found,
                         std::string_view what) {
  if (needed != found)
    return makeError<errors::E0143>(tensor.name(), needed, what, found);
  return Success{};
}

Status Reader::readStrings() {
  const auto count = static_cast<uint64_t>(tensor.string_data_size());
  result.strings.assign(tensor.string_data().begin(),
                        tensor.string_data().end());
  return checkSize(static_cast<uint64_t>(result.elements), count, "strings");
}

Status Reader::readCut() {
  uint64_t index = 0;
  const char *end = marker->data() + marker->size();
  const auto [stop, code] = std::from_chars(marker->data(), end, index);
  if (code != std::errc() || stop != end || index >= model.cuts.size())
    return makeError<errors::E0148>(tensor.name(), *marker);
  result.blob = model.cuts[index];
  return checkSize(neededBytes, model.blobs.bytes(result.blob).size(), "bytes");
}

Status Reader::readExternal() {
  auto where = externalLocation(tensor);
  if (!where)
    return std::move(where).error();
  if (where->length)
    if (Status size = checkSize(neededBytes, *where->length, "bytes"); !size)
      return size;
  auto key = addExternalBlob(*where, neededBytes, model.external, model.blobs);
  if (!key)
    return std::move(key).error();
  result.blob = *key;
  return Success{};
}

/// Copies entries, each cast to Stored.
template <typename Stored, typename Entries>
void Reader::packEntries(const Entries &entries) {
  std::vector<std::byte> bytes(static_cast<size_t>(entries.size()) *
                               sizeof(Stored));
  std::byte *to = bytes.data();
  for (const auto entry : entries) {
    const auto stored = static_cast<Stored>(entry);
    std::memcpy(to, &stored, sizeof(Stored));
    to += sizeof(Stored);
  }
  own(std::move(bytes));
}

Status Reader::packInt32() {
  // An entry holds one element, or one byte of packed elements of 4 or 2 bits;
  // elements of 6 bits are one an entry and packed only here.
  const bool isSixBits = info.bits == 6;
  const unsigned bits = isSixBits ? 6 : std::max(info.bits, 8U);
  const int64_t low = isSixBits ? 0 : -(int64_t{1} << (bits - 1));
  const int64_t high = (int64_t{1} << bits) - 1;
  for (int i = 0; i < tensor.int32_data_size(); ++i) {
    const int64_t value = tensor.int32_data(i);
    if (value < low || value > high)
      return makeError<errors::E0145>(tensor.name(), i, value);
  }
  if (bits == 32) {
    packEntries<int32_t>(tensor.int32_data());
  } else if (bits == 16) {
    packEntries<uint16_t>(tensor.int32_data());
  } else if (bits == 8) {
    packEntries<uint8_t>(tensor.int32_data());
  } else {
    std::vector<std::byte> bytes(neededBytes);
    for (size_t i = 0, bit = 0; i < static_cast<size_t>(result.elements);
         ++i, bit += 6) {
      const auto value = static_cast<uint32_t>(
          tensor.int32_data(static_cast<int>(i)) << (bit % 8));
      bytes[bit / 8] |= static_cast<std::byte>(value);
      if (value >> 8)
        bytes[bit / 8 + 1] |= static_cast<std::byte>(value >> 8);
    }
    own(std::move(bytes));
  }
  return Success{};
}

Status Reader::readTyped() {
  auto needed = static_cast<uint64_t>(result.elements);
  if (info.field == TypedField::i32 && info.bits < 6)
    needed = neededBytes;
  else if (info.bits == 128 || tensor.data_type() == TensorProto::COMPLEX64)
    needed *= 2;
  if (Status size = checkSize(needed, entriesIn(tensor, info.field), "entries");
      !size)
    return size;
  switch (info.field) {
  case TypedField::i32:
    return packInt32();
  case TypedField::f32:
    packEntries<float>(tensor.float_data());
    break;
  case TypedField::f64:
    packEntries<double>(tensor.double_data());
    break;
  case TypedField::i64:
    packEntries<int64_t>(tensor.int64_data());
    break;
  default:
    if (info.bits == 64) {
      packEntries<uint64_t>(tensor.uint64_data());
      break;
    }
    for (int i = 0; i < tensor.uint64_data_size(); ++i)
      if (tensor.uint64_data(i) > std::numeric_limits<uint32_t>::max())
        return makeError<errors::E0145>(tensor.name(), i,
                                        tensor.uint64_data(i));
    packEntries<uint32_t>(tensor.uint64_data());
  }
  return Success{};
}

Result<TensorContents> Reader::run() {
  if (info.field == TypedField::none)
    return makeError<errors::E0140>(tensor.name(), tensor.data_type());
  if (tensor.has_segment())
    return makeError<errors::E0146>(tensor.name());
  result.type = static_cast<::onnx::TensorProto_DataType>(tensor.data_type());
  if (Status shape = readShape(); !shape)
    return std::move(shape).error();
  if (Status payloads = checkPayloads(); !payloads)
    return std::move(payloads).error();
  Status read = Success{};
  if (info.field == TypedField::strings) {
    read = readStrings();
  } else if (marker) {
    read = readCut();
  } else if (isExternal()) {
    read = readExternal();
  } else if (!tensor.raw_data().empty()) {
    const auto raw = std::as_bytes(std::span(tensor.raw_data()));
    read = checkSize(neededBytes, raw.size(), "bytes");
    if (read)
      own({raw.begin(), raw.end()});
  } else {
    read = readTyped();
  }
  if (!read)
    return std::move(read).error();
  if (info.field != TypedField::strings)
    result.bytes = model.blobs.bytes(result.blob);
  return std::move(result);
}

} // namespace

unsigned elementBits(int32_t type) { return elementInfo(type).bits; }

Result<TensorContents> tensorContents(const TensorProto &tensor,
                                      LoadedModel &model) {
  try {
    return Reader(tensor, model).run();
  } catch (const std::bad_alloc &) {
    return makeError<errors::E0111>(tensor.name());
  }
}

} // namespace sinter::onnx
