#ifndef GANGLION_CKERNELS_GROUPED_H
#define GANGLION_CKERNELS_GROUPED_H
#include "ckernels_epilogue.h"

// 3×3 convolutions of groups of channels, each with itself alone: c channels of an NHWC image in groups of n. A group's
// pixels lie 4·c bytes apart there, and its weights likewise: both are brought together, a group at a time.

/// Rows of an image, with its zeros beyond the border.
typedef struct {
    /// Of the image.
    int64_t h, w, c;
    /// Of its groups.
    int64_t n;
    /// Of the rows, the first and how many there are.
    int64_t first, rows;
} ck_grouped;

/// Floats that `ck_grouped_gather` writes for a group.
int64_t ck_grouped_gathered(const ck_grouped *strip);
/// The rows of `groups` groups from channel `channel` on and what lies around them, group by group:
/// [1 + rows + 1][1 + whole quads of pixels + 1][whole fours of channels], zeros where there is nothing.
void ck_grouped_gather(const float *image, const ck_grouped *strip, int64_t channel, int64_t groups, float *out);
/// The rows of a group's gradients from channel `channel` on alone: [whole sixteens of channels][rows][w][16].
void ck_grouped_gather_gradients(const float *image, const ck_grouped *strip, int64_t channel, float *out);

/// A group's weights w[9][n][c], as they are multiplied: [whole sixteens of outputs][9][n][16]. With `adjoint` those of
/// the way back, turned by half a circle, what was an output being an input.
void ck_grouped_weights(const float *w, int64_t c, int64_t n, int64_t channel, int adjoint, float *out);
/// Adds sums[whole sixteens of outputs][9][whole fours of channels][16] to a group's w[9][n][c], or writes them there.
void ck_grouped_weights_back(
    const float *sums, int64_t c, int64_t n, int64_t channel, int accumulate, float *w);

/// What a group's rows become, at the channels from `channel` on of an image as `strip` has it. The terms, unless NULL,
/// are those of the image's channels, from the strip's first pixel on.
void ck_grouped_rows(
    const float *gathered, const float *weights, const ck_grouped *strip, int64_t channel,
    const ck_epilogue_terms *terms, float *image);
/// Adds to sums[whole sixteens of outputs][9][whole fours of channels][16] what rows of a group and gradients of what
/// became of them are to each of its weights.
void ck_grouped_weight_sums(
    const float *gathered, const float *gradients, const ck_grouped *strip, float *sums);
#endif
