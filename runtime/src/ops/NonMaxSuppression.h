// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX NonMaxSuppression.
#pragma once

#include "Routines.h"

namespace sinter::routine {

struct Candidate {
  float score;
  int64_t box;
};

struct Box {
  float low[2], high[2];

  /// Two opposite corners, or a centre and sizes.
  Box(const float *box, bool isCenter) {
    for (int axis = 0; axis < 2; ++axis) {
      float a = box[axis], b = box[axis + 2];
      low[axis] = isCenter ? a - b / 2 : a < b ? a : b;
      high[axis] = isCenter ? a + b / 2 : a < b ? b : a;
    }
  }
  float area() const { return (high[0] - low[0]) * (high[1] - low[1]); }
};

/// Whether intersection over union is above the threshold; boxes without an
/// area overlap nothing.
inline bool overlap(const Box &a, const Box &b, float threshold) {
  float both = 1;
  for (int axis = 0; axis < 2; ++axis) {
    float low = a.low[axis] > b.low[axis] ? a.low[axis] : b.low[axis];
    float high = a.high[axis] < b.high[axis] ? a.high[axis] : b.high[axis];
    if (!(high > low))
      return false;
    both *= high - low;
  }
  float areaA = a.area(), areaB = b.area(), all = areaA + areaB - both;
  return areaA > 0 && areaB > 0 && all > 0 && both / all > threshold;
}

/// buffers: boxes, scores, IoU threshold, score threshold, selected, count.
/// sizes: batches, classes and boxes of the scores, batches and boxes of the
/// boxes, most, whether boxes are centres. scratch: a Candidate and an int64
/// for each box.
inline int32_t nonMaxSuppression(void *const *buffers, const int64_t *sizes,
                                 void *scratch) {
  int64_t batches = sizes[0], classes = sizes[1], count = sizes[2];
  if (batches != sizes[3] || count != sizes[4])
    return 1;
  auto *candidates = static_cast<Candidate *>(scratch);
  auto *kept = reinterpret_cast<int64_t *>(candidates + count);
  auto *selected = static_cast<int64_t *>(buffers[4]);
  float iou = at<float>(buffers[2], 0), least = at<float>(buffers[3], 0);
  auto isBefore = [](const Candidate &a, const Candidate &b) {
    return a.score != b.score ? a.score > b.score : a.box < b.box;
  };
  int64_t rows = 0;
  for (int64_t group = 0; group < batches * classes; ++group) {
    const float *scores =
        static_cast<const float *>(buffers[1]) + group * count;
    const float *boxes =
        static_cast<const float *>(buffers[0]) + group / classes * count * 4;
    int64_t found = 0, keeps = 0;
    for (int64_t box = 0; box < count; ++box)
      if (scores[box] > least) {
        candidates[found].score = scores[box];
        candidates[found++].box = box;
      }
    makeHeap(candidates, found, isBefore);
    sortHeap(candidates, found, isBefore);
    for (int64_t next = 0; next < found && keeps < sizes[5]; ++next) {
      Box box(boxes + 4 * candidates[next].box, sizes[6] != 0);
      bool isFree = true;
      for (int64_t other = 0; other < keeps && isFree; ++other)
        isFree =
            !overlap(box, Box(boxes + 4 * kept[other], sizes[6] != 0), iou);
      if (!isFree)
        continue;
      kept[keeps++] = candidates[next].box;
      selected[3 * rows] = group / classes;
      selected[3 * rows + 1] = group % classes;
      selected[3 * rows + 2] = candidates[next].box;
      ++rows;
    }
  }
  *static_cast<int64_t *>(buffers[5]) = rows;
  return 0;
}

} // namespace sinter::routine
