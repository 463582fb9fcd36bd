/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Room for a picture in shades of gray. Thread-safe. */
#ifndef MESSAGE_GRAY_PIXELS_H
#define MESSAGE_GRAY_PIXELS_H

#include "base/str.h"

struct gray_image {
	unsigned width, height;
	unsigned char *pixels; /* rows from the top, 0 is black; free() */
};

/* Room for the pixels, white; false where there are none or too many. */
bool gray_pixels_make(size_t width, size_t height, size_t max_pixels, struct gray_image *image_r);

#endif
