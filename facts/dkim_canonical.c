/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dkim_canonical.h"

#include "base/map.h"

static const struct str line_end = STR_INIT("\r\n");

/* The header. */

/* Without CR and LF at the end of the last line. */
static struct str without_line_end(struct str text)
{
	if (text.len > 0 && text.data[text.len - 1] == '\n')
		text.len--;
	if (text.len > 0 && text.data[text.len - 1] == '\r')
		text.len--;
	return text;
}

static struct str field_name(struct str text)
{
	ptrdiff_t colon = str_find_char(text, ':');

	return colon < 0 ? STR("") : str_trim_right(str_prefix(text, (size_t)colon));
}

/* A field with the lines that continue it. */
static struct str next_field(struct str *rest)
{
	struct str field = { rest->data, 0 };

	do {
		ptrdiff_t end = str_find_char(str_from_offset(*rest, field.len), '\n');

		field.len = end < 0 ? rest->len : field.len + (size_t)end + 1;
	} while (field.len < rest->len &&
	         (rest->data[field.len] == ' ' || rest->data[field.len] == '\t'));
	*rest = str_from_offset(*rest, field.len);
	return field;
}

void dkim_fields_read(struct arena *arena, struct str headers, size_t skip,
                      struct dkim_fields *fields_r)
{
	*fields_r = (struct dkim_fields){ .last = map_new(arena, MAP_IGNORE_CASE) };
	while (headers.len > 0 && fields_r->len < DKIM_FIELDS_MAX) {
		struct str text = without_line_end(next_field(&headers));
		struct str name = field_name(text);
		/* Numbers from 1, for a map has no NULL. */
		size_t previous;

		if (name.len == 0)
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		previous = (size_t)(uintptr_t)map_get(fields_r->last, name);
		vec_push(arena, fields_r,
		         ((struct dkim_field){ name, text, (ptrdiff_t)previous - 1 }));
		map_set(fields_r->last, name, (void *)(uintptr_t)fields_r->len);
	}
}

static bool hash(EVP_MD_CTX *context, struct str s)
{
	return s.len == 0 || EVP_DigestUpdate(context, s.data, s.len) == 1;
}

/* Line ends as CRLF. */
static bool hash_simple(EVP_MD_CTX *context, struct str text)
{
	bool ok = true;

	while (ok) {
		ptrdiff_t end = str_find_char(text, '\n');
		struct str line = end < 0 ? text : str_prefix(text, (size_t)end);

		if (end > 0 && line.data[line.len - 1] == '\r')
			line.len--;
		ok = hash(context, line);
		if (end < 0)
			return ok;
		ok = ok && hash(context, line_end);
		text = str_from_offset(text, (size_t)end + 1);
	}
	return false;
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What the relaxed form makes of a value, in pieces. */
struct relaxed {
	EVP_MD_CTX *context;
	bool space, any, ok;
};

static void relax(struct relaxed *state, struct str text)
{
	while (text.len > 0) {
		size_t len = 0;

		while (len < text.len && !is_white(text.data[len]))
			len++;
		if (len > 0 && state->space && state->any)
			state->ok = state->ok && hash(state->context, STR(" "));
		if (len > 0) {
			state->ok = state->ok && hash(state->context, str_prefix(text, len));
			state->space = false;
			state->any = true;
		}
		text = str_from_offset(text, len);
		for (len = 0; len < text.len && is_white(text.data[len]); len++)
			state->space = true;
		text = str_from_offset(text, len);
	}
}

static bool hash_relaxed(EVP_MD_CTX *context, struct str text, size_t cut, size_t cut_len)
{
	struct relaxed state = { .context = context, .ok = true };
	size_t colon = (size_t)str_find_char(text, ':');
	struct str name = str_trim_right(str_prefix(text, colon));

	for (size_t i = 0; i < name.len; i++) {
		char lower = char_lower(name.data[i]);

		state.ok = state.ok && hash(context, (struct str){ &lower, 1 });
	}
	state.ok = state.ok && hash(context, STR(":"));
	if (cut_len == 0)
		cut = text.len;
	relax(&state, str_from_offset(str_prefix(text, cut), colon + 1));
	relax(&state, str_from_offset(text, cut + cut_len));
	return state.ok;
}

bool dkim_hash_field(EVP_MD_CTX *context, enum dkim_canon canon, struct str text, size_t cut,
                     size_t cut_len, bool ends)
{
	bool ok;

	if (canon == DKIM_RELAXED)
		ok = hash_relaxed(context, text, cut, cut_len);
	else if (cut_len == 0)
		ok = hash_simple(context, text);
	else
		ok = hash_simple(context, str_prefix(text, cut)) &&
		     hash_simple(context, str_from_offset(text, cut + cut_len));
	return ok && (!ends || hash(context, line_end));
}

/* The body. */

void dkim_body_start(struct dkim_body *body_r, enum dkim_canon canon, const EVP_MD *algorithm,
                     uint64_t limit)
{
	*body_r = (struct dkim_body){ .hash = EVP_MD_CTX_new(), .canon = canon, .limit = limit };
	body_r->failed =
		body_r->hash == NULL || EVP_DigestInit_ex(body_r->hash, algorithm, NULL) != 1;
}

static void put(struct dkim_body *body, struct str s)
{
	uint64_t left = body->limit > body->length ? body->limit - body->length : 0;

	body->length += s.len;
	if (!body->failed && !hash(body->hash, str_prefix(s, left < s.len ? (size_t)left : s.len)))
		body->failed = true;
}

/* What was put off, for something follows. */
static void put_pending(struct dkim_body *body)
{
	for (; body->lines > 0; body->lines--)
		put(body, line_end);
	if (body->space)
		put(body, STR(" "));
	body->space = false;
	body->any = true;
}

static void put_text(struct dkim_body *body, struct str text)
{
	if (text.len == 0)
		return;
	put_pending(body);
	put(body, text);
}

static void end_line(struct dkim_body *body)
{
	body->space = false;
	body->lines++;
}

/* No line end is in it. */
static void add_relaxed(struct dkim_body *body, struct str text)
{
	while (text.len > 0) {
		size_t len = 0;

		while (len < text.len && text.data[len] != ' ' && text.data[len] != '\t')
			len++;
		put_text(body, str_prefix(text, len));
		text = str_from_offset(text, len);
		for (len = 0; len < text.len && (text.data[len] == ' ' || text.data[len] == '\t');)
			len++;
		if (len > 0)
			body->space = true;
		text = str_from_offset(text, len);
	}
}

static void add_text(struct dkim_body *body, struct str text)
{
	if (text.len > 0 && body->cr) {
		/* No line end, as it turned out. */
		body->cr = false;
		put_text(body, STR("\r"));
	}
	if (body->canon == DKIM_RELAXED)
		add_relaxed(body, text);
	else
		put_text(body, text);
}

void dkim_body_add(struct dkim_body *body, struct str piece)
{
	while (piece.len > 0) {
		const char *end = memchr(piece.data, '\n', piece.len);
		struct str line =
			str_prefix(piece, end != NULL ? (size_t)(end - piece.data) : piece.len);
		bool cr = line.len > 0 && line.data[line.len - 1] == '\r';

		piece = str_from_offset(piece, line.len + (end != NULL));
		line.len -= cr;
		/* Of several before a LF only the last belongs to it. */
		if (cr && body->cr && line.len == 0)
			put_text(body, STR("\r"));
		add_text(body, line);
		body->cr = cr && end == NULL;
		if (end != NULL)
			end_line(body);
	}
}

size_t dkim_body_end(struct dkim_body *body, unsigned char hash_r[EVP_MAX_MD_SIZE])
{
	unsigned len = 0;

	if (body->cr)
		put_text(body, STR("\r"));
	if (body->any || body->canon == DKIM_SIMPLE)
		put(body, line_end);
	if (!body->failed && EVP_DigestFinal_ex(body->hash, hash_r, &len) != 1)
		len = 0;
	EVP_MD_CTX_free(body->hash);
	body->hash = NULL;
	return len;
}
