/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures as shades of gray, for what is read in them: PNG (libpng), JPEG (libjpeg) and GIF
 * (giflib), of these the first frame. What is broken or larger than allowed is no picture. Only in
 * builds with these libraries. Thread-safe.
 */
#ifndef MESSAGE_GRAY_IMAGE_H
#define MESSAGE_GRAY_IMAGE_H

#include "message/gray_pixels.h"

/* False where it can't be read, has more than `max_pixels`, or is none of these by its first bytes.
 * Nothing is allocated for its pixels before their number is known. */
bool gray_image_read(struct str data, size_t max_pixels, struct gray_image *image_r);

#endif
