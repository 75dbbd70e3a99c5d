// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <string>

#include <unistd.h>

#include "sinter/abi.h"
#include "sinter/runtime.hpp"

/// Opens the library with a trailer: no weights.
inline sinter::Expected<sinter::Model>
tryOpenSealed(const std::string &library, sinter_open_options options = {}) {
  std::ifstream in(library, std::ios::binary);
  std::string file{std::istreambuf_iterator<char>(in), {}};
  file.resize((file.size() + 63) / 64 * 64);
  sinter_trailer trailer = {};
  trailer.magic = SINTER_TRAILER_MAGIC;
  trailer.weights_offset = file.size();
  trailer.file_length = file.size() + sizeof(trailer);
  trailer.checksum = 0xcbf29ce484222325;
  for (char byte : file)
    trailer.checksum = (trailer.checksum ^ uint8_t(byte)) * 0x100000001b3;
  file.append(reinterpret_cast<const char *>(&trailer), sizeof(trailer));
  // Tests run in processes side by side: each has a file of its own.
  std::string path = library + "." + std::to_string(getpid()) + ".sealed";
  std::ofstream(path, std::ios::binary)
      .write(file.data(), std::streamsize(file.size()));
  auto model = sinter::Model::open(path.c_str(), options);
  unlink(path.c_str());
  return model;
}

inline sinter::Model openSealed(const std::string &library,
                                sinter_open_options options = {}) {
  auto model = tryOpenSealed(library, options);
  INFO(model.message());
  REQUIRE(model.ok());
  return std::move(*model);
}
