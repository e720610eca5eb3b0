#ifndef GANGLION_CKERNELS_WINDOW_H
#define GANGLION_CKERNELS_WINDOW_H
#include <stdint.h>

/// A window that moves over an NHWC image: sizes of the image and of the window, the step, the zeros beside the image,
/// and how many places there are in a row.
typedef struct {
    int64_t height, width, channels, kernel_height, kernel_width, stride, pad_rows, pad_columns, out_width;
} ck_window;

/// What the window sees at the places from `first` on, [kernel_height][kernel_width][channels], zeros outside the image;
/// that of a place `line` floats after the last one's.
void ck_window_gather(
    const float *image, const ck_window *window, int64_t first, int64_t count, float *out, int64_t line);

/// y = sums + bias for `rows` rows of k floats, those of y `line` apart; with `rectifies`, what is below 0 becomes 0.
/// `bias` may be NULL.
void ck_window_finish(
    const float *sums, const float *bias, int rectifies, float *y, int64_t line, int64_t rows, int64_t k);

/// The largest value of each channel at the places from `first` on, a place's channels `line` floats after the last one's.
/// What is outside the image does not count.
void ck_window_maximum(
    const float *image, const ck_window *window, int64_t first, int64_t count, float *out, int64_t line);
/// Likewise the mean of what is inside the image.
void ck_window_mean(
    const float *image, const ck_window *window, int64_t first, int64_t count, float *out, int64_t line);
#endif
