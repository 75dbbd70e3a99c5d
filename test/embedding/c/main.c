// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// classify digits.so images.f32: prints the class of the first image (run as a
// batch of 1) and of the next three (run as a batch of 3).
#include <stdio.h>

#include <sinter/runtime.h>

enum { PIXELS = 8 * 8, CLASSES = 10, MOST = 3 };

// Prints the most probable class of each of `count` <= MOST images.
static sinter_status classify(sinter_context *context, float *images,
                              int64_t count, sinter_error *error) {
  float scores[MOST * CLASSES];
  const int64_t dims[] = {count, 1, 8, 8};
  sinter_tensor input = {images,
                         1,
                         4,
                         dims,
                         (size_t)count * PIXELS * sizeof(float),
                         SINTER_MEMORY_HOST,
                         0};
  sinter_tensor output = {.data = scores, .bytes = sizeof(scores)};
  sinter_status status =
      sinter_context_run(context, &input, 1, &output, 1, error);
  if (status)
    return status;
  for (int64_t i = 0; i < count; ++i) {
    int best = 0;
    for (int k = 1; k < CLASSES; ++k)
      if (scores[i * CLASSES + k] > scores[i * CLASSES + best])
        best = k;
    printf("%d\n", best);
  }
  return SINTER_STATUS_OK;
}

int main(int argc, char **argv) {
  float images[4 * PIXELS];
  FILE *file = argc == 3 ? fopen(argv[2], "rb") : NULL;
  if (!file || fread(images, sizeof(float), 4 * PIXELS, file) != 4 * PIXELS)
    return 2;
  fclose(file);
  sinter_model *model = NULL;
  sinter_context *context = NULL;
  sinter_error error;
  sinter_status status = sinter_model_open(argv[1], &model, &error);
  if (!status)
    status = sinter_context_create(model, 0, &context, &error);
  if (!status)
    status = classify(context, images, 1, &error);
  if (!status)
    status = classify(context, images + PIXELS, 3, &error);
  if (status)
    fprintf(stderr, "%s: %s\n", sinter_status_text(status), error.message);
  sinter_context_destroy(context);
  sinter_model_close(model);
  return status ? 1 : 0;
}
