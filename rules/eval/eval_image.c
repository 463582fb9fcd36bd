/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attached images: how many, how large, what they are called. Their headers alone are read. */
#include <string.h>

#include "message/decode.h"
#include "rules/eval/eval.h"

enum image_type { IMAGE_GIF, IMAGE_PNG, IMAGE_JPEG, IMAGE_TYPES };

static const char *const type_names[IMAGE_TYPES] = { "gif", "png", "jpeg" };

struct image {
	enum image_type type;
	double width, height; /* 0: could not be read */
	struct str name;
};

struct image_list {
	struct image *items;
	size_t len;
	size_t cap;
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

static struct image read_image(struct match *match, const struct mime_part *part,
                               enum image_type type)
{
	static void (*const readers[IMAGE_TYPES])(
		struct str data, struct image * image) = { read_gif, read_png, read_jpeg };
	/* Large parts are kept encoded; a JPEG's size can stand far behind its start. */
	struct str data = part->decoded.data != part->raw_body.data
	                          ? part->decoded
	                          : decode_base64(match->arena, part->raw_body, NULL);
	struct image image = { .type = type, .name = part->name };

	readers[type](data, &image);
	return image;
}

static const struct image_list *images(struct match *match)
{
	const struct mime_part_list *parts = &match->facts->message->parts;
	struct image_list *list = eval_cached(match, EVAL_CACHE_IMAGES);
	enum image_type type;

	if (list != NULL)
		return list;
	list = arena_new_object(match->arena, struct image_list);
	for (size_t i = 0; i < parts->len; i++)
		if (image_type_of(parts->items[i], &type))
			vec_push(match->arena, list, read_image(match, parts->items[i], type));
	eval_cache(match, EVAL_CACHE_IMAGES, list);
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
static bool between(const struct str_list *args, size_t first, double value)
{
	return args->len > first && value >= eval_arg_number(args, first, 0) &&
	       (args->len <= first + 1 || value <= eval_arg_number(args, first + 1, 0));
}

static double image_count(struct match *match, const struct str_list *args)
{
	const struct image_list *list = images(match);
	double count = 0;

	for (size_t i = 0; i < list->len; i++)
		count += is_of(&list->items[i], eval_arg(args, 0));
	return between(args, 1, count);
}

static double pixels(struct match *match, struct str type)
{
	const struct image_list *list = images(match);
	double sum = 0;

	for (size_t i = 0; i < list->len; i++)
		if (is_of(&list->items[i], type))
			sum += list->items[i].width * list->items[i].height;
	return sum;
}

static double pixel_coverage(struct match *match, const struct str_list *args)
{
	return between(args, 1, pixels(match, eval_arg(args, 0)));
}

static double image_to_text_ratio(struct match *match, const struct str_list *args)
{
	const struct str_list *body = eval_texts(match);
	double area = pixels(match, eval_arg(args, 0)), text = 0, ratio;

	for (size_t i = 0; i < body->len; i++)
		text += (double)body->items[i].len;
	if (text == 0 || area == 0)
		return 0;
	ratio = text / area;
	return between(args, 1, ratio) && ratio != eval_arg_number(args, 2, 0);
}

static double image_size_exact(struct match *match, const struct str_list *args)
{
	const struct image_list *list = images(match);

	for (size_t i = 0; i < list->len; i++)
		if (is_of(&list->items[i], eval_arg(args, 0)) && has_size(&list->items[i]) &&
		    list->items[i].height == eval_arg_number(args, 1, -1) &&
		    list->items[i].width == eval_arg_number(args, 2, -1))
			return 1;
	return 0;
}

static double image_size_range(struct match *match, const struct str_list *args)
{
	const struct image_list *list = images(match);

	for (size_t i = 0; i < list->len; i++) {
		const struct image *image = &list->items[i];

		if (is_of(image, eval_arg(args, 0)) && has_size(image) &&
		    image->height >= eval_arg_number(args, 1, 0) &&
		    image->width >= eval_arg_number(args, 2, 0) &&
		    (args->len <= 3 || image->height <= eval_arg_number(args, 3, 0)) &&
		    (args->len <= 4 || image->width <= eval_arg_number(args, 4, 0)))
			return 1;
	}
	return 0;
}

static double image_named(struct match *match, const struct str_list *args)
{
	const struct image_list *list = images(match);

	for (size_t i = 0; i < list->len; i++)
		if (has_size(&list->items[i]) && list->items[i].name.len > 0 &&
		    str_eq(list->items[i].name, eval_arg(args, 0)))
			return 1;
	return 0;
}

static double image_name_regex(struct match *match, const struct str_list *args)
{
	const struct image_list *list = images(match);
	struct pattern_span span;

	(void)args;
	for (size_t i = 0; match->rule->eval_pattern != NULL && i < list->len; i++)
		if (has_size(&list->items[i]) && list->items[i].name.len > 0 &&
		    match_pattern(match, match->rule->eval_pattern, list->items[i].name, &span))
			return 1;
	return 0;
}

const struct eval_function eval_image_functions[] = {
	{ "image_count", image_count, NULL, 0 },
	{ "pixel_coverage", pixel_coverage, NULL, 0 },
	{ "image_to_text_ratio", image_to_text_ratio, NULL, 0 },
	{ "image_size_exact", image_size_exact, NULL, 0 },
	{ "image_size_range", image_size_range, NULL, 0 },
	{ "image_named", image_named, NULL, 0 },
	{ "image_name_regex", image_name_regex, NULL, 1 },
	{ 0 },
};
