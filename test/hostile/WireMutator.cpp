// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "WireMutator.h"
#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

namespace sinter::fuzz {
namespace {

enum Wire : uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct Field {
  uint64_t tag = 0;
  uint64_t number = 0;         // of a varint
  std::string text;            // of other fields
  std::vector<Field> children; // in place of `text`
  unsigned wire() const { return tag & 7; }
};
using Message = std::vector<Field>;

std::optional<uint64_t> readVarint(std::string_view &in) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = uint8_t(in.front());
    in.remove_prefix(1);
    value |= uint64_t(byte & 127) << shift;
    if (byte < 128)
      return value;
  }
  return std::nullopt;
}

void writeVarint(std::string &out, uint64_t value) {
  for (; value >= 128; value >>= 7)
    out += char(value & 127 | 128);
  out += char(value);
}

std::optional<Message> parse(std::string_view in, unsigned depth);

/// Bytes that could be a message are taken for one.
bool readField(std::string_view &in, Field &field, unsigned depth) {
  size_t length = field.wire() == fixed64 ? 8 : 4;
  if (field.wire() == varint) {
    auto value = readVarint(in);
    field.number = value.value_or(0);
    return value.has_value();
  }
  if (field.wire() == bytes) {
    auto value = readVarint(in);
    if (!value)
      return false;
    length = *value;
  } else if (field.wire() != fixed64 && field.wire() != fixed32)
    return false;
  if (length > in.size())
    return false;
  field.text = in.substr(0, length);
  in.remove_prefix(length);
  if (field.wire() != bytes || depth == 0)
    return true;
  if (auto inner = parse(field.text, depth - 1); inner && !inner->empty()) {
    field.children = std::move(*inner);
    field.text.clear();
  }
  return true;
}

std::optional<Message> parse(std::string_view in, unsigned depth) {
  Message message;
  while (!in.empty()) {
    auto tag = readVarint(in);
    Field field;
    field.tag = tag.value_or(0);
    if (field.tag >> 3 == 0 || field.tag >> 3 > 200 ||
        !readField(in, field, depth))
      return std::nullopt;
    message.push_back(std::move(field));
  }
  return message;
}

std::string write(const Message &message) {
  std::string out;
  for (const Field &field : message) {
    writeVarint(out, field.tag);
    if (field.wire() == varint) {
      writeVarint(out, field.number);
      continue;
    }
    const std::string inner =
        field.children.empty() ? field.text : write(field.children);
    if (field.wire() == bytes)
      writeVarint(out, inner.size());
    out += inner;
  }
  return out;
}

/// Where a field is: its message and the place in it.
struct Place {
  Message *message;
  size_t index;
  Field &field() const { return (*message)[index]; }
};

void collect(Message &message, std::vector<Place> &places) {
  for (size_t i = 0; i < message.size(); ++i) {
    places.push_back({&message, i});
    collect(message[i].children, places);
  }
}

class Mutation {
public:
  Mutation(Message &message, Message &donor, unsigned seed) : random(seed) {
    collect(message, places);
    collect(donor, donors);
  }

  void apply() {
    if (places.empty())
      return;
    const Place place = pick(places);
    switch (random() % 6) {
    case 0:
      return (void)place.message->erase(place.message->begin() +
                                        ptrdiff_t(place.index));
    case 1:
      return (void)place.message->insert(place.message->begin() +
                                             ptrdiff_t(place.index),
                                         Field(place.field()));
    case 2: // of two neighbours, the other one first
      return std::swap(place.field(),
                       (*place.message)[random() % place.message->size()]);
    case 3:
      return lend(place.field());
    default:
      return change(place.field());
    }
  }

private:
  /// The content of another field of the same tag, or another field.
  void lend(Field &field) {
    std::vector<Place> alike;
    for (const std::vector<Place> *from : {&places, &donors})
      std::copy_if(from->begin(), from->end(), std::back_inserter(alike),
                   [&](const Place &place) {
                     return place.field().tag == field.tag &&
                            &place.field() != &field;
                   });
    if (alike.empty())
      return change(field);
    // A copy: the other field may lie in this one, or the other way round.
    Field copy = pick(alike).field();
    field = std::move(copy);
  }

  void change(Field &field) {
    if (!field.children.empty())
      return; // its own fields have their turn
    if (field.wire() == varint) {
      static constexpr uint64_t odd[] = {
          0,          1,          2,          3,          7,
          8,          9,          16,         23,         127,
          1u << 20,   0x7fffffff, 1u << 31,   1ull << 32, 1ull << 60,
          1ull << 62, ~0ull >> 1, 1ull << 63, ~0ull,      ~0ull - 1};
      const uint64_t kind = random() % 4;
      field.number = kind == 0   ? field.number + 1
                     : kind == 1 ? field.number - 1
                                 : odd[random() % std::size(odd)];
      return;
    }
    const size_t size = field.text.size();
    const bool isFixed = field.wire() != bytes;
    field.text.resize(isFixed ? size : size + 16);
    const size_t changed =
        LLVMFuzzerMutate(reinterpret_cast<uint8_t *>(field.text.data()), size,
                         field.text.size());
    field.text.resize(isFixed ? size : changed);
  }

  const Place &pick(const std::vector<Place> &from) {
    return from[random() % from.size()];
  }

  std::minstd_rand random;
  std::vector<Place> places, donors;
};

std::string_view view(std::span<const uint8_t> data) {
  return {reinterpret_cast<const char *>(data.data()), data.size()};
}

} // namespace

size_t mutateMessage(std::span<uint8_t> data, size_t size,
                     std::span<const uint8_t> other, unsigned seed) {
  constexpr unsigned depth = 12;
  auto message = parse(view(data.first(size)), depth);
  if (!message || message->empty())
    return 0;
  Message donor = parse(view(other), depth).value_or(Message{});
  Mutation(*message, donor, seed).apply();
  const std::string out = write(*message);
  if (out.empty() || out.size() > data.size())
    return 0;
  std::memcpy(data.data(), out.data(), out.size());
  return out.size();
}

} // namespace sinter::fuzz
