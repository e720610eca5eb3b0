#ifndef GANGLION_CKERNELS_WINOGRAD_H
#define GANGLION_CKERNELS_WINOGRAD_H
#include "ckernels_convolution.h"
#include "clones.h"

// Sixteen channels, or as many of them as there are.

#define LOAD(p) (*(const ck_v16 *)(p))
#define STORE(p, v) (*(ck_v16 *)(p) = (v))

CK_INLINE void load_channels(ck_v16 *v, const float *p, int count) {
    if (count >= 16) {
        *v = LOAD(p);
        return;
    }
    *v = (ck_v16){0};
    for (int i = 0; i < count; i++) (*v)[i] = p[i];
}

CK_INLINE void store_channels(float *p, const ck_v16 *v, int count) {
    if (count >= 16) {
        STORE(p, *v);
        return;
    }
    for (int i = 0; i < count; i++) p[i] = (*v)[i];
}
#endif
