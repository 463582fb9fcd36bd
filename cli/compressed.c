/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/compressed.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "base/memory.h"

#define FIRST_ROOM 65536

/* What was expanded so far. */
struct expanded {
	char *data;
	size_t len, cap, max;
};

bool compressed_is(struct str text)
{
	return str_starts(text, STR("\x1f\x8b\x08")) || str_starts(text, STR("\x28\xb5\x2f\xfd"));
}

/* Room for at least a byte; false where the most is reached. */
static bool make_room(struct expanded *out)
{
	/* One byte more than may be, so that a text of exactly that is told from a longer one. */
	size_t most = out->max + 1;

	if (out->len < out->cap)
		return true;
	if (out->cap >= most)
		return false;
	out->cap = out->cap == 0 ? FIRST_ROOM : out->cap * 2;
	if (out->cap > most)
		out->cap = most;
	out->data = memory_realloc(out->data, out->cap);
	return true;
}

static bool too_large(const struct expanded *out, struct error *err_r)
{
	return error_set(err_r, "expands to more than %zu MiB; expand and split it first",
	                 out->max >> 20);
}

/* gzip. */

/* inflate() counts in unsigned int. */
static uInt step(size_t bytes)
{
	return bytes > INT_MAX ? INT_MAX : (uInt)bytes;
}

/* One member; *text moves behind it. */
static bool inflate_member(z_stream *stream, struct str *text, struct expanded *out,
                           struct error *err_r)
{
	int code = Z_OK;

	while (code == Z_OK) {
		uInt given = step(text->len), room;

		if (!make_room(out))
			return too_large(out, err_r);
		room = step(out->cap - out->len);
		stream->next_in = (Bytef *)text->data;
		stream->avail_in = given;
		stream->next_out = (Bytef *)out->data + out->len;
		stream->avail_out = room;
		code = inflate(stream, Z_NO_FLUSH);
		*text = str_from_offset(*text, given - stream->avail_in);
		out->len += room - stream->avail_out;
	}
	if (code == Z_BUF_ERROR)
		return error_set(err_r, "its gzip data is cut short");
	return code == Z_STREAM_END || error_set(err_r, "its gzip data is damaged");
}

/* Tapes and some writers fill up with zeros. */
static bool only_zeros(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '\0')
			return false;
	return true;
}

static bool expand_gzip(struct str text, struct expanded *out, struct error *err_r)
{
	z_stream stream = { 0 };
	bool ok = true;

	/* 16: with the header of gzip. */
	if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
		return error_set(err_r, "zlib can't be used");
	while (ok && !only_zeros(text)) {
		inflateReset(&stream);
		ok = inflate_member(&stream, &text, out, err_r);
	}
	inflateEnd(&stream);
	return ok;
}

/* Zstandard. */

static bool expand_frames(ZSTD_DStream *stream, struct str text, struct expanded *out,
                          struct error *err_r)
{
	ZSTD_inBuffer in = { text.data, text.len, 0 };
	size_t left = 1;

	/* At the end of the input there may be output that had no room. */
	while (in.pos < in.size || left > 0) {
		size_t before = in.pos, len = out->len;
		ZSTD_outBuffer room;

		if (!make_room(out))
			return too_large(out, err_r);
		room = (ZSTD_outBuffer){ out->data, out->cap, out->len };
		left = ZSTD_decompressStream(stream, &room, &in);
		out->len = room.pos;
		if (ZSTD_isError(left))
			return error_set(err_r, "its Zstandard data is damaged: %s",
			                 ZSTD_getErrorName(left));
		if (in.pos == before && out->len == len && left > 0)
			return error_set(err_r, "its Zstandard data is cut short");
	}
	return true;
}

static bool expand_zstd(struct str text, struct expanded *out, struct error *err_r)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	bool ok = stream != NULL && !ZSTD_isError(ZSTD_initDStream(stream));

	if (!ok)
		error_set(err_r, "libzstd can't be used");
	ok = ok && expand_frames(stream, text, out, err_r);
	ZSTD_freeDStream(stream);
	return ok;
}

bool compressed_expand(struct arena *arena, struct str text, size_t max, struct str *text_r,
                       struct error *err_r)
{
	struct expanded out = { .max = max };
	bool ok;

	if (!compressed_is(text))
		return error_set(err_r, "is neither in gzip's format nor in Zstandard's");
	ok = text.data[0] == '\x1f' ? expand_gzip(text, &out, err_r)
	                            : expand_zstd(text, &out, err_r);
	if (ok && out.len > max)
		ok = too_large(&out, err_r);
	if (ok)
		*text_r = arena_str(arena, (struct str){ out.data, out.len });
	free(out.data);
	return ok;
}
