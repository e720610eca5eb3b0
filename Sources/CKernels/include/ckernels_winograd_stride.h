#ifndef GANGLION_CKERNELS_WINOGRAD_STRIDE_H
#define GANGLION_CKERNELS_WINOGRAD_STRIDE_H
#include "ckernels_convolution.h"

// A 4×4 convolution of stride 2. Along an axis every second pixel meets the taps 0 and 2, the others meet 1 and 3: two
// convolutions with two taps, each through F(4, 2). So a tile of 4×4 outputs takes 25 frequencies of four parities (those
// of rows before those of columns), 100 products where there were 256. Parities are summed over as channels are: in the
// larger map's operands they stand one after another, `parity` floats apart.

/// The 10×10 pixels from (row, column) on, zeros outside the image, to 25 frequencies of four parities.
void ck_winograd_stride_input(
    const float *image, ck_image shape, int row, int column, float *v, ck_strides strides, size_t parity);
/// 25 frequencies of the channels `first` (a multiple of 16) ..< `last` to the 4×4 pixels from (row, column) on; what lies
/// outside the image is dropped.
void ck_winograd_stride_output(
    const float *p, ck_strides strides, float *image, ck_image shape, int first, int last, int row, int column);
/// The 4×4 pixels from (row, column) on, zeros outside the image, to 25 frequencies: the adjoint of
/// `ck_winograd_stride_output` for all channels.
void ck_winograd_stride_output_gradient(
    const float *image, ck_image shape, int row, int column, float *v, ck_strides strides);
/// Adds 25 frequencies of four parities of the channels `first` (a multiple of 16) ..< `last` to the 10×10 pixels from
/// (row, column) on: the adjoint of `ck_winograd_stride_input`.
void ck_winograd_stride_input_gradient(
    const float *v, ck_strides strides, size_t parity, float *image, ck_image shape, int first, int last, int row,
    int column);

/// To 25 frequencies of four parities, up to 16 rows (c) and 16 columns (k) of the weights w[16][rows][columns], `plane`
/// the distance of taps, `line` of rows. With `transpose` rows and columns are exchanged on the way. Always stores 16
/// rows and 16 columns; what does not exist is zero.
void ck_winograd_stride_weights(
    const float *w, size_t plane, size_t line, int rows, int columns, int transpose, float *u, size_t frequency,
    size_t parity);
/// The adjoint of `ck_winograd_stride_weights`, without transposition. With `accumulate` added to w.
void ck_winograd_stride_weight_gradient(
    const float *u, size_t frequency, size_t parity, float *w, size_t plane, size_t line, int rows, int columns,
    int accumulate);
#endif
