// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ai.onnx.ml TreeEnsembleClassifier and TreeEnsembleRegressor.
#pragma once

#include "Routines.h"

namespace sinter::routine {

/// The tables of graph.tree_ensemble.
struct Trees {
  const float *thresholds, *weights;
  const int64_t *nodes, *roots, *targets;
  int64_t features, nodeCount, treeCount, weightCount, targetCount;

  static bool isTrue(int64_t mode, float value, float threshold) {
    if (value != value)
      return (mode & 8) != 0;
    switch (mode & 7) {
    case 1:
      return value <= threshold;
    case 2:
      return value < threshold;
    case 3:
      return value >= threshold;
    case 4:
      return value > threshold;
    case 5:
      return value == threshold;
    default:
      return value != threshold;
    }
  }

  /// The leaf of a row; -1 if the table is malformed.
  int64_t leafOf(int64_t root, const float *row) const {
    for (int64_t node = root; node >= 0 && node < nodeCount;) {
      const int64_t *entry = nodes + 6 * node;
      if (entry[0] == 0) {
        bool isInside = entry[4] >= 0 && entry[5] >= 0 &&
                        entry[4] <= weightCount - entry[5];
        return isInside ? node : -1;
      }
      if (entry[1] < 0 || entry[1] >= features)
        return -1;
      bool truth = isTrue(entry[0], row[entry[1]], thresholds[node]);
      int64_t next = entry[truth ? 2 : 3];
      if (next <= node)
        return -1;
      node = next;
    }
    return -1;
  }
};

/// How a weight joins those of a target before it. 0 sum, 1 average, 2
/// smallest, 3 largest.
inline double joined(int64_t aggregate, bool isFirst, double sum,
                     double weight) {
  if (aggregate <= 1)
    return sum + weight;
  if (isFirst)
    return weight;
  return (aggregate == 2) == (weight < sum) ? weight : sum;
}

/// buffers: input, nodes, thresholds, roots, targets, weights, output. sizes:
/// features, nodes, trees, weights, targets, aggregate. The range counts rows;
/// scratch holds a double for each target.
inline int32_t treeEnsemble(void *const *buffers, const int64_t *sizes,
                            void *scratch, int64_t begin, int64_t end) {
  Trees trees{static_cast<const float *>(buffers[2]),
              static_cast<const float *>(buffers[5]),
              static_cast<const int64_t *>(buffers[1]),
              static_cast<const int64_t *>(buffers[3]),
              static_cast<const int64_t *>(buffers[4]),
              sizes[0],
              sizes[1],
              sizes[2],
              sizes[3],
              sizes[4]};
  int64_t aggregate = sizes[5];
  auto *sums = static_cast<double *>(scratch);
  for (int64_t row = begin; row < end; ++row) {
    const float *input =
        static_cast<const float *>(buffers[0]) + row * trees.features;
    float *output = static_cast<float *>(buffers[6]) + row * trees.targetCount;
    // Bits of NaN say that a target has no weight yet.
    for (int64_t target = 0; target < trees.targetCount; ++target)
      sums[target] = __builtin_nan("");
    for (int64_t tree = 0; tree < trees.treeCount; ++tree) {
      int64_t leaf = trees.leafOf(trees.roots[tree], input);
      if (leaf < 0)
        return 1;
      const int64_t *entry = trees.nodes + 6 * leaf;
      for (int64_t at = entry[4]; at < entry[4] + entry[5]; ++at) {
        int64_t target = trees.targets[at];
        if (target < 0 || target >= trees.targetCount)
          return 1;
        double sum = sums[target];
        bool isFirst = sum != sum;
        sums[target] = joined(aggregate, isFirst, isFirst ? 0 : sum,
                              double(trees.weights[at]));
      }
    }
    for (int64_t target = 0; target < trees.targetCount; ++target) {
      double sum = sums[target] == sums[target] ? sums[target] : 0;
      output[target] = float(aggregate == 1 && trees.treeCount > 0
                                 ? sum / double(trees.treeCount)
                                 : sum);
    }
  }
  return 0;
}

} // namespace sinter::routine
