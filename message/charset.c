/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/charset.h"

#include <iconv.h>
#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"

#define REPLACEMENT 0xfffd
/* A charset's name in a message is cut to this before it is looked up. */
#define MAX_NAME 40
/* Converters of one charset that wait for their next use. */
#define MAX_IDLE 8

enum charset_kind {
	CHARSET_ASCII,
	CHARSET_UTF8,
	CHARSET_UTF16,     /* byte order by mark, or guessed */
	CHARSET_BYTE,      /* one byte a character, ASCII below 0x80: a table of 128 */
	CHARSET_MULTIBYTE, /* the converter does it all */
};

/*
 * Names as normalise_name() gives them. Where a name is used for a superset in practice, the
 * superset is meant: mail that says gb2312 is often GBK.
 */
static const struct charset_name {
	const char *name;
	enum charset_kind kind;
	const char *iconv_name; /* NULL: done here; of CHARSET_BYTE, windows-1252 */
} charset_names[] = {
	{ "usascii", CHARSET_ASCII, NULL },
	{ "ascii", CHARSET_ASCII, NULL },
	{ "ansix341968", CHARSET_ASCII, NULL },
	{ "ansix341986", CHARSET_ASCII, NULL },
	{ "iso646us", CHARSET_ASCII, NULL },
	{ "utf8", CHARSET_UTF8, NULL },
	{ "utf16", CHARSET_UTF16, NULL },
	{ "utf16le", CHARSET_UTF16, NULL },
	{ "utf16be", CHARSET_UTF16, NULL },
	{ "ucs2", CHARSET_UTF16, NULL },
	{ "iso10646ucs2", CHARSET_UTF16, NULL },
	{ "unicode", CHARSET_UTF16, NULL },
	{ "iso88591", CHARSET_BYTE, NULL },
	{ "latin1", CHARSET_BYTE, NULL },
	{ "windows1252", CHARSET_BYTE, NULL },
	{ "cp1252", CHARSET_BYTE, NULL },
	{ "ansi", CHARSET_BYTE, NULL },
	{ "iso88592", CHARSET_BYTE, "ISO-8859-2" },
	{ "latin2", CHARSET_BYTE, "ISO-8859-2" },
	{ "iso88593", CHARSET_BYTE, "ISO-8859-3" },
	{ "iso88594", CHARSET_BYTE, "ISO-8859-4" },
	{ "iso88595", CHARSET_BYTE, "ISO-8859-5" },
	{ "iso88596", CHARSET_BYTE, "ISO-8859-6" },
	{ "iso88597", CHARSET_BYTE, "ISO-8859-7" },
	{ "iso88598", CHARSET_BYTE, "ISO-8859-8" },
	{ "iso88598i", CHARSET_BYTE, "ISO-8859-8" },
	{ "iso88599", CHARSET_BYTE, "ISO-8859-9" },
	{ "latin5", CHARSET_BYTE, "ISO-8859-9" },
	{ "iso885910", CHARSET_BYTE, "ISO-8859-10" },
	{ "iso885911", CHARSET_BYTE, "ISO-8859-11" },
	{ "iso885913", CHARSET_BYTE, "ISO-8859-13" },
	{ "iso885914", CHARSET_BYTE, "ISO-8859-14" },
	{ "iso885915", CHARSET_BYTE, "ISO-8859-15" },
	{ "latin9", CHARSET_BYTE, "ISO-8859-15" },
	{ "iso885916", CHARSET_BYTE, "ISO-8859-16" },
	{ "windows1250", CHARSET_BYTE, "CP1250" },
	{ "cp1250", CHARSET_BYTE, "CP1250" },
	{ "windows1251", CHARSET_BYTE, "CP1251" },
	{ "cp1251", CHARSET_BYTE, "CP1251" },
	{ "windows1253", CHARSET_BYTE, "CP1253" },
	{ "windows1254", CHARSET_BYTE, "CP1254" },
	{ "windows1255", CHARSET_BYTE, "CP1255" },
	{ "windows1256", CHARSET_BYTE, "CP1256" },
	{ "windows1257", CHARSET_BYTE, "CP1257" },
	{ "windows1258", CHARSET_BYTE, "CP1258" },
	{ "windows874", CHARSET_BYTE, "CP874" },
	{ "tis620", CHARSET_BYTE, "TIS-620" },
	{ "koi8r", CHARSET_BYTE, "KOI8-R" },
	{ "koi8u", CHARSET_BYTE, "KOI8-U" },
	{ "cp850", CHARSET_BYTE, "CP850" },
	{ "ibm850", CHARSET_BYTE, "CP850" },
	{ "cp437", CHARSET_BYTE, "CP437" },
	{ "ibm437", CHARSET_BYTE, "CP437" },
	{ "cp866", CHARSET_BYTE, "CP866" },
	{ "ibm866", CHARSET_BYTE, "CP866" },
	{ "macintosh", CHARSET_BYTE, "MACINTOSH" },
	{ "macroman", CHARSET_BYTE, "MACINTOSH" },
	{ "xmaccyrillic", CHARSET_BYTE, "MAC-CYRILLIC" },
	{ "big5", CHARSET_MULTIBYTE, "CP950" },
	{ "big5hkscs", CHARSET_MULTIBYTE, "BIG5-HKSCS" },
	{ "cp950", CHARSET_MULTIBYTE, "CP950" },
	{ "gb2312", CHARSET_MULTIBYTE, "GB18030" },
	{ "euccn", CHARSET_MULTIBYTE, "GB18030" },
	{ "gbk", CHARSET_MULTIBYTE, "GB18030" },
	{ "cp936", CHARSET_MULTIBYTE, "GB18030" },
	{ "gb18030", CHARSET_MULTIBYTE, "GB18030" },
	{ "euctw", CHARSET_MULTIBYTE, "EUC-TW" },
	{ "eucjp", CHARSET_MULTIBYTE, "EUC-JP" },
	{ "shiftjis", CHARSET_MULTIBYTE, "CP932" },
	{ "sjis", CHARSET_MULTIBYTE, "CP932" },
	{ "windows31j", CHARSET_MULTIBYTE, "CP932" },
	{ "cp932", CHARSET_MULTIBYTE, "CP932" },
	{ "iso2022jp", CHARSET_MULTIBYTE, "ISO-2022-JP-2" },
	{ "iso2022jp1", CHARSET_MULTIBYTE, "ISO-2022-JP-2" },
	{ "iso2022jp2", CHARSET_MULTIBYTE, "ISO-2022-JP-2" },
	{ "iso2022kr", CHARSET_MULTIBYTE, "ISO-2022-KR" },
	{ "euckr", CHARSET_MULTIBYTE, "CP949" },
	{ "ksc56011987", CHARSET_MULTIBYTE, "CP949" },
	{ "ksc5601", CHARSET_MULTIBYTE, "CP949" },
	{ "cp949", CHARSET_MULTIBYTE, "CP949" },
	{ "utf7", CHARSET_MULTIBYTE, "UTF-7" },
	{ "unicode11utf7", CHARSET_MULTIBYTE, "UTF-7" },
	{ "utf32", CHARSET_MULTIBYTE, "UTF-32" },
};

#define NAME_COUNT (sizeof(charset_names) / sizeof(charset_names[0]))

/* What is made on first use of a name and kept; behind the lock. */
static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static struct charset_cache {
	uint16_t *table; /* characters of 0x80 to 0xff; 0: none; never changed once it is set */
	iconv_t idle[MAX_IDLE];
	size_t idle_count;
} charset_caches[NAME_COUNT];

/* windows-1252 is needed where nothing else is: without the converter, and without the lock. */
static const uint16_t windows1252_low[32] = {
	0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

bool charset_is_ascii(struct str text)
{
	size_t i = 0;

	for (; i + 8 <= text.len; i += 8) {
		uint64_t word;

		memcpy(&word, text.data + i, 8);
		if ((word & 0x8080808080808080ULL) != 0)
			return false;
	}
	for (; i < text.len; i++) {
		if ((unsigned char)text.data[i] >= 0x80)
			return false;
	}
	return true;
}

/* Lower case without punctuation and the "x-" of names that were private once. */
static struct str normalise_name(char *out, struct str name)
{
	size_t len = 0;

	name = str_trim(name);
	if (str_starts_ci(name, STR("x-")) && !str_starts_ci(name, STR("x-mac")))
		name = str_from_offset(name, 2);
	for (size_t i = 0; i < name.len && len < MAX_NAME; i++) {
		if (char_is_alnum(name.data[i]))
			out[len++] = char_lower(name.data[i]);
	}
	return (struct str){ out, len };
}

/*
 * The index of a charset in the tables, or NAME_COUNT. Some senders append to the name:
 * "gb2312_charset", "utf-8mb4". So the longest known name that it starts with counts.
 */
static size_t find_charset(struct str name)
{
	char buf[MAX_NAME];
	struct str wanted = normalise_name(buf, name);
	size_t best = NAME_COUNT, best_len = 0;

	for (size_t i = 0; i < NAME_COUNT && best_len < wanted.len; i++) {
		struct str known = str_from(charset_names[i].name);

		if (known.len > best_len && str_starts(wanted, known)) {
			best = i;
			best_len = known.len;
		}
	}
	return best;
}

static iconv_t borrow_converter(size_t charset)
{
	struct charset_cache *cache = &charset_caches[charset];
	iconv_t converter = (iconv_t)-1;

	pthread_mutex_lock(&cache_lock);
	if (cache->idle_count > 0)
		converter = cache->idle[--cache->idle_count];
	pthread_mutex_unlock(&cache_lock);
	if (converter != (iconv_t)-1) {
		iconv(converter, NULL, NULL, NULL, NULL);
		return converter;
	}
	return iconv_open("UTF-8", charset_names[charset].iconv_name);
}

static void return_converter(size_t charset, iconv_t converter)
{
	struct charset_cache *cache = &charset_caches[charset];
	bool kept;

	pthread_mutex_lock(&cache_lock);
	kept = cache->idle_count < MAX_IDLE;
	if (kept)
		cache->idle[cache->idle_count++] = converter;
	pthread_mutex_unlock(&cache_lock);
	if (!kept)
		iconv_close(converter);
}

/*
 * How a conversion treats what is wrong in the charset: it stops there, or puts U+FFFD for it.
 */
enum wrong_bytes {
	WRONG_STOP,
	WRONG_REPLACE,
};

static bool run_converter(struct arena *arena, iconv_t converter, struct str text,
                          enum wrong_bytes wrong, struct str *out_r)
{
	/* No character of the known charsets takes more than four bytes of UTF-8 a byte. */
	size_t room = text.len * 4 + 16;
	char *start = arena_alloc(arena, room), *out = start;
	char *in = (char *)text.data;
	size_t left = text.len;

	while (left > 0 && iconv(converter, &in, &left, &out, &room) == (size_t)-1) {
		if (wrong == WRONG_STOP || room < 4)
			return false;
		if (left > 0) {
			size_t len = utf8_encode(REPLACEMENT, out);

			out += len;
			room -= len;
			in++;
			left--;
		}
	}
	*out_r = (struct str){ start, (size_t)(out - start) };
	return true;
}

static bool convert_multibyte(struct arena *arena, size_t charset, struct str text,
                              enum wrong_bytes wrong, struct str *out_r)
{
	iconv_t converter = borrow_converter(charset);
	bool ok;

	/* A system may lack one of them. */
	if (converter == (iconv_t)-1)
		return false;
	ok = run_converter(arena, converter, text, wrong, out_r);
	return_converter(charset, converter);
	return ok;
}

/* Fills the table of a charset of single bytes by asking the converter for each. */
static uint16_t *make_table(size_t charset)
{
	uint16_t *table;
	iconv_t converter = iconv_open("UTF-16LE", charset_names[charset].iconv_name);

	if (converter == (iconv_t)-1)
		return NULL;
	table = memory_calloc(128, sizeof(*table));
	for (unsigned i = 0; i < 128; i++) {
		char byte = (char)(0x80 + i), *in = &byte;
		unsigned char pair[8];
		char *out = (char *)pair;
		size_t in_left = 1, out_left = sizeof(pair);

		iconv(converter, NULL, NULL, NULL, NULL);
		if (iconv(converter, &in, &in_left, &out, &out_left) == (size_t)-1)
			continue;
		/* Some keep a letter back to see whether an accent follows. */
		iconv(converter, NULL, NULL, &out, &out_left);
		if (sizeof(pair) - out_left == 2)
			table[i] = (uint16_t)(pair[0] | pair[1] << 8);
	}
	iconv_close(converter);
	return table;
}

static const uint16_t *get_table(size_t charset)
{
	const uint16_t *table;

	pthread_mutex_lock(&cache_lock);
	if (charset_caches[charset].table == NULL)
		charset_caches[charset].table = make_table(charset);
	table = charset_caches[charset].table;
	pthread_mutex_unlock(&cache_lock);
	return table;
}

static uint32_t windows1252_character(unsigned char byte)
{
	if (byte < 0x80 || byte >= 0xa0)
		return byte;
	return windows1252_low[byte - 0x80];
}

/* `table` NULL stands for windows-1252. */
static bool convert_bytes(struct arena *arena, const uint16_t *table, struct str text,
                          enum wrong_bytes wrong, struct str *out_r)
{
	char *start = arena_alloc(arena, text.len * 3 + 1), *out = start;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.data[i];
		uint32_t character;

		if (byte < 0x80) {
			*out++ = (char)byte;
			continue;
		}
		character = table != NULL ? table[byte - 0x80] : windows1252_character(byte);
		if (character == 0 && wrong == WRONG_STOP)
			return false;
		out += utf8_encode(character != 0 ? character : REPLACEMENT, out);
	}
	*out_r = (struct str){ start, (size_t)(out - start) };
	return true;
}

/* True for little endian. Of the two bytes of most characters, the high one is the same: 0. */
static bool guess_little_endian(struct str text)
{
	size_t zero_even = 0, zero_odd = 0;

	for (size_t i = 0; i + 1 < text.len; i += 2) {
		zero_even += text.data[i] == 0;
		zero_odd += text.data[i + 1] == 0;
	}
	return zero_odd > zero_even;
}

static bool convert_utf16(struct arena *arena, struct str text, struct str *out_r)
{
	char *start = arena_alloc(arena, text.len / 2 * 3 + 4), *out = start;
	bool little;
	size_t i = 0;

	if (str_starts(text, STR("\xff\xfe")) || str_starts(text, STR("\xfe\xff"))) {
		little = text.data[0] == '\xff';
		i = 2;
	} else {
		little = guess_little_endian(text);
	}
	for (uint32_t high = 0; i + 1 < text.len; i += 2) {
		unsigned char a = (unsigned char)text.data[i], b = (unsigned char)text.data[i + 1];
		uint32_t unit = little ? (uint32_t)(a | b << 8) : (uint32_t)(a << 8 | b);

		if (unit >= 0xd800 && unit <= 0xdbff) {
			high = unit;
			continue;
		}
		if (unit >= 0xdc00 && unit <= 0xdfff)
			unit = high == 0 ? REPLACEMENT
			                 : 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
		high = 0;
		out += utf8_encode(unit, out);
	}
	*out_r = (struct str){ start, (size_t)(out - start) };
	return true;
}

/* UTF-8 with each byte that is wrong in it as U+FFFD. */
static struct str repair_utf8(struct arena *arena, struct str text)
{
	char *start = arena_alloc(arena, text.len * 3 + 1), *out = start;
	const unsigned char *p = (const unsigned char *)text.data;

	for (size_t i = 0, len; i<text.len; i += len> 0 ? len : 1) {
		len = utf8_char_len(str_from_offset(text, i));
		if (len == 0) {
			out += utf8_encode(REPLACEMENT, out);
			continue;
		}
		memcpy(out, p + i, len);
		out += len;
	}
	return (struct str){ start, (size_t)(out - start) };
}

static bool convert(struct arena *arena, size_t charset, struct str text, enum wrong_bytes wrong,
                    struct str *out_r)
{
	const uint16_t *table;

	switch (charset_names[charset].kind) {
	case CHARSET_ASCII:
	case CHARSET_UTF8:
		*out_r = text;
		if (utf8_is_valid(text))
			return true;
		if (wrong == WRONG_REPLACE)
			*out_r = repair_utf8(arena, text);
		return wrong == WRONG_REPLACE;
	case CHARSET_UTF16:
		return convert_utf16(arena, text, out_r);
	case CHARSET_BYTE:
		if (charset_names[charset].iconv_name == NULL)
			return convert_bytes(arena, NULL, text, wrong, out_r);
		table = get_table(charset);
		return table != NULL && convert_bytes(arena, table, text, wrong, out_r);
	case CHARSET_MULTIBYTE:
		return convert_multibyte(arena, charset, text, wrong, out_r);
	}
	return false;
}

/* Whether ASCII text means itself in a charset. */
static bool is_ascii_superset(size_t charset)
{
	const char *iconv_name;

	if (charset == NAME_COUNT || charset_names[charset].kind == CHARSET_BYTE ||
	    charset_names[charset].kind <= CHARSET_UTF8)
		return true;
	iconv_name = charset_names[charset].iconv_name;
	return iconv_name != NULL && strncmp(iconv_name, "ISO-2022", 8) != 0 &&
	       strncmp(iconv_name, "UTF-", 4) != 0;
}

struct str charset_to_utf8(struct arena *arena, struct str text, struct str name, bool *fault_r)
{
	size_t charset = find_charset(name);
	bool ascii = charset_is_ascii(text);
	struct str out;

	if (charset == NAME_COUNT && name.len > 0 && fault_r != NULL)
		*fault_r = true;
	if (ascii && is_ascii_superset(charset))
		return text;
	if (!ascii && utf8_is_valid(text))
		return text;
	if (charset < NAME_COUNT && convert(arena, charset, text, WRONG_STOP, &out))
		return out;
	if (fault_r != NULL)
		*fault_r = true;
	if (ascii)
		return text;
	convert_bytes(arena, NULL, text, WRONG_REPLACE, &out);
	return out;
}

struct str charset_word_to_utf8(struct arena *arena, struct str text, struct str name)
{
	size_t charset = find_charset(name);
	struct str out;

	if (charset_is_ascii(text) && is_ascii_superset(charset))
		return text;
	if (charset < NAME_COUNT && convert(arena, charset, text, WRONG_REPLACE, &out))
		return out;
	convert_bytes(arena, NULL, text, WRONG_REPLACE, &out);
	return out;
}
