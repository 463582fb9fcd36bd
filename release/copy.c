/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "release/copy.h"

#include <errno.h>
#include <string.h>
#include <zstd.h>

#include "base/strbuf.h"
#include "base/write_all.h"
#include "forward/netstring.h"

#define VERSION_LINE "assay-copy 1\n"
#define LEVEL        3
#define CHUNK        (64 * 1024)
/* Of one field of the envelope. */
#define FIELD_MAX 9999999
#define END       'Z'

/* Writing. */

static void add_field(struct strbuf *buf, char name, struct str value)
{
	strbuf_add_char(buf, name);
	netstring_add(buf, value);
}

static void add_number(struct strbuf *buf, char name, int64_t number)
{
	add_field(buf, name, arena_printf(buf->arena, "%lld", (long long)number));
}

static void add_recipient(struct strbuf *buf, const struct copy_recipient *recipient)
{
	struct strbuf fields;
	const struct str *account;

	strbuf_init(&fields, buf->arena);
	add_field(&fields, 'g', recipient->argument);
	add_field(&fields, 'a', recipient->address);
	add_field(&fields, 'o', recipient->original);
	add_field(&fields, 'd', recipient->destination);
	vec_foreach (&recipient->accounts, account)
		add_field(&fields, 'h', *account);
	add_field(buf, 'R', strbuf_str(&fields));
}

static struct str envelope_text(struct arena *arena, const struct copy *copy)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_add(&buf, STR(VERSION_LINE));
	add_field(&buf, 'I', copy->scan_id);
	add_number(&buf, 'T', copy->time_us);
	add_field(&buf, 'S', copy->sender);
	add_number(&buf, 'U', copy->smtputf8);
	add_field(&buf, 'L', copy->listener);
	add_field(&buf, 'Q', copy->queue_id);
	add_number(&buf, 'P', copy->score);
	for (size_t i = 0; i < copy->recipients.len; i++)
		add_recipient(&buf, &copy->recipients.items[i]);
	add_field(&buf, END, STR(""));
	return strbuf_str(&buf);
}

static bool write_failed(struct error *err_r)
{
	return error_set(err_r, "can't be written: %s", strerror(errno));
}

static bool pack(int fd, ZSTD_CCtx *context, struct str raw, char *chunk, struct error *err_r)
{
	ZSTD_inBuffer in = { raw.data, raw.len, 0 };
	size_t left = 1;

	ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setPledgedSrcSize(context, raw.len);
	while (left > 0) {
		ZSTD_outBuffer out = { chunk, CHUNK, 0 };

		left = ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
		if (ZSTD_isError(left))
			return error_set(err_r, "can't be packed: %s", ZSTD_getErrorName(left));
		if (!write_all(fd, (struct str){ chunk, out.pos }))
			return write_failed(err_r);
	}
	return true;
}

static bool write_message(int fd, struct arena *arena, struct str raw, struct error *err_r)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	bool ok = context != NULL && pack(fd, context, raw, arena_alloc(arena, CHUNK), err_r);

	if (context == NULL)
		error_set(err_r, "can't be packed: out of memory");
	ZSTD_freeCCtx(context);
	return ok;
}

bool copy_write(int fd, const struct copy *copy, struct error *err_r)
{
	struct arena *arena = arena_new();
	bool ok = (write_all(fd, envelope_text(arena, copy)) || write_failed(err_r)) &&
	          write_message(fd, arena, copy->raw, err_r);

	arena_free(arena);
	return ok;
}

/* Reading. */

static bool broken(struct error *err_r)
{
	return error_set(err_r, "is damaged, or no copy of a message");
}

/* Takes a field from the front of `text`. */
static bool take_field(struct str *text, char *name_r, struct str *value_r)
{
	size_t used;

	if (text->len == 0)
		return false;
	*name_r = text->data[0];
	if (netstring_read(str_from_offset(*text, 1), FIELD_MAX, value_r, &used) !=
	    NETSTRING_COMPLETE)
		return false;
	*text = str_from_offset(*text, 1 + used);
	return true;
}

static bool read_number(struct str text, int64_t *number_r)
{
	bool minus = str_starts(text, STR("-"));
	uint64_t number;

	if (!str_to_uint(str_from_offset(text, minus), INT64_MAX, &number))
		return false;
	*number_r = minus ? -(int64_t)number : (int64_t)number;
	return true;
}

static bool read_recipient(struct arena *arena, struct str text, struct copy *copy)
{
	struct copy_recipient *recipient = vec_add(arena, &copy->recipients);
	struct str value;
	char name;

	while (text.len > 0) {
		if (!take_field(&text, &name, &value))
			return false;
		if (name == 'g')
			recipient->argument = value;
		else if (name == 'a')
			recipient->address = value;
		else if (name == 'o')
			recipient->original = value;
		else if (name == 'd')
			recipient->destination = value;
		else if (name == 'h')
			vec_push(arena, &recipient->accounts, value);
	}
	return recipient->argument.len > 0;
}

static bool set_field(struct arena *arena, char name, struct str value, struct copy *copy)
{
	int64_t number = 0;

	switch (name) {
	case 'I':
		copy->scan_id = value;
		return true;
	case 'S':
		copy->sender = value;
		return true;
	case 'L':
		copy->listener = value;
		return true;
	case 'Q':
		copy->queue_id = value;
		return true;
	case 'T':
		return read_number(value, &copy->time_us);
	case 'U':
		copy->smtputf8 = str_eq(value, STR("1"));
		return true;
	case 'P':
		if (!read_number(value, &number) || number < INT32_MIN || number > INT32_MAX)
			return false;
		copy->score = (int32_t)number;
		return true;
	case 'R':
		return read_recipient(arena, value, copy);
	default: /* of a newer version */
		return true;
	}
}

/* *rest_r: the message as it is packed. */
static bool read_envelope(struct arena *arena, struct str data, struct copy *copy_r,
                          struct str *rest_r)
{
	struct str value;
	char name;

	*copy_r = (struct copy){ 0 };
	if (!str_starts(data, STR(VERSION_LINE)))
		return false;
	data = str_from_offset(data, strlen(VERSION_LINE));
	do {
		if (!take_field(&data, &name, &value) ||
		    !set_field(arena, name, arena_str(arena, value), copy_r))
			return false;
	} while (name != END);
	*rest_r = data;
	return copy_r->scan_id.len > 0 && copy_r->recipients.len > 0;
}

static bool unpack(struct arena *arena, struct str packed, size_t max, struct str *raw_r)
{
	unsigned long long size = ZSTD_getFrameContentSize(packed.data, packed.len);
	size_t frame = ZSTD_findFrameCompressedSize(packed.data, packed.len), got;
	char *text;

	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > max ||
	    ZSTD_isError(frame) || frame != packed.len)
		return false;
	text = arena_alloc(arena, (size_t)size + 1);
	got = ZSTD_decompress(text, (size_t)size, packed.data, packed.len);
	*raw_r = (struct str){ text, (size_t)size };
	return !ZSTD_isError(got) && got == size;
}

bool copy_read(struct arena *arena, struct str data, size_t max, struct copy *copy_r,
               struct error *err_r)
{
	struct str packed;

	return (read_envelope(arena, data, copy_r, &packed) &&
	        unpack(arena, packed, max, &copy_r->raw)) ||
	       broken(err_r);
}
