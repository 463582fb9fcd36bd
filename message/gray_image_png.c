/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <png.h>
#include <stdlib.h>

#include "message/gray_image_private.h"

bool gray_image_png(struct str data, size_t max_pixels, struct gray_image *image_r)
{
	png_image png = { .version = PNG_IMAGE_VERSION };
	const png_color white = { 255, 255, 255 };
	bool ok;

	if (!png_image_begin_read_from_memory(&png, data.data, data.len))
		return false;
	png.format = PNG_FORMAT_GRAY;
	ok = gray_pixels_make(png.width, png.height, max_pixels, image_r) &&
	     png_image_finish_read(&png, &white, image_r->pixels, 0, NULL) != 0;
	png_image_free(&png);
	if (ok)
		return true;
	free(image_r->pixels);
	image_r->pixels = NULL;
	return false;
}
