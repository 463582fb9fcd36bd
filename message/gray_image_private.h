/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats of gray_image.h: one function each, as gray_image_read(). */
#ifndef MESSAGE_GRAY_IMAGE_PRIVATE_H
#define MESSAGE_GRAY_IMAGE_PRIVATE_H

#include "message/gray_pixels.h"

bool gray_image_png(struct str data, size_t max_pixels, struct gray_image *image_r);
bool gray_image_jpeg(struct str data, size_t max_pixels, struct gray_image *image_r);
bool gray_image_gif(struct str data, size_t max_pixels, struct gray_image *image_r);

#endif
