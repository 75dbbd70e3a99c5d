// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builds a transformer block in C++, compiles it and runs it: the example of
// docs/graph-builder.md. Symbols: batch and sequence.
//
// usage: transformer model.so weights.f32 batch sequence input.f32 output.f32
#include "sinter/GraphBuilder.h"
#include "sinter/runtime.hpp"
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>

using namespace sinter;

namespace {

constexpr int64_t width = 32, heads = 4, hidden = 128;

std::vector<float> readFloats(const char *path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<float> values(static_cast<size_t>(file.tellg()) / sizeof(float));
  file.seekg(0);
  file.read(reinterpret_cast<char *>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

class Block {
public:
  Block(GraphBuilder &graph, std::span<const float> weights)
      : graph(graph), weights(weights) {}

  // x + attention(norm(x)), then x + feedForward(norm(x)).
  ValueOrError build(ValueOrError x) {
    x = graph.add(x, attention(norm(x)));
    return graph.add(x, feedForward(norm(x)));
  }

private:
  // The next weights of the file, without a copy.
  ValueOrError weight(std::vector<int64_t> dims) {
    size_t count = 1;
    for (int64_t dim : dims)
      count *= static_cast<size_t>(dim);
    std::span<const float> values = weights.first(count);
    weights = weights.subspan(count);
    return graph.constantView(ElementType::float32, dims,
                              std::as_bytes(values));
  }
  ValueOrError number(double value) {
    return graph.scalar(ElementType::float32, value);
  }
  ValueOrError linear(const ValueOrError &x, int64_t from, int64_t to) {
    ValueOrError matrix = weight({from, to});
    return graph.add(graph.matmul(x, matrix), weight({to}));
  }
  ValueOrError mean(const ValueOrError &x) {
    return graph.div(graph.reduceSum(x, {2}, /*keepDims=*/true), number(width));
  }
  ValueOrError norm(const ValueOrError &x) {
    graph.setLabel("norm");
    ValueOrError centred = graph.sub(x, mean(x));
    ValueOrError variance = mean(graph.mul(centred, centred));
    ValueOrError deviation = graph.sqrt(graph.add(variance, number(1e-5)));
    ValueOrError scale = weight({width});
    return graph.add(graph.mul(graph.div(centred, deviation), scale),
                     weight({width}));
  }
  ValueOrError softmax(const ValueOrError &x) {
    ValueOrError shifted = graph.sub(x, graph.reduceMax(x, {3}, true));
    ValueOrError powers = graph.exp(shifted);
    return graph.div(powers, graph.reduceSum(powers, {3}, true));
  }
  // [batch, sequence, width] -> [batch, heads, sequence, width / heads]
  ValueOrError split(const ValueOrError &x) {
    return graph.transpose(
        graph.reshape(x, {batch, sequence, heads, width / heads}),
        {0, 2, 1, 3});
  }
  ValueOrError attention(const ValueOrError &x) {
    graph.setLabel("attention");
    ValueOrError query = split(linear(x, width, width));
    ValueOrError key = split(linear(x, width, width));
    ValueOrError value = split(linear(x, width, width));
    ValueOrError scores =
        graph.matmul(query, graph.transpose(key, {0, 1, 3, 2}));
    ValueOrError scaled =
        graph.mul(scores, number(1 / std::sqrt(double(width / heads))));
    ValueOrError mixed =
        graph.transpose(graph.matmul(softmax(scaled), value), {0, 2, 1, 3});
    return linear(graph.reshape(mixed, {batch, sequence, width}), width, width);
  }
  // The exact GELU: x/2 * (1 + erf(x / sqrt(2))).
  ValueOrError gelu(const ValueOrError &x) {
    ValueOrError root = graph.erf(graph.mul(x, number(std::sqrt(0.5))));
    return graph.mul(graph.mul(x, number(0.5)), graph.add(root, number(1)));
  }
  ValueOrError feedForward(const ValueOrError &x) {
    graph.setLabel("feed_forward");
    return linear(gelu(linear(x, width, hidden)), hidden, width);
  }

  GraphBuilder &graph;
  std::span<const float> weights;
  Dim batch = Dim::symbol("batch"), sequence = Dim::symbol("sequence");
};

int fail(const char *what) {
  std::fprintf(stderr, "%s\n", what);
  return 1;
}

int compile(const char *path, std::span<const float> weights) {
  GraphBuilder graph;
  ValueOrError x = graph.input(
      "x", {ElementType::float32,
            {Dim::symbol("batch"), Dim::symbol("sequence"), width}});
  auto output = graph.output("y", Block(graph, weights).build(x));
  if (!output)
    return fail(output.message());
  for (const Diagnostic &error : graph.compile(path).errors)
    return fail(error.message.c_str());
  return 0;
}

int run(const char *path, char **arguments) {
  auto model = Model::open(path);
  if (!model)
    return fail(model.message());
  auto context = model->createContext();
  if (!context)
    return fail(context.message());
  std::vector<float> data = readFloats(arguments[2]);
  int64_t dims[] = {std::atol(arguments[0]), std::atol(arguments[1]), width};
  sinter_tensor input = {data.data(), 1, 3, dims, data.size() * sizeof(float),
                         0,           0};
  sinter_tensor output = {};
  if (auto done = context->run({&input, 1}, {&output, 1}); !done)
    return fail(done.message());
  std::ofstream file(arguments[3], std::ios::binary);
  file.write(static_cast<const char *>(output.data),
             static_cast<std::streamsize>(output.bytes));
  return file ? 0 : fail("cannot write the output");
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 7)
    return fail("usage: transformer model.so weights.f32 batch sequence "
                "input.f32 output.f32");
  std::vector<float> weights = readFloats(argv[2]);
  if (int code = compile(argv[1], weights))
    return code;
  return run(argv[1], argv + 3);
}
