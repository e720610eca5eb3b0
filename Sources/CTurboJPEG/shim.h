#ifndef GANGLION_CTURBOJPEG_SHIM_H
#define GANGLION_CTURBOJPEG_SHIM_H
#include <turbojpeg.h>
#endif
