#ifndef GANGLION_CKERNELS_WINDOW_H
#define GANGLION_CKERNELS_WINDOW_H
#include <stdint.h>

/// A window that moves over an NHWC image: sizes of the image and of the window, the step, the zeros beside the image,
/// and how many places there are in a row.
typedef struct {
    int64_t height, width, channels, kernel_height, kernel_width, stride, pad_rows, pad_columns, out_width;
} ck_window;

/// What the window sees at the places from `first` on, [count][kernel_height][kernel_width][channels]; zeros outside the
/// image.
void ck_window_gather(const float *image, const ck_window *window, int64_t first, int64_t count, float *patches);

/// y = y + bias for `rows` rows of k floats, `line` apart; with `rectifies`, what is below 0 becomes 0.
void ck_window_finish(float *y, int64_t line, const float *bias, int rectifies, int64_t rows, int64_t k);

/// The largest value of each channel at the places from `first` on, a place's channels `line` floats after the last one's.
/// What is outside the image does not count.
void ck_window_maximum(
    const float *image, const ck_window *window, int64_t first, int64_t count, float *out, int64_t line);
/// Likewise the mean of what is inside the image.
void ck_window_mean(
    const float *image, const ck_window *window, int64_t first, int64_t count, float *out, int64_t line);
#endif
