/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/gray_image.h"

#include "message/gray_image_private.h"

bool gray_image_read(struct str data, size_t max_pixels, struct gray_image *image_r)
{
	*image_r = (struct gray_image){ 0 };
	if (str_starts(data, STR("\x89PNG\r\n\x1a\n")))
		return gray_image_png(data, max_pixels, image_r);
	if (str_starts(data, STR("\xff\xd8\xff")))
		return gray_image_jpeg(data, max_pixels, image_r);
	if (str_starts(data, STR("GIF8")))
		return gray_image_gif(data, max_pixels, image_r);
	return false;
}
