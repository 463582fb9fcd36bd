/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attached images: how many, how large, what they are called. Their headers alone are read. */
#include <string.h>

#include "message/decode.h"
#include "rules/eval/eval.h"
#include "rules/eval/eval_pattern.h"

enum image_type { IMAGE_GIF, IMAGE_PNG, IMAGE_JPEG, IMAGE_TYPES };

static const char *const type_names[IMAGE_TYPES] = { "gif", "png", "jpeg" };

struct image {
	enum image_type type;
	double width, height; /* 0: could not be read */
	struct str name;
};

struct image_list {
	vec_members(struct image);
};

static unsigned big_endian(struct str data, size_t at, size_t bytes)
{
	unsigned value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | (unsigned char)data.data[at + i];
	return value;
}

static void read_gif(struct str data, struct image *image)
{
	if (data.len < 10 || (!str_starts(data, STR("GIF87a")) && !str_starts(data, STR("GIF89a"))))
		return;
	image->width = (unsigned char)data.data[6] | (unsigned char)data.data[7] << 8;
	image->height = (unsigned char)data.data[8] | (unsigned char)data.data[9] << 8;
}

static void read_png(struct str data, struct image *image)
{
	if (data.len < 24 || !str_starts(data, STR("\x89PNG\r\n\x1a\n")) ||
	    memcmp(data.data + 12, "IHDR", 4) != 0)
		return;
	image->width = big_endian(data, 16, 4);
	image->height = big_endian(data, 20, 4);
}

/* The frame header, SOF0 to SOF15, but for the tables among those numbers. */
static bool is_frame(unsigned marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
	       marker != 0xcc;
}

static void read_jpeg(struct str data, struct image *image)
{
	size_t at = 2;

	if (!str_starts(data, STR("\xff\xd8")))
		return;
	while (at + 9 <= data.len && (unsigned char)data.data[at] == 0xff) {
		unsigned marker = (unsigned char)data.data[at + 1];
		unsigned len = big_endian(data, at + 2, 2);

		if (marker == 0xda || marker == 0xd9 || len < 2)
			return;
		if (is_frame(marker)) {
			image->height = big_endian(data, at + 5, 2);
			image->width = big_endian(data, at + 7, 2);
			return;
		}
		at += 2 + len;
	}
}

static bool image_type_of(const struct mime_part *part, enum image_type *type_r)
{
	if (str_eq(part->type, STR("image/gif")))
		*type_r = IMAGE_GIF;
	else if (str_eq(part->type, STR("image/png")))
		*type_r = IMAGE_PNG;
	else if (str_eq(part->type, STR("image/jpeg")) || str_eq(part->type, STR("image/jpg")))
		*type_r = IMAGE_JPEG;
	else
		return false;
	return part->encoding == MIME_ENCODING_BASE64 && part->first_child == NULL;
}

static struct image read_image(const struct eval_context *context, const struct mime_part *part,
                               enum image_type type)
{
	static void (*const readers[IMAGE_TYPES])(
		struct str data, struct image * image) = { read_gif, read_png, read_jpeg };
	/* Large parts are kept encoded; a JPEG's size can be far from its start. */
	struct str data = part->decoded.data != part->raw_body.data
	                          ? part->decoded
	                          : decode_base64(context->arena, part->raw_body, NULL);
	struct image image = { .type = type, .name = part->name };

	readers[type](data, &image);
	return image;
}

static const struct image_list *images(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;
	struct image_list *list = eval_cached(context, EVAL_CACHE_IMAGES);
	enum image_type type;

	if (list != NULL)
		return list;
	list = arena_new_object(context->arena, struct image_list);
	for (size_t i = 0; i < parts->len; i++)
		if (image_type_of(parts->items[i], &type))
			vec_push(context->arena, list, read_image(context, parts->items[i], type));
	eval_cache(context, EVAL_CACHE_IMAGES, list);
	return list;
}

static bool is_of(const struct image *image, struct str type)
{
	return str_eq(type, STR("all")) || str_eq(type, str_from(type_names[image->type]));
}

static bool has_size(const struct image *image)
{
	return image->width > 0 && image->height > 0;
}

/* Arguments `first` and the next are the least and the greatest value. */
static bool between(const struct eval_context *context, size_t first, double value)
{
	return context->args->texts.len > first && value >= eval_number(context, first, 0) &&
	       (context->args->texts.len <= first + 1 ||
	        value <= eval_number(context, first + 1, 0));
}

static double image_count(const struct eval_context *context)
{
	const struct image_list *list = images(context);
	double count = 0;

	for (size_t i = 0; i < list->len; i++)
		count += is_of(&list->items[i], eval_text(context, 0));
	return between(context, 1, count);
}

static double pixels(const struct eval_context *context, struct str type)
{
	const struct image_list *list = images(context);
	double sum = 0;

	for (size_t i = 0; i < list->len; i++)
		if (is_of(&list->items[i], type))
			sum += list->items[i].width * list->items[i].height;
	return sum;
}

static double pixel_coverage(const struct eval_context *context)
{
	return between(context, 1, pixels(context, eval_text(context, 0)));
}

static double image_to_text_ratio(const struct eval_context *context)
{
	const struct str_list *body = eval_texts(context);
	double area = pixels(context, eval_text(context, 0)), text = 0, ratio;

	for (size_t i = 0; i < body->len; i++)
		text += (double)body->items[i].len;
	if (text == 0 || area == 0)
		return 0;
	ratio = text / area;
	return between(context, 1, ratio) && ratio != eval_number(context, 2, 0);
}

static double image_size_exact(const struct eval_context *context)
{
	const struct image_list *list = images(context);

	for (size_t i = 0; i < list->len; i++)
		if (is_of(&list->items[i], eval_text(context, 0)) && has_size(&list->items[i]) &&
		    list->items[i].height == eval_number(context, 1, -1) &&
		    list->items[i].width == eval_number(context, 2, -1))
			return 1;
	return 0;
}

static double image_size_range(const struct eval_context *context)
{
	const struct image_list *list = images(context);

	for (size_t i = 0; i < list->len; i++) {
		const struct image *image = &list->items[i];

		if (is_of(image, eval_text(context, 0)) && has_size(image) &&
		    image->height >= eval_number(context, 1, 0) &&
		    image->width >= eval_number(context, 2, 0) &&
		    (context->args->texts.len <= 3 ||
		     image->height <= eval_number(context, 3, 0)) &&
		    (context->args->texts.len <= 4 || image->width <= eval_number(context, 4, 0)))
			return 1;
	}
	return 0;
}

static double image_named(const struct eval_context *context)
{
	const struct image_list *list = images(context);

	for (size_t i = 0; i < list->len; i++)
		if (has_size(&list->items[i]) && list->items[i].name.len > 0 &&
		    str_eq(list->items[i].name, eval_text(context, 0)))
			return 1;
	return 0;
}

static double image_name_regex(const struct eval_context *context)
{
	const struct image_list *list = images(context);
	struct pattern_span span;

	for (size_t i = 0; context->args->pattern != NULL && i < list->len; i++)
		if (has_size(&list->items[i]) && list->items[i].name.len > 0 &&
		    eval_match(context, context->args->pattern, list->items[i].name, &span))
			return 1;
	return 0;
}

/* Our own: a picture has a QR code with a link. */
static double has_qr_link(const struct eval_context *context)
{
	return (double)context->message->qr_links;
}

const struct eval_function eval_image_functions[] = {
	{ .name = "check_qr_link", .run = has_qr_link },
	{ .name = "image_count", .run = image_count, .args = "tn|n" },
	{ .name = "pixel_coverage", .run = pixel_coverage, .args = "tn|n" },
	{ .name = "image_to_text_ratio", .run = image_to_text_ratio, .args = "tn|n" },
	{ .name = "image_size_exact", .run = image_size_exact, .args = "tnn" },
	{ .name = "image_size_range", .run = image_size_range, .args = "tnn|nn" },
	{ .name = "image_named", .run = image_named, .args = "t" },
	{ .name = "image_name_regex", .run = image_name_regex, .args = "p" },
	{ 0 },
};
