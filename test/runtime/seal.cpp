// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// seal IN OUT: fills in the plan's checksum of fake_model.c, appends its
// weights (64 bytes of padding, then 1 2 3 4) and the trailer.
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "sinter/abi.h"

static uint64_t fnv(const char *bytes, size_t length) {
  uint64_t state = 0xcbf29ce484222325;
  for (size_t i = 0; i < length; ++i)
    state = (state ^ uint8_t(bytes[i])) * 0x100000001b3;
  return state;
}

static size_t find(const std::string &file, uint64_t magic) {
  for (size_t at = 0; at + 8 <= file.size(); at += 8)
    if (std::memcmp(file.data() + at, &magic, 8) == 0)
      return at;
  return std::string::npos;
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  std::ifstream in(argv[1], std::ios::binary);
  std::string file(std::istreambuf_iterator<char>(in), {});
  size_t plan = find(file, SINTER_PLAN_MAGIC);
  size_t head = find(file, SINTER_MODEL_MAGIC);
  if (plan == std::string::npos || head == std::string::npos)
    return 1;
  sinter_model_descriptor descriptor;
  std::memcpy(&descriptor, file.data() + head, sizeof(descriptor));
  descriptor.plan_checksum = fnv(file.data() + plan, descriptor.plan_length);
  std::memcpy(file.data() + head, &descriptor, sizeof(descriptor));

  file.resize((file.size() + 4095) / 4096 * 4096 + 64);
  sinter_trailer trailer = {};
  trailer.magic = SINTER_TRAILER_MAGIC;
  trailer.weights_offset = file.size();
  trailer.weights_length = descriptor.weights_length;
  trailer.file_length = file.size() + 80 + sizeof(trailer);
  trailer.checksum = fnv(file.data(), file.size());
  const float weights[20] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                             0, 0, 0, 0, 0, 0, 1, 2, 3, 4};
  file.append(reinterpret_cast<const char *>(weights), sizeof(weights));
  file.append(reinterpret_cast<const char *>(&trailer), sizeof(trailer));
  std::ofstream out(argv[2], std::ios::binary);
  out.write(file.data(), std::streamsize(file.size()));
  return out.flush() ? 0 : 1;
}
