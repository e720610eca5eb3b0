#ifndef GANGLION_CKERNELS_CONVOLUTION_H
#define GANGLION_CKERNELS_CONVOLUTION_H
#include <stddef.h>

#include "ckernels_epilogue.h"
#include "ckernels_padding.h"

// Winograd convolution F(4×4, 3×3) of Lavin & Gray (arXiv 1509.09308). A tile of 6×6 pixels becomes 36 "frequencies".
//
// Layout of every operand between the transforms: [frequency][group of 16 channels][row][16], where a row is a tile
// (activations) or an input channel (weights). So each transform stores whole vectors and the product streams.
// Channels of a group that do not exist are zero.

/// An NHWC image, and what stands beyond its border (`CK_ZERO` …). Where pixels are read there, they are those that
/// `ck_place` says; where they are added to or dropped, likewise.
typedef struct {
    int height, width, channels, padding;
} ck_image;

/// Distances, in floats, between frequencies and between groups.
typedef struct {
    size_t frequency, group;
} ck_strides;

/// Bᵀ d B: the 6×6 pixels from (row, column) on, which may lie outside the image, times a factor of each channel unless
/// `factors` is NULL.
void ck_winograd_input(
    const float *image, ck_image shape, int row, int column, const float *factors, float *v, ck_strides strides);
/// A g Aᵀ: the 4×4 pixels from (row, column) on, to 36 frequencies. The adjoint of `ck_winograd_output`.
void ck_winograd_output_gradient(
    const float *image, ck_image shape, int row, int column, float *v, ck_strides strides);
/// B v Bᵀ of the channels `first` (a multiple of 16) ..< `last`: added to the 6×6 pixels from (row, column) on. The adjoint
/// of `ck_winograd_input` without factors.
void ck_winograd_input_gradient(
    const float *v, ck_strides strides, float *image, ck_image shape, int first, int last, int row, int column);
/// Aᵀ p A: to the 4×4 pixels from (row, column) on; what lies outside the image is dropped. The epilogue's terms,
/// unless NULL, are those of the whole image.
void ck_winograd_output(
    const float *p, ck_strides strides, const ck_epilogue_terms *terms, float *image, ck_image shape, int row,
    int column);

// The filter [1, 3, 3, 1] / 8, or with `box` [0, 1, 1, 0] / 2, and a 3×3 convolution of stride 2 on what it gives. Even filtered pixels meet two taps of
// three, odd ones the middle tap alone: per axis F(4, 2), five frequencies, and four plain products with one weight.
// So a tile of 4×4 outputs takes 9×9 products with 6×6 weights: frequency f has the weights of min(f, 5).

/// The 12×12 pixels from (row, column) on, which may lie outside the image, to 81 frequencies.
void ck_winograd_down_input(
    int box, const float *image, ck_image shape, int row, int column, float *v, ck_strides strides);
/// To the 4×4 pixels from (row, column) on; what lies outside the image is dropped.
void ck_winograd_down_output(
    const float *p, ck_strides strides, const ck_epilogue_terms *terms, float *image, ck_image shape, int row,
    int column);
/// The 4×4 pixels from (row, column) on, times a factor of each channel unless `factors` is NULL, to 81 frequencies.
/// Without factors the adjoint of `ck_winograd_down_output`.
void ck_winograd_down_output_gradient(
    const float *image, ck_image shape, int row, int column, const float *factors, float *v, ck_strides strides);

/// Adds 81 frequencies to the 12×12 pixels from (row, column) on. The adjoint of `ck_winograd_down_input`.
void ck_winograd_down_input_gradient(
    int box, const float *v, ck_strides strides, float *image, ck_image shape, int row, int column);

/// u = P w Pᵀ for up to 16 rows (c) and 16 columns (k) of the weights w[9][rows][columns], with P of 6×3.
/// `plane` is the distance of taps in w, `line` of rows. With `transpose` the roles of rows and columns are exchanged
/// on the way. Always stores 16 rows and 16 columns; what does not exist is zero. With `streams` they go past the caches,
/// for what these could not hold until it is read; u and `frequency` are then multiples of 64 bytes.
void ck_winograd_weights(
    const float *w, size_t plane, size_t line, int rows, int columns, int transpose, const float *p, float *u,
    size_t frequency, int streams);
/// w = Pᵀ u P: the adjoint of `ck_winograd_weights`, without transposition.
void ck_winograd_weight_gradient(
    const float *u, size_t frequency, const float *p, float *w, size_t plane, size_t line, int rows,
    int columns);

/// c[g][r][16] = Σ over a-groups h, lanes l of a[h][r][l] · b[g][16 h + l][16], for `rows` rows and `groups` groups.
/// The products of a convolution: rows are tiles, a-groups input channels, groups output channels. With `accumulate` c
/// is what the sums begin with.
void ck_winograd_product(
    const float *a, size_t a_group, int a_groups, const float *b, size_t b_group, float *c, size_t c_group, int rows,
    int groups, int accumulate);
/// c[g][16 h + l][16] += Σ over rows r of a[h][r][l] · b[g][r][16]: the weight gradient's products.
/// With `overwrite`, c is not read.
void ck_winograd_gradient_product(
    const float *a, size_t a_group, int a_groups, const float *b, size_t b_group, float *c, size_t c_group, int rows,
    int groups, int overwrite);
#endif
