#ifndef GANGLION_CKERNELS_H
#define GANGLION_CKERNELS_H
// The innermost loops. Each works on the range it is given, in one thread; blocking, threading and choosing are Swift's.
#include "ckernels_attention.h"
#include "ckernels_batch_norm.h"
#include "ckernels_convolution.h"
#include "ckernels_elementwise.h"
#include "ckernels_epilogue.h"
#include "ckernels_halves.h"
#include "ckernels_level.h"
#include "ckernels_max_pooling.h"
#include "ckernels_narrow.h"
#include "ckernels_optimizer.h"
#include "ckernels_pixel_norm.h"
#include "ckernels_pool.h"
#include "ckernels_product.h"
#include "ckernels_random.h"
#include "ckernels_reduce.h"
#include "ckernels_resample.h"
#include "ckernels_sort.h"
#include "ckernels_spectral_norm.h"
#include "ckernels_window.h"
#endif
