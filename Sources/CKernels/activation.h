#ifndef GANGLION_CKERNELS_ACTIVATION_H
#define GANGLION_CKERNELS_ACTIVATION_H
#include "ckernels_epilogue.h"

#include "clones.h"

// The activation that follows a layer.

CK_INLINE float activate(float x, ck_activation a) {
    float v = (x > 0 ? x : a.slope * x) * a.gain;
    if (a.clamp >= 0) {
        v = v < -a.clamp ? -a.clamp : v;
        v = v > a.clamp ? a.clamp : v;
    }
    return v;
}

#endif
