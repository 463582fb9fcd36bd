/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "message/gray_image_private.h"

/* A progressive picture of many scans costs much for few bytes. */
#define SCANS_MAX 40
/* What the library may take besides the pixels, which it doesn't keep unless they are progressive.
 */
#define MEMORY_MAX (64L * 1024 * 1024)

struct reading {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct jpeg_progress_mgr progress;
	jmp_buf failed;
	bool complete;
};

static void fail(j_common_ptr jpeg)
{
	struct reading *reading = jpeg->client_data;

	longjmp(reading->failed, 1);
}

static void say_nothing(j_common_ptr jpeg)
{
	(void)jpeg;
}

static void say_nothing_of(j_common_ptr jpeg, int level)
{
	(void)jpeg;
	(void)level;
}

static void count_scans(j_common_ptr jpeg)
{
	struct reading *reading = jpeg->client_data;

	if (reading->jpeg.input_scan_number > SCANS_MAX)
		fail(jpeg);
}

static void prepare(struct reading *reading)
{
	reading->jpeg.err = jpeg_std_error(&reading->errors);
	reading->errors.error_exit = fail;
	reading->errors.output_message = say_nothing;
	reading->errors.emit_message = say_nothing_of;
	reading->progress.progress_monitor = count_scans;
	reading->jpeg.client_data = reading;
}

/* Whatever goes wrong ends in setjmp() of the caller. */
static bool read_pixels(struct reading *reading, struct str data, size_t max_pixels,
                        struct gray_image *image_r)
{
	struct jpeg_decompress_struct *jpeg = &reading->jpeg;

	jpeg_create_decompress(jpeg);
	jpeg->client_data = reading;
	jpeg->progress = &reading->progress;
	jpeg->mem->max_memory_to_use = MEMORY_MAX;
	jpeg_mem_src(jpeg, (const unsigned char *)data.data, data.len);
	jpeg_read_header(jpeg, TRUE);
	if (!gray_pixels_make(jpeg->image_width, jpeg->image_height, max_pixels, image_r))
		return false;
	jpeg->out_color_space = JCS_GRAYSCALE;
	jpeg_start_decompress(jpeg);
	while (jpeg->output_scanline < jpeg->output_height) {
		JSAMPROW row = image_r->pixels + (size_t)jpeg->output_scanline * image_r->width;

		jpeg_read_scanlines(jpeg, &row, 1);
	}
	return true;
}

bool gray_image_jpeg(struct str data, size_t max_pixels, struct gray_image *image_r)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	bool ok;

	if (reading == NULL)
		return false;
	prepare(reading);
	if (setjmp(reading->failed) == 0)
		reading->complete = read_pixels(reading, data, max_pixels, image_r);
	ok = reading->complete;
	jpeg_destroy_decompress(&reading->jpeg);
	free(reading);
	if (ok)
		return true;
	free(image_r->pixels);
	image_r->pixels = NULL;
	return false;
}
