/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *	SRS0=HASH=TT=host=user@ours          for user@host
 *	SRS1=HASH=host==HASH=TT=…@ours       for SRS0=HASH=TT=…@host, the first forwarder
 * The hash is the start of the base64 text of a HMAC-SHA1 over the fields in lower case, one after
 * the other; TT is the day in base32. Only the character after SRS0 or SRS1 can be chosen.
 */
#include "forward/srs.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret_file.h"
#include "base/strbuf.h"
#include "forward/address.h"

#define TAG_LEN         4
#define SECONDS_A_DAY   86400
#define DAY_COUNT       1024 /* TT has ten bits */
#define SECRET_FILE_MAX 65536

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Secrets. */

static bool read_secret_file(const char *path, int fd, char *data, size_t *len_r,
                             struct error *err_r)
{
	struct stat st;
	ssize_t len;

	if (fstat(fd, &st) != 0)
		return error_set(err_r, "%s: cannot be examined: %s", path, strerror(errno));
	if (!secret_file_check(&st, path, err_r))
		return false;
	len = read(fd, data, SECRET_FILE_MAX);
	if (len < 0)
		return error_set(err_r, "%s: cannot be read: %s", path, strerror(errno));
	*len_r = (size_t)len;
	return true;
}

bool srs_read_secrets(struct arena *arena, const char *path, struct str_list *secrets,
                      struct error *err_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *data = arena_alloc(arena, SECRET_FILE_MAX);
	struct str text = { data, 0 }, line;
	bool ok;

	if (fd < 0)
		return error_set(err_r, "%s: cannot be opened: %s; check srs_secret_file", path,
		                 strerror(errno));
	ok = read_secret_file(path, fd, data, &text.len, err_r);
	close(fd);
	while (ok && str_next_line(&text, &line))
		if (line.len > 0)
			vec_push(arena, secrets, line);
	if (ok && secrets->len == 0)
		return error_set(err_r, "%s: is empty; write a long random text there", path);
	return ok;
}

/* Hash and time. */

/* HMAC of up to three fields, in lower case, as `length` characters; false where it fails. */
static bool make_hash(struct str secret, const struct str fields[3], unsigned length,
                      char hash_r[SRS_MAX_HASH_LENGTH + 1])
{
	unsigned char mac[EVP_MAX_MD_SIZE] = { 0 };
	unsigned char text[4 * SRS_MAX_ADDRESS];
	size_t len = 0;

	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < fields[i].len && len < sizeof(text); j++)
			text[len++] = (unsigned char)char_lower(fields[i].data[j]);
	if (HMAC(EVP_sha1(), secret.data, (int)secret.len, text, len, mac, NULL) == NULL)
		return false;
	for (unsigned i = 0; i < length; i++) {
		size_t bit = 6 * (size_t)i;
		unsigned pair = (unsigned)mac[bit / 8] << 8 | mac[bit / 8 + 1];

		hash_r[i] = base64[pair >> (10 - bit % 8) & 63];
	}
	hash_r[length] = '\0';
	return true;
}

/* In any case, as it comes back. How long it takes doesn't show where they differ. */
static bool same_hash(struct str hash, const char *expected)
{
	char given[SRS_MAX_HASH_LENGTH], right[SRS_MAX_HASH_LENGTH];

	for (size_t i = 0; i < hash.len; i++) {
		given[i] = char_lower(hash.data[i]);
		right[i] = char_lower(expected[i]);
	}
	return CRYPTO_memcmp(given, right, hash.len) == 0;
}

/* SRS_REWRITTEN where one of the secrets made it. */
static enum srs_result check_hash(const struct srs_settings *settings, struct str hash,
                                  const struct str fields[3])
{
	char expected[SRS_MAX_HASH_LENGTH + 1];
	bool right = false;

	if (hash.len < settings->hash_min || hash.len == 0 || hash.len > SRS_MAX_HASH_LENGTH)
		return SRS_FORGED;
	for (size_t i = 0; i < settings->secrets.len; i++) {
		if (!make_hash(settings->secrets.items[i], fields, (unsigned)hash.len, expected))
			return SRS_FAILED;
		right |= same_hash(hash, expected);
	}
	return right ? SRS_REWRITTEN : SRS_FORGED;
}

static unsigned day_of(int64_t now)
{
	return (unsigned)(now / SECONDS_A_DAY % DAY_COUNT);
}

static struct str make_stamp(struct arena *arena, int64_t now)
{
	unsigned day = day_of(now);

	return arena_printf(arena, "%c%c", base32[day >> 5], base32[day & 31]);
}

/* The day, or -1. */
static int read_stamp(struct str stamp)
{
	int day = 0;

	if (stamp.len != 2)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		char c = char_is_alpha(stamp.data[i])
		                 ? (char)(char_lower(stamp.data[i]) - 'a' + 'A')
		                 : stamp.data[i];
		const char *digit = c != '\0' ? strchr(base32, c) : NULL;

		if (digit == NULL)
			return -1;
		day = day << 5 | (int)(digit - base32);
	}
	return day;
}

static bool is_expired(const struct srs_settings *settings, int day, int64_t now)
{
	unsigned age = (day_of(now) + DAY_COUNT - (unsigned)day) % DAY_COUNT;
	bool tomorrow = age == DAY_COUNT - 1;

	return age > settings->max_age_days && !tomorrow;
}

/* Forward. */

static bool has_control(struct str address)
{
	for (size_t i = 0; i < address.len; i++)
		if ((unsigned char)address.data[i] < ' ' || address.data[i] == 0x7f)
			return true;
	return false;
}

/* 0 or 1 for an address that begins with SRS0 or SRS1 and a separator, else -1. */
static int srs_kind(struct str local)
{
	if (local.len <= TAG_LEN || str_find_char(STR("=+-"), local.data[TAG_LEN]) < 0)
		return -1;
	if (str_starts_ci(local, STR("SRS0")))
		return 0;
	return str_starts_ci(local, STR("SRS1")) ? 1 : -1;
}

/* An MTA may write the domain as A-labels or in its own script. */
static bool is_same_domain(struct arena *arena, struct str domain, struct str own)
{
	return str_eq_ci(domain, own) ||
	       str_eq(address_fold_domain(arena, domain), address_fold_domain(arena, own));
}

static bool is_own_domain(struct arena *arena, const struct srs_settings *settings,
                          struct str domain)
{
	return is_same_domain(arena, domain, settings->domain) ||
	       (settings->other.len > 0 && is_same_domain(arena, domain, settings->other));
}

/* Cuts off what stands before the first "="; false where there is none. */
static bool cut_field(struct str *rest, struct str *field_r)
{
	ptrdiff_t end = str_find_char(*rest, '=');

	if (end < 0)
		return false;
	*field_r = str_prefix(*rest, (size_t)end);
	*rest = str_from_offset(*rest, (size_t)end + 1);
	return true;
}

static enum srs_result finish(struct arena *arena, struct str local, struct str domain,
                              struct str *address_r)
{
	local = address_quote(arena, local);
	if (local.len + 1 + domain.len > SRS_MAX_ADDRESS)
		return SRS_TOO_LONG;
	*address_r = arena_printf(arena, "%.*s@%.*s", STR_FMT(local), STR_FMT(domain));
	return SRS_REWRITTEN;
}

/* SRS1: the bounce goes to the first forwarder. */
static enum srs_result forward_again(struct arena *arena, const struct srs_settings *settings,
                                     struct str local, struct str domain, struct str *address_r)
{
	struct str rest = str_from_offset(local, TAG_LEN + 1), first = domain, ignored;
	struct str user = str_from_offset(local, TAG_LEN);
	char hash[SRS_MAX_HASH_LENGTH + 1];

	if (srs_kind(local) == 1) {
		if (!cut_field(&rest, &ignored) || !cut_field(&rest, &first) || rest.len == 0)
			return SRS_MALFORMED;
		user = rest;
	}
	if (!make_hash(settings->secrets.items[0], (struct str[3]){ first, user, STR("") },
	               settings->hash_length, hash))
		return SRS_FAILED;
	local = arena_printf(arena, "SRS1%c%s=%.*s=%.*s", settings->separator, hash, STR_FMT(first),
	                     STR_FMT(user));
	return finish(arena, local, settings->domain, address_r);
}

enum srs_result srs_forward(struct arena *arena, const struct srs_settings *settings,
                            struct str sender, int64_t now, struct str *address_r)
{
	char hash[SRS_MAX_HASH_LENGTH + 1];
	struct str local, domain, stamp;

	*address_r = sender;
	if (sender.len == 0)
		return SRS_UNCHANGED;
	address_split(sender, &local, &domain);
	if (local.len == 0 || domain.len == 0 || has_control(sender))
		return SRS_MALFORMED;
	if (is_own_domain(arena, settings, domain))
		return SRS_UNCHANGED;
	local = address_unquote(arena, local);
	if (sender.len > SRS_MAX_ADDRESS)
		return SRS_TOO_LONG;
	if (srs_kind(local) >= 0)
		return forward_again(arena, settings, local, domain, address_r);
	stamp = make_stamp(arena, now);
	if (!make_hash(settings->secrets.items[0], (struct str[3]){ stamp, domain, local },
	               settings->hash_length, hash))
		return SRS_FAILED;
	local = arena_printf(arena, "SRS0%c%s=%.*s=%.*s=%.*s", settings->separator, hash,
	                     STR_FMT(stamp), STR_FMT(domain), STR_FMT(local));
	return finish(arena, local, settings->domain, address_r);
}

/* Reverse. */

static enum srs_result reverse_first(struct arena *arena, const struct srs_settings *settings,
                                     struct str rest, int64_t now, struct str *address_r)
{
	struct str hash, stamp, host;
	enum srs_result checked;
	int day;

	if (!cut_field(&rest, &hash) || !cut_field(&rest, &stamp) || !cut_field(&rest, &host) ||
	    rest.len == 0 || host.len == 0)
		return SRS_MALFORMED;
	checked = check_hash(settings, hash, (struct str[3]){ stamp, host, rest });
	if (checked != SRS_REWRITTEN)
		return checked;
	day = read_stamp(stamp);
	if (day < 0)
		return SRS_MALFORMED;
	if (is_expired(settings, day, now))
		return SRS_EXPIRED;
	return finish(arena, rest, host, address_r);
}

/* The first forwarder checks the time. */
static enum srs_result reverse_again(struct arena *arena, const struct srs_settings *settings,
                                     struct str rest, struct str *address_r)
{
	struct str hash, host;
	enum srs_result checked;

	if (!cut_field(&rest, &hash) || !cut_field(&rest, &host) || rest.len == 0 || host.len == 0)
		return SRS_MALFORMED;
	checked = check_hash(settings, hash, (struct str[3]){ host, rest, STR("") });
	if (checked != SRS_REWRITTEN)
		return checked;
	return finish(arena, arena_printf(arena, "SRS0%.*s", STR_FMT(rest)), host, address_r);
}

enum srs_result srs_reverse(struct arena *arena, const struct srs_settings *settings,
                            struct str address, int64_t now, struct str *address_r)
{
	struct str local, domain, rest;
	int kind;

	address_split(address, &local, &domain);
	local = address_unquote(arena, local);
	kind = srs_kind(local);
	if (kind < 0 || !is_own_domain(arena, settings, domain))
		return SRS_NOT_SRS;
	if (address.len > 2 * SRS_MAX_ADDRESS)
		return SRS_TOO_LONG;
	rest = str_from_offset(local, TAG_LEN + 1);
	if (kind == 0)
		return reverse_first(arena, settings, rest, now, address_r);
	return reverse_again(arena, settings, rest, address_r);
}

const char *srs_result_text(enum srs_result result)
{
	static const char *const texts[] = {
		[SRS_REWRITTEN] = "rewritten",
		[SRS_UNCHANGED] = "needs no rewriting",
		[SRS_NOT_SRS] = "not an SRS address of this domain",
		[SRS_MALFORMED] = "malformed SRS address",
		[SRS_FORGED] = "SRS address was not made here",
		[SRS_EXPIRED] = "SRS address has expired",
		[SRS_TOO_LONG] = "address is too long to be rewritten",
		[SRS_FAILED] = "SRS is not possible for now",
	};

	return texts[result];
}
