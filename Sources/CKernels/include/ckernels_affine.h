#ifndef GANGLION_CKERNELS_AFFINE_H
#define GANGLION_CKERNELS_AFFINE_H
#include <stdint.h>

/// One sample's resampling by an affine map: reflected margins, 2× up, bilinear, 2× down with the wavelet filter.
///
/// The upsampled image is worked on in pairs of rows and of columns, those of one pixel of the image with its margins,
/// and only where the map reaches: from pair `column` (`row`) on, at the earliest −1, it is `columns` (`rows`) pairs.
/// Beside the image with its margins all is zero.
typedef struct {
    /// Of the image; `channels` are those of a pixel, `block` as many of them as are worked on.
    int64_t height, width, channels, block;
    /// Pixels before the image, and pixels of the image with both margins.
    int64_t margin_rows, margin_columns, padded_height, padded_width;
    int64_t row, rows, column, columns;
    /// Where the pixels from which the result is filtered down lie in the upsampled part: of pixel (r, s) of
    /// 2(height + 5) × 2(width + 5) x + s·x_along + r·x_down, and likewise y.
    double x, x_along, x_down, y, y_along, y_down;
    /// Of either filter up, 6 or 2; of two taps the image's border is repeated, of six there is nothing beside it.
    int64_t taps;
    /// Of even and odd pixels: of the pixels from −taps/2 on, and from −taps/2 + 1 on.
    float even[6], odd[6];
    float down[12];
} ck_affine_map;

/// Floats that the two functions need in between.
int64_t ck_affine_scratch(const ck_affine_map *map);
/// y = the resampled image. Both are pixels of `channels` floats, of which the first `block` are read and written.
void ck_affine_forward(const ck_affine_map *map, const float *x, float *y, float *scratch);
/// x = the adjoint of that, applied to y.
void ck_affine_adjoint(const ck_affine_map *map, const float *y, float *x, float *scratch);
#endif
