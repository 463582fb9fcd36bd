/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The seal is a list "k=value; k=value; …; h=HMAC" with every value in percent encoding, so that
 * white space means nothing and the field can be folded anywhere. The HMAC covers all before "h=".
 */
#include "forward/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"

#define KEY_MIN     16
#define KEY_CREATED 32
#define MAC_SIZE    32 /* SHA-256 */
#define MAC_TEXT    (2 * MAC_SIZE)
#define FOLD_COLUMN 78
/* MTAs cut header fields somewhere beyond 32 KiB; the record needs no more than this. */
#define LIST_MAX 4000
/* Clocks of several hosts differ. */
#define CLOCK_SKEW_S 300
/* What local(8) may have put on top: two fields an alias. */
#define ABOVE_MAX 20
/* Keeps this HMAC apart from other uses of the same key. */
#define MAC_PURPOSE "assay-seal-1:"

/* The key file. */

static bool check_key_file(int fd, const char *path, struct error *err_r)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_set(err_r, "%s: cannot be examined: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err_r, "%s: is not a regular file; name a file with the key",
		                 path);
	if ((st.st_mode & 07) != 0)
		return error_set(err_r, "%s: others may use it (mode %03o); chmod o-rwx it", path,
		                 (unsigned)st.st_mode & 0777);
	return true;
}

static bool read_key(int fd, const char *path, struct seal_key *key_r, struct error *err_r)
{
	ssize_t len = read(fd, key_r->bytes, sizeof(key_r->bytes));

	if (len < 0)
		return error_set(err_r, "%s: cannot be read: %s", path, strerror(errno));
	if (len < KEY_MIN)
		return error_set(
			err_r,
			"%s: has %zd bytes, and a key at least %d; remove the file to have "
			"one made",
			path, len, KEY_MIN);
	key_r->len = (size_t)len;
	return true;
}

bool seal_key_read(const char *path, struct seal_key *key_r, struct error *err_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	memset(key_r, 0, sizeof(*key_r));
	if (fd < 0)
		return error_set(err_r, "%s: cannot be opened: %s; check seal_key_file", path,
		                 strerror(errno));
	ok = check_key_file(fd, path, err_r) && read_key(fd, path, key_r, err_r);
	close(fd);
	return ok;
}

static bool write_key(int fd, struct error *err_r)
{
	unsigned char bytes[KEY_CREATED];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return error_set(err_r, "there are no random bytes");
	if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes) || fsync(fd) != 0)
		return error_set(err_r, "%s", strerror(errno));
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return true;
}

bool seal_key_create(const char *path, struct error *err_r)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	struct error why;
	bool ok;

	if (fd < 0 && errno == EEXIST)
		return true;
	if (fd < 0)
		return error_set(err_r, "%s: cannot be created: %s; check its directory", path,
		                 strerror(errno));
	ok = write_key(fd, &why);
	if (close(fd) != 0 && ok)
		ok = error_set(&why, "%s", strerror(errno));
	if (!ok) {
		unlink(path);
		error_set(err_r, "%s: cannot be written: %s", path, why.text);
	}
	return ok;
}

/* Writing. */

static bool is_plain(char c)
{
	return char_is_alnum(c) || str_find_char(STR("@._-+:[]=,"), c) >= 0;
}

/* `in_list`: commas separate, so those inside are encoded. */
static void add_encoded(struct strbuf *buf, struct str s, bool in_list)
{
	for (size_t i = 0; i < s.len; i++) {
		if (is_plain(s.data[i]) && !(in_list && s.data[i] == ','))
			strbuf_add_char(buf, s.data[i]);
		else
			strbuf_printf(buf, "%%%02X", (unsigned char)s.data[i]);
	}
}

static void add_field(struct strbuf *buf, const char *name, struct str value)
{
	strbuf_printf(buf, "%s=", name);
	add_encoded(buf, value, false);
	strbuf_add_char(buf, ';');
}

static void add_recipients(struct strbuf *buf, const struct str_list *recipients)
{
	size_t start;

	strbuf_add(buf, STR("n="));
	start = buf->len;
	for (size_t i = 0; i < recipients->len; i++) {
		size_t before = buf->len;

		if (i > 0)
			strbuf_add_char(buf, ',');
		add_encoded(buf, recipients->items[i], true);
		if (buf->len - start > LIST_MAX) {
			buf->len = before;
			break;
		}
	}
	strbuf_add_char(buf, ';');
}

/* "A=1.2,B=3" cut before the item that doesn't fit. */
static struct str cut_rules(struct str rules)
{
	ptrdiff_t comma;

	if (rules.len <= LIST_MAX)
		return rules;
	rules = str_prefix(rules, LIST_MAX);
	comma = str_rfind_char(rules, ',');
	return str_prefix(rules, comma > 0 ? (size_t)comma : 0);
}

static void make_mac(const struct seal_key *key, struct str text, char mac_r[MAC_TEXT + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	HMAC(EVP_sha256(), key->bytes, (int)key->len, (const unsigned char *)text.data, text.len,
	     mac, &len);
	for (unsigned i = 0; i < MAC_SIZE; i++) {
		mac_r[2 * i] = digits[mac[i] >> 4];
		mac_r[2 * i + 1] = digits[mac[i] & 15];
	}
	mac_r[MAC_TEXT] = '\0';
}

static struct str fold(struct arena *arena, struct str text)
{
	struct strbuf buf;
	size_t column = sizeof(SEAL_HEADER_NAME ": ") - 1;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < text.len; i++) {
		if (column == FOLD_COLUMN) {
			strbuf_add(&buf, STR("\n\t"));
			column = 8;
		}
		strbuf_add_char(&buf, text.data[i]);
		column++;
	}
	return strbuf_str(&buf);
}

struct str seal_write(struct arena *arena, const struct seal_key *key, const struct seal *seal)
{
	size_t purpose = sizeof(MAC_PURPOSE) - 1;
	char mac[MAC_TEXT + 1];
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_add(&buf, STR(MAC_PURPOSE));
	strbuf_printf(&buf, "v=1;t=%lld;s=%d;r=%d;c=%d;a=%d;", (long long)seal->sealed_at,
	              (int)seal->score, (int)seal->required, seal->complete, seal->authenticated);
	add_field(&buf, "i", seal->scan_id);
	add_field(&buf, "o", seal->host);
	add_field(&buf, "p", seal->client_ip);
	add_field(&buf, "f", cut_rules(seal->rules));
	add_recipients(&buf, &seal->recipients);
	make_mac(key, strbuf_str(&buf), mac);
	strbuf_printf(&buf, "h=%s", mac);
	return fold(arena, str_from_offset(strbuf_str(&buf), purpose));
}

/* Reading. */

static struct str without_space(struct arena *arena, struct str text)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < text.len; i++)
		if (str_find_char(STR(" \t\r\n"), text.data[i]) < 0)
			strbuf_add_char(&buf, text.data[i]);
	return strbuf_str(&buf);
}

/* True where the HMAC is right; *fields_r is what it covers. */
static bool verify(struct arena *arena, const struct seal_key *key, struct str value,
                   struct str *fields_r)
{
	struct str text = without_space(arena, value), mac;
	ptrdiff_t semicolon = str_rfind_char(text, ';');
	char expected[MAC_TEXT + 1];

	if (semicolon < 0)
		return false;
	*fields_r = str_prefix(text, (size_t)semicolon + 1);
	mac = str_from_offset(text, (size_t)semicolon + 1);
	if (mac.len != 2 + MAC_TEXT || !str_starts(mac, STR("h=")))
		return false;
	make_mac(key, arena_printf(arena, MAC_PURPOSE "%.*s", STR_FMT(*fields_r)), expected);
	return CRYPTO_memcmp(mac.data + 2, expected, MAC_TEXT) == 0;
}

static struct str decode(struct arena *arena, struct str s)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] != '%' || i + 2 >= s.len) {
			strbuf_add_char(&buf, s.data[i]);
			continue;
		}
		strbuf_add_char(&buf, (char)(char_hex_value(s.data[i + 1]) * 16 +
		                             char_hex_value(s.data[i + 2])));
		i += 2;
	}
	return strbuf_str(&buf);
}

static int64_t to_int(struct str s)
{
	bool minus = s.len > 0 && s.data[0] == '-';
	uint64_t value = 0;

	str_to_uint(str_from_offset(s, minus), INT64_MAX, &value);
	return minus ? -(int64_t)value : (int64_t)value;
}

static void set_recipients(struct arena *arena, struct str value, struct seal *seal_r)
{
	struct str piece;

	while (value.len > 0 && str_next_piece(&value, ',', &piece))
		vec_push(arena, &seal_r->recipients, decode(arena, piece));
}

static void set_field(struct arena *arena, char name, struct str value, struct seal *seal_r)
{
	switch (name) {
	case 't':
		seal_r->sealed_at = to_int(value);
		break;
	case 's':
		seal_r->score = (int32_t)to_int(value);
		break;
	case 'r':
		seal_r->required = (int32_t)to_int(value);
		break;
	case 'c':
		seal_r->complete = str_eq(value, STR("1"));
		break;
	case 'a':
		seal_r->authenticated = str_eq(value, STR("1"));
		break;
	case 'i':
		seal_r->scan_id = decode(arena, value);
		break;
	case 'o':
		seal_r->host = decode(arena, value);
		break;
	case 'p':
		seal_r->client_ip = decode(arena, value);
		break;
	case 'f':
		seal_r->rules = decode(arena, value);
		break;
	case 'n':
		set_recipients(arena, value, seal_r);
		break;
	default: /* of a newer version */
		break;
	}
}

/* What is verified was written by seal_write(), so its syntax holds. */
static void read_fields(struct arena *arena, struct str fields, struct seal *seal_r)
{
	struct str piece;

	*seal_r = (struct seal){ 0 };
	while (str_next_piece(&fields, ';', &piece))
		if (piece.len >= 2 && piece.data[1] == '=')
			set_field(arena, piece.data[0], str_from_offset(piece, 2), seal_r);
}

/* Position. */

/* The next word of a Received field outside of comments. */
static bool next_received_word(struct str *rest, struct str *word_r)
{
	unsigned depth = 0;
	size_t i = 0, start;

	for (; i < rest->len; i++) {
		char c = rest->data[i];

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (depth == 0 && !char_is_space(c))
			break;
	}
	start = i;
	while (i < rest->len && !char_is_space(rest->data[i]) && rest->data[i] != '(')
		i++;
	*word_r = (struct str){ rest->data + start, i - start };
	*rest = str_from_offset(*rest, i);
	return word_r->len > 0;
}

/* The host behind "by" of "from CLIENT by HOST …", or, *has_client_r false, of "by HOST …". */
static struct str received_by(struct str value, bool *has_client_r)
{
	struct str word;

	*has_client_r = false;
	if (!next_received_word(&value, &word))
		return STR("");
	if (str_eq_ci(word, STR("from"))) {
		*has_client_r = true;
		if (!next_received_word(&value, &word) || !next_received_word(&value, &word))
			return STR("");
	}
	if (!str_eq_ci(word, STR("by")) || !next_received_word(&value, &word))
		return STR("");
	return word;
}

static bool is_ours(struct str by, const struct seal_check *check, struct str front)
{
	return by.len > 0 &&
	       (str_eq_ci(by, check->host) || (front.len > 0 && str_eq_ci(by, front)));
}

/* What local(8) puts on top of a message that it forwards: no client, and no "userid" as mail has
 * that a local user submitted, who could repeat an old seal. */
static bool may_stand_above(const struct header *header, const struct seal_check *check)
{
	bool has_client;
	struct str by;

	if (str_eq_ci(header->name, STR("Delivered-To")))
		return true;
	if (!str_eq_ci(header->name, STR("Received")))
		return false;
	by = received_by(header->unfolded, &has_client);
	return !has_client && is_ours(by, check, STR("")) &&
	       str_find_ci(header->unfolded, STR("userid")) < 0;
}

/* The seal's place on top, or the number of headers where there is none there. */
static size_t find_place(const struct header_list *headers, const struct seal_check *check)
{
	for (size_t i = 0; i < headers->len && i <= ABOVE_MAX; i++) {
		if (str_eq_ci(headers->items[i].name, STR(SEAL_HEADER_NAME)))
			return i;
		if (!may_stand_above(&headers->items[i], check))
			break;
	}
	return headers->len;
}

/* What the front pass writes below the seal. */
static bool is_written_with_the_seal(struct str name)
{
	return str_starts_ci(name, STR("X-Spam-")) || str_eq_ci(name, STR("Received-SPF")) ||
	       str_eq_ci(name, STR("Authentication-Results"));
}

static bool received_follows(const struct header_list *headers, size_t place,
                             const struct seal_check *check, const struct seal *seal)
{
	const struct header *next;
	bool has_client;

	do
		place++;
	while (place < headers->len && is_written_with_the_seal(headers->items[place].name));
	next = place < headers->len ? &headers->items[place] : NULL;
	return next != NULL && str_eq_ci(next->name, STR("Received")) &&
	       is_ours(received_by(next->unfolded, &has_client), check, seal->host);
}

enum seal_state seal_find(struct arena *arena, const struct seal_key *key,
                          const struct header_list *headers, const struct seal_check *check,
                          struct seal *seal_r)
{
	int64_t max_age = check->max_age_s > 0 ? check->max_age_s : SEAL_DEFAULT_MAX_AGE;
	size_t place = find_place(headers, check);
	struct seal seal;
	struct str fields;

	if (place == headers->len)
		return header_first(headers, STR(SEAL_HEADER_NAME)) != NULL ? SEAL_FORGED
		                                                            : SEAL_ABSENT;
	if (!verify(arena, key, headers->items[place].whole, &fields))
		return SEAL_FORGED;
	read_fields(arena, fields, &seal);
	if (!received_follows(headers, place, check, &seal))
		return SEAL_FORGED;
	if (seal.sealed_at > check->now + CLOCK_SKEW_S || check->now - seal.sealed_at > max_age)
		return SEAL_EXPIRED;
	*seal_r = seal;
	return SEAL_VALID;
}
