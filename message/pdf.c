/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/pdf.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/strbuf.h"

#define MAX_MAGIC_OFFSET 1024
#define MAX_URIS         20
#define MAX_VALUES       1000 /* of one detail, or sizes */
#define MAX_VALUE_BYTES  256
#define MAX_DIGITS       32 /* of a size */
#define FUZZY_LINES      70 /* the lines before this one are summed up */
#define URI_MIN          8  /* characters after the scheme of a bare link */
#define URI_MAX          256

struct reader {
	struct arena *arena;
	struct pdf *pdf;
	struct map *seen; /* values and sizes, with a letter of what they are in front */
	struct strbuf lines, keys;
	size_t line_number;
	bool lines_end;
	enum pdf_manner manner;
	struct pdf_size size; /* what of the next image's is known */
	bool at_image;        /* an image was announced, and its size has not come yet */
	double height, width;
};

static const struct {
	const char *name; /* for rules */
	const char *key;  /* in the file */
	bool is_date;
} details[PDF_DETAIL_COUNT] = {
	{ "author", "/Author", false },       { "creator", "/Creator", false },
	{ "created", "/CreationDate", true }, { "modified", "/ModDate", true },
	{ "producer", "/Producer", false },   { "title", "/Title", false },
};

bool pdf_detail_named(struct str name, enum pdf_detail *detail_r)
{
	for (size_t i = 0; i < PDF_DETAIL_COUNT; i++) {
		if (str_eq(name, str_from(details[i].name))) {
			*detail_r = (enum pdf_detail)i;
			return true;
		}
	}
	return false;
}

static size_t count_digits(struct str text)
{
	size_t len = 0;

	while (len < text.len && char_is_digit(text.data[len]))
		len++;
	return len;
}

/* Takes digits from the front of the text; false where there are none. */
static bool take_digits(struct str *text, struct str *digits_r)
{
	size_t len = count_digits(*text);

	*digits_r = str_prefix(*text, len);
	*text = str_from_offset(*text, len);
	return len > 0;
}

static bool take(struct str *text, struct str front)
{
	if (!str_starts(*text, front))
		return false;
	*text = str_from_offset(*text, front.len);
	return true;
}

static bool take_space(struct str *text)
{
	if (text->len == 0 || !char_is_space(text->data[0]))
		return false;
	*text = str_from_offset(*text, 1);
	return true;
}

/* Is it the text for the first time? */
static bool is_new(struct reader *reader, char kind, struct str text)
{
	struct str key = arena_printf(reader->arena, "%c%.*s", kind, STR_FMT(text));

	if (map_get(reader->seen, key) != NULL)
		return false;
	map_set(reader->seen, key, reader);
	return true;
}

/* "\101" → "A", where no backslash stands in front. */
static struct str decode_octal(struct arena *arena, struct str text)
{
	struct strbuf out;

	if (str_find_char(text, '\\') < 0)
		return text;
	strbuf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++) {
		const char *c = text.data + i;
		bool octal = *c == '\\' && (i == 0 || c[-1] != '\\') && i + 3 < text.len &&
		             c[1] >= '0' && c[1] <= '3' && c[2] >= '0' && c[2] <= '7' &&
		             c[3] >= '0' && c[3] <= '7';

		if (octal) {
			strbuf_add_char(
				&out, (char)((c[1] - '0') << 6 | (c[2] - '0') << 3 | (c[3] - '0')));
			i += 3;
		} else {
			strbuf_add_char(&out, *c);
		}
	}
	return strbuf_str(&out);
}

/* UTF-16 becomes what its low bytes say. */
static struct str drop_utf16(struct arena *arena, struct str text)
{
	char *out;
	size_t len = 0;

	if (!take(&text, STR("\xfe\xff")) && !take(&text, STR("\xff\xfe")))
		return text;
	out = arena_alloc(arena, text.len);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '\0')
			out[len++] = text.data[i];
	return (struct str){ out, len };
}

static struct str drop_escapes(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.len);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\\' && i + 1 < text.len &&
		    (text.data[i + 1] == '(' || text.data[i + 1] == ')' ||
		     text.data[i + 1] == '\\'))
			i++;
		out[len++] = text.data[i];
	}
	return (struct str){ out, len };
}

/* "<FEFF0041>" → its bytes. */
static struct str decode_hex(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.len);
	size_t len = 0;

	for (size_t i = 0; i + 1 < text.len; i++) {
		int high = char_hex_value(text.data[i]), low = char_hex_value(text.data[i + 1]);

		if (high < 0 || low < 0)
			continue;
		out[len++] = (char)(high << 4 | low);
		i++;
	}
	return (struct str){ out, len };
}

static struct str decode_string(struct arena *arena, struct str text)
{
	if (str_starts(text, STR("<"))) {
		text = drop_utf16(arena, decode_hex(arena, text));
	} else {
		take(&text, STR("("));
		if (text.len > 0 && text.data[text.len - 1] == ')')
			text.len--;
		text = drop_utf16(arena, decode_octal(arena, text));
		text = drop_escapes(arena, text);
	}
	return arena_str(arena, str_prefix(text, MAX_VALUE_BYTES));
}

/* Bits: strings of a kind that have no end in the rest of a line, so later ones have none. */
enum { OPEN_TEXT = 1, OPEN_HEX = 2 };

/* A string at the front of the text, up to two spaces before it: "(…)" or "<…>". */
static bool string_at(struct str text, struct str *string_r, unsigned *open)
{
	bool hex;

	for (int i = 0; i < 2; i++)
		take_space(&text);
	if (text.len == 0 || (text.data[0] != '(' && text.data[0] != '<'))
		return false;
	hex = text.data[0] == '<';
	if ((*open & (hex ? OPEN_HEX : OPEN_TEXT)) != 0)
		return false;
	for (size_t i = 1; i < text.len; i++) {
		if (hex ? text.data[i] == '>' : text.data[i] == ')' && text.data[i - 1] != '\\') {
			*string_r = str_prefix(text, i + 1);
			return true;
		}
	}
	*open |= hex ? OPEN_HEX : OPEN_TEXT;
	return false;
}

static bool date_at(struct str text, struct str *digits_r)
{
	for (int i = 0; i < 2; i++)
		take_space(&text);
	return take(&text, STR("(D:")) && take_digits(&text, digits_r);
}

/* The first value of the key in the line. */
static bool find_value(struct str line, struct str key, bool is_date, struct str *value_r)
{
	unsigned open = 0;
	ptrdiff_t at;

	while ((at = str_find(line, key)) >= 0) {
		line = str_from_offset(line, (size_t)at + key.len);
		if (is_date ? date_at(line, value_r) : string_at(line, value_r, &open))
			return true;
	}
	return false;
}

static void read_details(struct reader *reader, struct str line)
{
	for (size_t i = 0; i < PDF_DETAIL_COUNT; i++) {
		struct str_list *list = &reader->pdf->details[i];
		struct str value;

		if (list->len >= MAX_VALUES ||
		    !find_value(line, str_from(details[i].key), details[i].is_date, &value))
			continue;
		value = decode_string(reader->arena, value);
		if (is_new(reader, (char)('a' + i), value))
			vec_push(reader->arena, list, value);
	}
}

/* "/URI (…)" after what may stand in front of it. */
static bool uri_key_at(struct str text, struct str *string_r, unsigned *open)
{
	return take(&text, STR("/URI")) && string_at(text, string_r, open);
}

/* "/S /URI /URI (…)" */
static bool typed_uri_at(struct str text, struct str *string_r, unsigned *open)
{
	if (!take(&text, STR("/S")))
		return false;
	for (int i = 0; i < 2; i++)
		take_space(&text);
	if (!take(&text, STR("/URI")))
		return false;
	for (int i = 0; i < 2; i++)
		take_space(&text);
	return uri_key_at(text, string_r, open);
}

/* "(http://…)>>" up to the last such end that is near enough; what stands between. */
static bool bare_uri_at(struct str text, struct str *uri_r)
{
	struct str rest = str_from_offset(text, 1);
	size_t scheme, len;

	if (!take(&rest, STR("https://")) && !take(&rest, STR("http://")))
		return false;
	scheme = (size_t)(rest.data - text.data);
	for (len = rest.len < URI_MAX ? rest.len : URI_MAX; len >= URI_MIN; len--) {
		if (str_starts(str_from_offset(rest, len), STR(")>>"))) {
			*uri_r = (struct str){ text.data + 1, scheme - 1 + len };
			return true;
		}
	}
	return false;
}

/* The first link of a line; *bare_r: it is a web address that no key announced. */
static bool find_uri(struct str line, struct str *uri_r, bool *bare_r)
{
	unsigned open = 0;

	*bare_r = false;
	if (uri_key_at(str_trim_left(line), uri_r, &open))
		return true;
	for (size_t i = 0; i < line.len; i++) {
		struct str rest = str_from_offset(line, i);

		if (line.data[i] == '/' && typed_uri_at(rest, uri_r, &open))
			return true;
		if (line.data[i] == '(' && bare_uri_at(rest, uri_r)) {
			*bare_r = true;
			return true;
		}
	}
	return false;
}

static void read_uri(struct reader *reader, struct str line)
{
	struct str_list *uris = &reader->pdf->uris;
	struct str uri;
	bool bare;

	if (uris->len >= MAX_URIS || !find_uri(line, &uri, &bare))
		return;
	if (!bare && reader->manner == PDF_LINEWISE && str_find_char(uri, '.') < 1)
		return;
	uri = decode_string(reader->arena, uri);
	if (str_find_char(uri, '.') < 1 || str_find_char(uri, '\0') >= 0)
		return;
	if (is_new(reader, 'u', uri))
		vec_push(reader->arena, uris, uri);
}

/* "630 0 0 149 0 0 cm": how an image is scaled. Runs of space between the numbers. */
static bool is_scaling(struct str line, struct pdf_size *size_r)
{
	struct str numbers[6];

	for (size_t i = 0; i < 6; i++) {
		if (!take_digits(&line, &numbers[i]) || !take_space(&line))
			return false;
		line = str_trim_left(line);
	}
	*size_r = (struct pdf_size){ numbers[3], numbers[0] };
	return str_eq(line, STR("cm"));
}

/* "/Width 5" with one space. */
static bool take_dimension(struct str *text, struct str key, struct str *digits_r)
{
	return take(text, key) && take_space(text) && take_digits(text, digits_r);
}

/* Width and height in one line; a line that starts with one of them never counts. */
static bool size_in_line(struct str line, struct pdf_size *size_r)
{
	static const struct str width = STR_INIT("/Width"), height = STR_INIT("/Height");
	struct str start = line, digits;
	ptrdiff_t at;

	if (is_scaling(line, size_r))
		return true;
	if (take_dimension(&start, width, &digits))
		return false;
	start = line;
	if (take_dimension(&start, height, &digits))
		return false;
	while ((at = str_find(line, width)) >= 0) {
		line = str_from_offset(line, (size_t)at);
		start = line;
		if (take_dimension(&start, width, &size_r->width) &&
		    take_dimension(&start, height, &size_r->height))
			return true;
		line = str_from_offset(line, width.len);
	}
	return false;
}

static double number_of(struct str digits)
{
	char text[MAX_DIGITS + 1] = { 0 };

	memcpy(text, digits.data, digits.len < MAX_DIGITS ? digits.len : MAX_DIGITS);
	return strtod(text, NULL);
}

static void add_size(struct reader *reader, struct pdf_size size)
{
	struct str text =
		arena_printf(reader->arena, "%.*sx%.*s", STR_FMT(size.height), STR_FMT(size.width));

	if (reader->pdf->sizes.len < MAX_VALUES && is_new(reader, 's', text))
		vec_push(reader->arena, &reader->pdf->sizes, size);
}

static bool is_size(const struct pdf_size *size)
{
	return !str_eq(size->width, STR("0")) && !str_eq(size->height, STR("0")) &&
	       size->width.len <= MAX_DIGITS && size->height.len <= MAX_DIGITS;
}

/* Is the size complete after this line? */
static bool add_dimensions(struct reader *reader, struct str line)
{
	struct pdf_size *size = &reader->size, whole;
	struct str start = line, digits;

	if (size_in_line(line, &whole))
		*size = whole;
	else if (reader->manner == PDF_LINEWISE)
		return false;
	else if (take_dimension(&start, STR("/Width"), &digits))
		size->width = digits;
	else if (take_dimension(&line, STR("/Height"), &digits))
		size->height = digits;
	return size->width.len > 0 && size->height.len > 0 && is_size(size);
}

static void read_size(struct reader *reader, struct str line)
{
	struct pdf_size size;

	if (!reader->at_image || !add_dimensions(reader, line))
		return;
	size = reader->size;
	reader->size = (struct pdf_size){ 0 };
	reader->at_image = false;
	reader->lines_end = true;
	reader->height += number_of(size.height);
	reader->width += number_of(size.width);
	reader->pdf->area += number_of(size.height) * number_of(size.width);
	reader->pdf->image_count++;
	add_size(reader, size);
}

/* Comments and sizes differ from one copy of a spammer's file to the next. */
static bool is_variable(struct str line)
{
	static const struct str fronts[] = { STR_INIT("%"), STR_INIT("/Height"), STR_INIT("/Width"),
		                             STR_INIT("/MediaBox"), STR_INIT("/CropBox") };
	struct pdf_size size;

	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++)
		if (str_starts(line, fronts[i]))
			return true;
	return is_scaling(line, &size);
}

/* Returns the line as later steps are to see it. */
static struct str sum_up_line(struct reader *reader, struct str line)
{
	if (reader->lines_end || ++reader->line_number >= FUZZY_LINES)
		return line;
	if (!is_variable(line)) {
		line = str_trim_right(line);
		strbuf_add(&reader->lines, line);
	}
	if (str_find(line, STR("stream")) >= 0)
		reader->lines_end = true;
	return line;
}

static void read_flags(struct pdf *pdf, struct str line)
{
	pdf->encrypted = pdf->encrypted || str_starts(line, STR("/Encrypt"));
	pdf->has_form = pdf->has_form || str_starts(line, STR("/AcroForm"));
	pdf->has_script = pdf->has_script || str_starts(line, STR("/JS"));
	pdf->has_action = pdf->has_action || str_starts(line, STR("/AA")) ||
	                  str_starts(line, STR("/OpenAction"));
}

static void read_line(struct reader *reader, struct str line)
{
	size_t len = 1;

	line = sum_up_line(reader, line);
	reader->at_image = reader->at_image || str_find(line, STR("/Image")) >= 0;
	read_flags(reader->pdf, line);
	read_size(reader, line);
	if (str_find_char(line, '/') < 0)
		return;
	while (line.data[0] == '/' && len < line.len && char_is_alpha(line.data[len]))
		len++;
	strbuf_add(&reader->keys, (struct str){ line.data + 1, len - 1 });
	read_uri(reader, line);
	read_details(reader, line);
}

/* Its version, or nothing. */
static struct str magic(struct str file)
{
	struct str rest = str_prefix(file, MAX_MAGIC_OFFSET + 8);
	ptrdiff_t at;

	while ((at = str_find(rest, STR("%PDF-"))) >= 0) {
		rest = str_from_offset(rest, (size_t)at + 5);
		if (rest.len >= 3 && char_is_digit(rest.data[0]) && rest.data[1] == '.' &&
		    char_is_digit(rest.data[2]))
			return str_prefix(rest, 3);
	}
	return STR("");
}

/* To Perl, "0" is false. */
static void sum_unless_empty(struct str text, char md5_r[MD5_HEX_LEN + 1])
{
	if (text.len > 0 && !str_eq(text, STR("0")))
		md5_hex(text, md5_r);
}

const struct pdf *pdf_read(struct arena *arena, struct str file, enum pdf_manner manner)
{
	struct reader reader = { .arena = arena, .manner = manner };
	struct str rest, line, version;

	take(&file, STR("\xef\xbb\xbf"));
	version = magic(file);
	if (version.len == 0)
		return NULL;
	reader.pdf = arena_new_object(arena, struct pdf);
	reader.pdf->version = version;
	reader.seen = map_new(arena, MAP_EXACT);
	strbuf_init(&reader.lines, arena);
	strbuf_init(&reader.keys, arena);
	for (rest = file; str_next_piece(&rest, '\n', &line);)
		if (line.len > 0)
			read_line(&reader, line);
	if (reader.height > 0 && reader.width > 0)
		add_size(&reader, (struct pdf_size){ arena_printf(arena, "%.15g", reader.height),
		                                     arena_printf(arena, "%.15g", reader.width) });
	sum_unless_empty(file, reader.pdf->md5);
	sum_unless_empty(strbuf_str(&reader.lines), reader.pdf->lines_md5);
	sum_unless_empty(strbuf_str(&reader.keys), reader.pdf->keys_md5);
	return reader.pdf;
}
