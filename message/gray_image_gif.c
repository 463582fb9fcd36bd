/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "message/gray_image_private.h"

/* Blocks before the first frame. */
#define BLOCKS_MAX 1000

static int read_bytes(GifFileType *gif, GifByteType *out, int wanted)
{
	struct str *rest = gif->UserData;
	size_t len = wanted > 0 ? (size_t)wanted : 0;

	len = len < rest->len ? len : rest->len;
	memcpy(out, rest->data, len);
	*rest = str_from_offset(*rest, len);
	return (int)len;
}

static unsigned char shade(const ColorMapObject *colors, int index)
{
	const GifColorType *color;

	if (colors == NULL || index >= colors->ColorCount)
		return 255;
	color = &colors->Colors[index];
	return (unsigned char)((color->Red * 77 + color->Green * 151 + color->Blue * 28) >> 8);
}

/* The number of the row that comes as number `i`, in the order of an interlaced picture. */
static int interlaced_row(int i, int height)
{
	static const int starts[] = { 0, 4, 2, 1 }, steps[] = { 8, 8, 4, 2 };

	for (int pass = 0; pass < 4; pass++) {
		int rows = height > starts[pass]
		                   ? (height - starts[pass] + steps[pass] - 1) / steps[pass]
		                   : 0;

		if (i < rows)
			return starts[pass] + i * steps[pass];
		i -= rows;
	}
	return height;
}

static void draw_row(const GifFileType *gif, const GifByteType *row, int y, int transparent,
                     struct gray_image *image)
{
	const GifImageDesc *frame = &gif->Image;
	const ColorMapObject *colors = frame->ColorMap != NULL ? frame->ColorMap : gif->SColorMap;

	y += frame->Top;
	if (y < 0 || (unsigned)y >= image->height)
		return;
	for (int i = 0; i < frame->Width; i++) {
		int x = frame->Left + i;

		if (x >= 0 && (unsigned)x < image->width && row[i] != transparent)
			image->pixels[(size_t)y * image->width + (size_t)x] = shade(colors, row[i]);
	}
}

static bool draw_frame(GifFileType *gif, int transparent, size_t max_pixels,
                       struct gray_image *image)
{
	GifByteType *row;
	int height, i = 0;

	if (DGifGetImageDesc(gif) == GIF_ERROR || gif->Image.Width <= 0 || gif->Image.Height <= 0 ||
	    (size_t)gif->Image.Width * (size_t)gif->Image.Height > max_pixels)
		return false;
	height = gif->Image.Height;
	row = memory_calloc((size_t)gif->Image.Width, 1);
	while (i < height && DGifGetLine(gif, row, gif->Image.Width) != GIF_ERROR) {
		draw_row(gif, row, gif->Image.Interlace ? interlaced_row(i, height) : i,
		         transparent, image);
		i++;
	}
	free(row);
	return i > 0;
}

/* The transparent color of the frame to come, where the block is about that. */
static bool skip_extension(GifFileType *gif, int *transparent)
{
	GifByteType *block;
	int code;

	if (DGifGetExtension(gif, &code, &block) == GIF_ERROR)
		return false;
	if (code == GRAPHICS_EXT_FUNC_CODE && block != NULL && block[0] >= 4)
		*transparent = block[1] & 1 ? block[4] : -1;
	while (block != NULL)
		if (DGifGetExtensionNext(gif, &block) == GIF_ERROR)
			return false;
	return true;
}

static bool draw_first_frame(GifFileType *gif, size_t max_pixels, struct gray_image *image)
{
	int transparent = -1;
	GifRecordType type;

	for (int i = 0; i < BLOCKS_MAX && DGifGetRecordType(gif, &type) != GIF_ERROR; i++) {
		if (type == IMAGE_DESC_RECORD_TYPE)
			return draw_frame(gif, transparent, max_pixels, image);
		if (type != EXTENSION_RECORD_TYPE || !skip_extension(gif, &transparent))
			return false;
	}
	return false;
}

bool gray_image_gif(struct str data, size_t max_pixels, struct gray_image *image_r)
{
	int error = 0;
	GifFileType *gif = DGifOpen(&data, read_bytes, &error);
	bool ok;

	if (gif == NULL)
		return false;
	ok = gif->SWidth > 0 && gif->SHeight > 0 &&
	     gray_pixels_make((size_t)gif->SWidth, (size_t)gif->SHeight, max_pixels, image_r) &&
	     draw_first_frame(gif, max_pixels, image_r);
	DGifCloseFile(gif, &error);
	if (ok)
		return true;
	free(image_r->pixels);
	image_r->pixels = NULL;
	return false;
}
