// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// classify digits.so images.f32: prints the class of the first image (run as a
// batch of 1) and of the next three (run as a batch of 3).
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

#include <sinter/runtime.hpp>

namespace {

constexpr size_t Pixels = 8 * 8, Classes = 10;

/// Prints the most probable class of each of `count` images; false on failure.
bool classify(sinter::Context &context, float *images, int64_t count) {
  const int64_t dims[] = {count, 1, 8, 8};
  sinter_tensor input = {images,
                         1,
                         4,
                         dims,
                         size_t(count) * Pixels * sizeof(float),
                         SINTER_MEMORY_HOST,
                         0};
  sinter_tensor output = {}; // The context gives the buffer.
  auto done = context.run({&input, 1}, {&output, 1});
  if (!done) {
    std::fprintf(stderr, "%s\n", done.message());
    return false;
  }
  const auto *row = static_cast<const float *>(output.data);
  for (int64_t i = 0; i < count; ++i, row += Classes)
    std::printf("%d\n", int(std::max_element(row, row + Classes) - row));
  return true;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  std::ifstream file(argv[2], std::ios::binary);
  std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
  if (bytes.size() < 4 * Pixels * sizeof(float))
    return 2;
  auto *images = reinterpret_cast<float *>(bytes.data());
  auto model = sinter::Model::open(argv[1]);
  if (!model) {
    std::fprintf(stderr, "%s\n", model.message());
    return 1;
  }
  auto context = model->createContext();
  if (!context) {
    std::fprintf(stderr, "%s\n", context.message());
    return 1;
  }
  return classify(*context, images, 1) && classify(*context, images + Pixels, 3)
             ? 0
             : 1;
}
