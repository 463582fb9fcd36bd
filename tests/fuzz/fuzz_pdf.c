/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a PDF file, in both manners. */
#include <assert.h>
#include <string.h>

#include "message/pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct str file, enum pdf_manner manner)
{
	struct arena *arena = arena_new();
	const struct pdf *pdf = pdf_read(arena, file, manner);
	const struct pdf_size *image;

	if (pdf != NULL) {
		assert(strlen(pdf->md5) == MD5_HEX_LEN);
		assert(pdf->uris.len <= 20);
		assert(pdf->area >= 0);
		vec_foreach (&pdf->sizes, image)
			assert(image->width.len > 0 && image->height.len > 0);
		for (size_t i = 0; i < PDF_DETAIL_COUNT; i++)
			for (size_t k = 0; k < pdf->details[i].len; k++)
				assert(pdf->details[i].items[k].len <= 256);
	}
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str file = { (const char *)data, size };

	check(file, PDF_LINEWISE);
	check(file, PDF_ACROSS_LINES);
	return 0;
}
