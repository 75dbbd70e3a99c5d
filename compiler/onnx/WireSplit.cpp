// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/WireSplit.h"
#include <algorithm>
#include <cassert>
#include <limits>
#include <optional>
#include <utility>

namespace sinter::onnx {
namespace {

/// The messages through which a tensor can be reached.
enum class Message : uint8_t {
  none,
  model,
  graph,
  node,
  attribute,
  tensor,
  sparseTensor,
  function,
  training,
  externalEntry
};

struct Edge {
  Message parent;
  uint32_t field;
  Message child;
};

// Field numbers of onnx.proto.
constexpr Edge edges[] = {
    {Message::model, 7, Message::graph},
    {Message::model, 20, Message::training},
    {Message::model, 25, Message::function},
    {Message::training, 1, Message::graph},
    {Message::training, 2, Message::graph},
    {Message::graph, 1, Message::node},
    {Message::graph, 5, Message::tensor},
    {Message::graph, 15, Message::sparseTensor},
    {Message::node, 5, Message::attribute},
    {Message::function, 7, Message::node},
    {Message::function, 11, Message::attribute},
    {Message::attribute, 5, Message::tensor},
    {Message::attribute, 6, Message::graph},
    {Message::attribute, 10, Message::tensor},
    {Message::attribute, 11, Message::graph},
    {Message::attribute, 22, Message::sparseTensor},
    {Message::attribute, 23, Message::sparseTensor},
    {Message::sparseTensor, 1, Message::tensor},
    {Message::sparseTensor, 2, Message::tensor},
    {Message::tensor, 13, Message::externalEntry},
};
constexpr uint32_t rawDataField = 9;
constexpr uint32_t externalDataField = 13;
constexpr uint32_t entryKeyField = 1;
constexpr uint32_t entryValueField = 2;
constexpr uint32_t maxFieldNumber = (1U << 29) - 1;
constexpr uint64_t maxStreamBytes = std::numeric_limits<int32_t>::max();

enum WireType : uint32_t {
  varint = 0,
  fixed64 = 1,
  lengthDelimited = 2,
  fixed32 = 5
};

Message childOf(Message parent, uint32_t field) {
  for (const Edge &edge : edges)
    if (edge.parent == parent && edge.field == field)
      return edge.child;
  return Message::none;
}

bool isBytesOf(Message parent, uint32_t field) {
  if (parent == Message::tensor)
    return field == rawDataField;
  return parent == Message::externalEntry && field == entryKeyField;
}

void appendVarint(std::string &to, uint64_t value) {
  for (; value >= 128; value >>= 7)
    to.push_back(static_cast<char>(value | 128));
  to.push_back(static_cast<char>(value));
}

void appendString(std::string &to, uint32_t field, std::string_view text) {
  appendVarint(to, field << 3 | lengthDelimited);
  appendVarint(to, text.size());
  to.append(text);
}

class Splitter {
public:
  Splitter(std::span<const std::byte> bytes, std::string_view name)
      : bytes(bytes), name(name) {}

  Result<SplitModel> run();

private:
  /// An open message: what it is, where it ends in the input, and where its
  /// length stands in the output.
  struct Frame {
    Message message;
    uint64_t end;
    size_t lengthAt;
    size_t lengthWidth;
    bool hasRawData = false;
  };

  /// A field's head: where it starts, and for a length-delimited one its
  /// length and the start of that.
  struct Field {
    uint64_t start = 0;
    uint32_t number = 0;
    uint32_t wireType = 0;
    uint64_t lengthStart = 0;
    uint64_t length = 0;
  };

  std::optional<uint64_t> readVarint();
  Status readField(Field &field);
  Status skipScalar(const Field &field);
  Status takeField(const Field &field);
  Status takeRawData(const Field &field);
  Status takeEntryKey(const Field &field);
  Status enter(Message message, const Field &field);
  void leave();
  Status copy(uint64_t from, uint64_t to);

  std::span<const std::byte> bytes;
  std::string_view name;
  uint64_t position = 0;
  std::vector<Frame> frames;
  SplitModel result;
};

/// Reads a varint that ends in the open message; none if it does not, or if it
/// has more than 64 bits.
std::optional<uint64_t> Splitter::readVarint() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && position < frames.back().end;
       shift += 7) {
    const auto byte = static_cast<uint64_t>(bytes[position++]);
    if (shift == 63 && byte > 1)
      return std::nullopt;
    value |= (byte & 127) << shift;
    if (byte < 128)
      return value;
  }
  return std::nullopt;
}

Status Splitter::readField(Field &field) {
  field.start = position;
  const auto tag = readVarint();
  if (!tag)
    return makeError<errors::E0102>(name, field.start);
  if (*tag >> 3 == 0 || *tag >> 3 > maxFieldNumber)
    return makeError<errors::E0112>(name, field.start);
  field.number = static_cast<uint32_t>(*tag >> 3);
  field.wireType = static_cast<uint32_t>(*tag & 7);
  const Message parent = frames.back().message;
  if (field.wireType != lengthDelimited) {
    if (isBytesOf(parent, field.number) ||
        childOf(parent, field.number) != Message::none)
      return makeError<errors::E0104>(name, field.start, field.number,
                                      field.wireType);
    return skipScalar(field);
  }
  field.lengthStart = position;
  const auto length = readVarint();
  if (!length)
    return makeError<errors::E0102>(name, field.lengthStart);
  if (*length > frames.back().end - position)
    return makeError<errors::E0103>(name, field.start, *length);
  field.length = *length;
  return Success{};
}

Status Splitter::skipScalar(const Field &field) {
  uint64_t size = 0;
  switch (field.wireType) {
  case varint:
    if (!readVarint())
      return makeError<errors::E0102>(name, field.start);
    return Success{};
  case fixed64:
    size = 8;
    break;
  case fixed32:
    size = 4;
    break;
  default: // Groups, which no version of ONNX has, and what is not defined.
    return makeError<errors::E0104>(name, field.start, field.number,
                                    field.wireType);
  }
  if (size > frames.back().end - position)
    return makeError<errors::E0103>(name, field.start, size);
  position += size;
  return Success{};
}

Status Splitter::copy(uint64_t from, uint64_t to) {
  if (result.stream.size() + (to - from) > maxStreamBytes)
    return makeError<errors::E0107>(name);
  result.stream.append(reinterpret_cast<const char *>(bytes.data()) + from,
                       to - from);
  return Success{};
}

Status Splitter::enter(Message message, const Field &field) {
  if (frames.size() >= maxMessageDepth)
    return makeError<errors::E0105>(name, maxMessageDepth, field.start);
  if (Status copied = copy(field.start, field.lengthStart); !copied)
    return copied;
  // What protobuf reads as a length has five bytes at most; the input's may
  // have more when the message is large only before the cuts.
  const size_t width = std::min<uint64_t>(position - field.lengthStart, 5);
  frames.push_back(
      {message, position + field.length, result.stream.size(), width});
  result.stream.append(width, '\0');
  return Success{};
}

void Splitter::leave() {
  const Frame frame = frames.back();
  frames.pop_back();
  const size_t contentAt = frame.lengthAt + frame.lengthWidth;
  uint64_t length = result.stream.size() - contentAt;
  for (size_t i = 0; i < frame.lengthWidth; ++i, length >>= 7)
    result.stream[frame.lengthAt + i] = static_cast<char>(
        (length & 127) | (i + 1 < frame.lengthWidth ? 128 : 0));
  assert(length == 0 && "a message never grows");
}

Status Splitter::takeRawData(const Field &field) {
  if (std::exchange(frames.back().hasRawData, true))
    return makeError<errors::E0110>(name, field.start);
  const uint64_t start = position;
  position += field.length;
  if (field.length <= maxInlineBytes)
    return copy(field.start, position);
  std::string entry;
  appendString(entry, entryKeyField, blobMarkerKey);
  appendString(entry, entryValueField, std::to_string(result.cuts.size()));
  // The marker is shorter than what it replaces: no message grows.
  static_assert(blobMarkerKey.size() + 32 <= maxInlineBytes);
  appendString(result.stream, externalDataField, entry);
  result.cuts.push_back({start, field.length});
  return Success{};
}

Status Splitter::takeEntryKey(const Field &field) {
  const std::string_view key(
      reinterpret_cast<const char *>(bytes.data()) + position, field.length);
  if (key == blobMarkerKey)
    return makeError<errors::E0106>(name, field.start, key);
  position += field.length;
  return copy(field.start, position);
}

/// Takes a field whose head was read; `position` is at its content.
Status Splitter::takeField(const Field &field) {
  const Message parent = frames.back().message;
  if (field.wireType == lengthDelimited) {
    const Message child = childOf(parent, field.number);
    if (child != Message::none)
      return enter(child, field);
    if (isBytesOf(parent, field.number))
      return parent == Message::tensor ? takeRawData(field)
                                       : takeEntryKey(field);
    position += field.length;
  }
  return copy(field.start, position);
}

Result<SplitModel> Splitter::run() {
  frames.reserve(maxMessageDepth);
  frames.push_back({Message::model, bytes.size(), 0, 0});
  while (true) {
    while (frames.size() > 1 && position == frames.back().end)
      leave();
    if (result.stream.size() > maxStreamBytes)
      return makeError<errors::E0107>(name);
    if (position == frames.back().end)
      return std::move(result);
    Field field;
    if (Status read = readField(field); !read)
      return std::move(read).error();
    if (Status taken = takeField(field); !taken)
      return std::move(taken).error();
  }
}

} // namespace

Result<SplitModel> splitModel(std::span<const std::byte> bytes,
                              std::string_view name) {
  return Splitter(bytes, name).run();
}

} // namespace sinter::onnx
