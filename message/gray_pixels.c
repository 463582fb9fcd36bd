/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/gray_pixels.h"

#include "base/memory.h"

#define SIDE_MAX 32000

bool gray_pixels_make(size_t width, size_t height, size_t max_pixels, struct gray_image *image_r)
{
	if (width == 0 || height == 0 || width > SIDE_MAX || height > SIDE_MAX ||
	    width * height > max_pixels)
		return false;
	image_r->width = (unsigned)width;
	image_r->height = (unsigned)height;
	image_r->pixels = memory_alloc(width * height);
	memset(image_r->pixels, 0xff, width * height);
	return true;
}
