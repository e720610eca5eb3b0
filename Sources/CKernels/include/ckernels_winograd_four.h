#ifndef GANGLION_CKERNELS_WINOGRAD_FOUR_H
#define GANGLION_CKERNELS_WINOGRAD_FOUR_H
#include "ckernels_convolution.h"

// A 4×4 convolution of stride 1 through F(3, 4): a tile of 3×3 outputs takes 36 products where there were 144. It has the
// points of F(4, 3), and so what `ck_winograd_input` makes of 6×6 pixels, and its adjoint of frequencies.

/// 36 frequencies of the channels `first` (a multiple of 16) ..< `last` to the 3×3 pixels from (row, column) on; what lies
/// outside the image is dropped.
void ck_winograd_four_output(
    const float *p, ck_strides strides, float *image, ck_image shape, int first, int last, int row, int column);
/// The 3×3 pixels from (row, column) on, zeros outside the image, to 36 frequencies: the adjoint of
/// `ck_winograd_four_output` for all channels.
void ck_winograd_four_output_gradient(
    const float *image, ck_image shape, int row, int column, float *v, ck_strides strides);

/// To 36 frequencies, up to 16 rows (c) and 16 columns (k) of the weights w[16][rows][columns], `plane` the distance of
/// taps, `line` of rows. With `transpose` rows and columns are exchanged on the way. Always stores 16 rows and 16
/// columns; what does not exist is zero.
void ck_winograd_four_weights(
    const float *w, size_t plane, size_t line, int rows, int columns, int transpose, float *u, size_t frequency);
/// The adjoint of `ck_winograd_four_weights`, without transposition. With `accumulate` added to w.
void ck_winograd_four_weight_gradient(
    const float *u, size_t frequency, float *w, size_t plane, size_t line, int rows, int columns, int accumulate);
#endif
