/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/qr_code.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zbar.h>

#include "base/deadline.h"
#include "base/utf8.h"
#include "message/decode.h"
#include "message/gray_image.h"

/* The functions of zbar that are called. */
#define FOR_EACH_FUNCTION(do)                                                                      \
	do                                                                                         \
		(zbar_image_scanner_create);                                                       \
	do                                                                                         \
		(zbar_image_scanner_destroy);                                                      \
	do                                                                                         \
		(zbar_image_scanner_set_config);                                                   \
	do                                                                                         \
		(zbar_scan_image);                                                                 \
	do                                                                                         \
		(zbar_image_create);                                                               \
	do                                                                                         \
		(zbar_image_destroy);                                                              \
	do                                                                                         \
		(zbar_image_set_format);                                                           \
	do                                                                                         \
		(zbar_image_set_size);                                                             \
	do                                                                                         \
		(zbar_image_set_data);                                                             \
	do                                                                                         \
		(zbar_image_first_symbol);                                                         \
	do                                                                                         \
		(zbar_symbol_next);                                                                \
	do                                                                                         \
		(zbar_symbol_get_data);                                                            \
	do                                                                                         \
	(zbar_symbol_get_data_length)

#define MEMBER(name) __typeof__(name) *name
static struct {
	FOR_EACH_FUNCTION(MEMBER);
} zbar;
static bool available;

static void load_zbar(void)
{
	void *library = dlopen("libzbar.so.0", RTLD_NOW | RTLD_LOCAL);
	size_t found = 0, wanted = 0;

	if (library == NULL)
		return;
#define LOAD(name)                                                                                 \
	do {                                                                                       \
		zbar.name = (__typeof__(zbar.name))dlsym(library, #name);                          \
		found += zbar.name != NULL;                                                        \
		wanted++;                                                                          \
	} while (0)
	FOR_EACH_FUNCTION(LOAD);
	available = found == wanted;
}

bool qr_codes_available(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load_zbar);
	return available;
}

static void take_codes(struct arena *arena, const zbar_image_t *picture, struct str_list *texts)
{
	const zbar_symbol_t *symbol = zbar.zbar_image_first_symbol(picture);

	for (; symbol != NULL && texts->len < QR_CODES_MAX;
	     symbol = zbar.zbar_symbol_next(symbol)) {
		struct str text = { zbar.zbar_symbol_get_data(symbol),
			            zbar.zbar_symbol_get_data_length(symbol) };

		if (text.len > 0)
			vec_push(arena, texts, utf8_repair(arena, arena_str(arena, text)));
	}
}

static bool scan(struct arena *arena, const struct gray_image *image, struct str_list *texts)
{
	size_t before = texts->len;
	zbar_image_scanner_t *scanner = zbar.zbar_image_scanner_create();
	zbar_image_t *picture = zbar.zbar_image_create();

	zbar.zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
	zbar.zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
	zbar.zbar_image_set_format(picture, zbar_fourcc('Y', '8', '0', '0'));
	zbar.zbar_image_set_size(picture, image->width, image->height);
	zbar.zbar_image_set_data(picture, image->pixels,
	                         (unsigned long)image->width * image->height, NULL);
	if (zbar.zbar_scan_image(scanner, picture) > 0)
		take_codes(arena, picture, texts);
	zbar.zbar_image_destroy(picture);
	zbar.zbar_image_scanner_destroy(scanner);
	return texts->len > before;
}

/* Black and white alone: JPEG leaves traces around each edge, which keep codes from being seen. */
static void sharpen(struct gray_image *image)
{
	size_t count = (size_t)image->width * image->height;
	uint64_t sum = 0;
	unsigned char middle;

	for (size_t i = 0; i < count; i++)
		sum += image->pixels[i];
	middle = (unsigned char)(sum / count);
	for (size_t i = 0; i < count; i++)
		image->pixels[i] = image->pixels[i] >= middle ? 255 : 0;
}

/* By what the sender says, or by the name: what isn't one is seen by its first bytes. */
static bool may_be_picture(const struct mime_part *part)
{
	static const struct str ends[] = { STR_INIT(".png"), STR_INIT(".jpg"), STR_INIT(".jpeg"),
		                           STR_INIT(".gif") };

	if (part->first_child != NULL)
		return false;
	if (str_starts_ci(part->type, STR("image/")))
		return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (str_ends_ci(part->name, ends[i]))
			return true;
	return false;
}

/* Large parts are kept encoded. */
static struct str content_of(struct arena *arena, const struct mime_part *part)
{
	if (part->decoded.data != part->raw_body.data || part->encoding != MIME_ENCODING_BASE64 ||
	    part->raw_body.len > 2 * QR_BYTES_MAX)
		return part->decoded;
	return decode_base64(arena, part->raw_body, NULL);
}

void qr_codes_find(struct arena *arena, const struct mime_part_list *parts, struct str_list *texts)
{
	struct deadline deadline = deadline_in_ms(QR_MILLISECONDS_MAX);
	size_t pictures = 0, pixels = 0;

	for (size_t i = 0; i < parts->len && pictures < QR_PICTURES_MAX &&
	                   pixels < QR_ALL_PIXELS_MAX && !deadline_passed(deadline);
	     i++) {
		struct gray_image image;
		struct str data;

		if (!may_be_picture(parts->items[i]) || !qr_codes_available())
			continue;
		pictures++;
		data = content_of(arena, parts->items[i]);
		if (data.len > QR_BYTES_MAX || !gray_image_read(data, QR_PIXELS_MAX, &image))
			continue;
		pixels += (size_t)image.width * image.height;
		if (!scan(arena, &image, texts)) {
			sharpen(&image);
			scan(arena, &image, texts);
		}
		free(image.pixels);
	}
}
