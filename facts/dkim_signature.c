/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dkim_signature.h"

#include "facts/dns_answer.h"
#include "facts/tag_list.h"
#include "message/decode.h"
#include "message/uri.h"

/* 2^64 has 20 digits; more of l=, x= or t= are an error. RFC 6376 section 3.5 has 76 and 12. */
#define TIME_MAX (INT64_C(1) << 40)

static const char *const algorithm_names[] = {
	[DKIM_RSA_SHA256] = "rsa-sha256",
	[DKIM_ED25519_SHA256] = "ed25519-sha256",
	[DKIM_RSA_SHA1] = "rsa-sha1",
};

const char *dkim_algorithm_name(enum dkim_algorithm algorithm)
{
	return algorithm_names[algorithm];
}

/* One signature while it is read. */
struct reading {
	struct arena *arena;
	enum dkim_kind kind;
	struct tag_list tags;
	struct dkim_signature *signature;
};

static bool fail(struct reading *reading, const char *why)
{
	if (reading->signature->broken == NULL)
		reading->signature->broken = why;
	return false;
}

static struct str value_of(const struct reading *reading, const char *name)
{
	return tag_list_value(&reading->tags, name, STR(""));
}

static bool read_algorithm(struct reading *reading)
{
	struct str name = value_of(reading, "a");

	for (size_t i = 0; i < sizeof(algorithm_names) / sizeof(algorithm_names[0]); i++) {
		reading->signature->algorithm = (enum dkim_algorithm)i;
		if (str_eq_ci(name, str_from(algorithm_names[i])))
			return true;
	}
	reading->signature->algorithm = DKIM_RSA_SHA256;
	return fail(reading, "its algorithm (a=) is not known");
}

static bool canon_of(struct str name, enum dkim_canon *canon_r)
{
	*canon_r = str_eq_ci(name, STR("relaxed")) ? DKIM_RELAXED : DKIM_SIMPLE;
	return *canon_r == DKIM_RELAXED || str_eq_ci(name, STR("simple"));
}

static bool read_canons(struct reading *reading)
{
	struct str value = tag_list_value(&reading->tags, "c", STR("simple/simple"));
	ptrdiff_t slash = str_find_char(value, '/');
	struct str header = slash < 0 ? value : str_prefix(value, (size_t)slash);
	struct str body = slash < 0 ? STR("simple") : str_from_offset(value, (size_t)slash + 1);

	if (canon_of(str_trim(header), &reading->signature->header_canon) &&
	    canon_of(str_trim(body), &reading->signature->body_canon))
		return true;
	return fail(reading, "its canonicalization (c=) is not known");
}

static bool is_label_char(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_';
}

/* Labels of letters, digits, "-" and "_", with one dot between; at least so many. */
static bool are_labels(struct str name, size_t labels_min)
{
	struct str rest = name, label;
	size_t count = 0;

	if (!dns_name_valid(name) || name.data[name.len - 1] == '.')
		return false;
	while (rest.len > 0 && str_next_piece(&rest, '.', &label)) {
		count++;
		for (size_t i = 0; i < label.len; i++)
			if (!is_label_char(label.data[i]))
				return false;
	}
	return count >= labels_min;
}

static bool read_name(struct reading *reading, const char *tag, size_t labels_min,
                      struct str *name_r, const char *why)
{
	struct str name = value_of(reading, tag);

	if (name.len == 0)
		return fail(reading, why);
	*name_r = arena_str_lower(reading->arena, uri_host_to_ascii(reading->arena, name));
	return are_labels(*name_r, labels_min) || fail(reading, why);
}

/* Within d=, or a domain below it: RFC 6376 section 3.5. */
static bool read_identity(struct reading *reading)
{
	struct dkim_signature *signature = reading->signature;
	struct str value = value_of(reading, "i"), domain;
	ptrdiff_t at = str_rfind_char(value, '@');

	if (value.len == 0) {
		signature->identity =
			arena_printf(reading->arena, "@%.*s", STR_FMT(signature->domain));
		return true;
	}
	signature->identity = value;
	if (at < 0)
		return fail(reading, "its identity (i=) is no address");
	domain = uri_host_to_ascii(reading->arena, str_from_offset(value, (size_t)at + 1));
	if (dns_name_is_within(domain, signature->domain))
		return true;
	return fail(reading, "its identity (i=) is not in its domain (d=)");
}

static bool read_bytes(struct reading *reading, const char *tag, struct str *bytes_r,
                       const char *why)
{
	bool fault = false;
	struct str text = tag_value_packed(reading->arena, value_of(reading, tag));

	*bytes_r = decode_base64(reading->arena, text, &fault);
	return (text.len > 0 && bytes_r->len > 0 && !fault) || fail(reading, why);
}

static bool read_number(struct reading *reading, const char *tag, uint64_t max, uint64_t *value_r,
                        const char *why)
{
	const struct tag *found = tag_list_find(&reading->tags, tag);

	return found == NULL || str_to_uint(found->value, max, value_r) || fail(reading, why);
}

static bool read_times(struct reading *reading)
{
	uint64_t signed_at = 0, expires = UINT64_MAX;

	if (!read_number(reading, "t", TIME_MAX, &signed_at, "its time (t=) is no number") ||
	    !read_number(reading, "x", TIME_MAX, &expires, "its expiry (x=) is no number"))
		return false;
	reading->signature->expires = expires > TIME_MAX ? -1 : (int64_t)expires;
	if (tag_list_find(&reading->tags, "t") != NULL && expires <= signed_at)
		return fail(reading, "it expired before it was made (x=, t=)");
	return true;
}

static bool read_instance(struct reading *reading)
{
	uint64_t instance = 0;

	if (!str_to_uint(value_of(reading, "i"), 50, &instance) || instance == 0)
		return fail(reading, "its instance (i=) is no number from 1 to 50");
	reading->signature->instance = (unsigned)instance;
	return true;
}

static bool read_headers(struct reading *reading)
{
	const struct str headers = value_of(reading, "h");
	struct str rest = headers, name;

	reading->signature->headers = headers;
	if (headers.len == 0)
		return fail(reading, "it signs no header field (h=)");
	while (rest.data != NULL && str_next_piece(&rest, ':', &name))
		/* Others let it pass in a chain, where it signs nothing and hides nothing. */
		if (str_trim(name).len == 0 && reading->kind == DKIM_KIND_DKIM)
			return fail(reading, "a name in h= is empty");
	if (reading->kind == DKIM_KIND_AMS && tag_value_has(headers, STR("ARC-Seal")))
		return fail(reading, "it signs an ARC-Seal");
	return tag_value_has(headers, STR("From")) || fail(reading, "it does not sign From");
}

static void read_body(struct reading *reading)
{
	read_headers(reading);
	read_bytes(reading, "bh", &reading->signature->body_hash,
	           "its body hash (bh=) is missing or damaged");
	read_number(reading, "l", UINT64_MAX - 1, &reading->signature->body_limit,
	            "its body length (l=) is no number");
}

/* RFC 8617 section 4.1.3. */
static void read_seal(struct reading *reading)
{
	reading->signature->header_canon = DKIM_RELAXED;
	reading->signature->chain = value_of(reading, "cv");
	if (tag_list_find(&reading->tags, "h") != NULL)
		fail(reading, "it has h=, which a seal has not");
}

static bool read_version(struct reading *reading)
{
	struct str method = tag_list_value(&reading->tags, "q", STR("dns/txt"));

	if (reading->kind == DKIM_KIND_DKIM && !str_eq(value_of(reading, "v"), STR("1")))
		return fail(reading, "its version (v=) is not 1");
	return tag_value_has(method, STR("dns/txt")) ||
	       fail(reading, "its key is not in the DNS (q=)");
}

static void read_tags(struct reading *reading)
{
	struct dkim_signature *signature = reading->signature;

	/* All of them, so that reports can name what there is; the first fault counts. */
	read_version(reading);
	read_algorithm(reading);
	if (reading->kind != DKIM_KIND_SEAL)
		read_canons(reading);
	read_name(reading, "d", 2, &signature->domain, "its domain (d=) is missing or no domain");
	read_name(reading, "s", 1, &signature->selector, "its selector (s=) is missing or no name");
	if (reading->kind == DKIM_KIND_DKIM)
		read_identity(reading);
	else
		read_instance(reading);
	if (reading->kind == DKIM_KIND_SEAL)
		read_seal(reading);
	else
		read_body(reading);
	signature->signature_text = tag_value_packed(reading->arena, value_of(reading, "b"));
	read_bytes(reading, "b", &signature->signature, "its signature (b=) is missing or damaged");
	read_times(reading);
}

void dkim_signature_read(struct arena *arena, const struct dkim_fields *fields, size_t field,
                         enum dkim_kind kind, struct dkim_signature *signature_r)
{
	struct reading reading = { .arena = arena, .kind = kind, .signature = signature_r };
	struct str text = fields->items[field].text;
	size_t colon = (size_t)str_find_char(text, ':');
	const struct tag *tag;
	const char *why;

	*signature_r =
		(struct dkim_signature){ .field = field, .body_limit = UINT64_MAX, .expires = -1 };
	if (!tag_list_parse(arena, str_from_offset(text, colon + 1), &reading.tags, &why)) {
		fail(&reading, why);
		return;
	}
	read_tags(&reading);
	tag = tag_list_find(&reading.tags, "b");
	if (tag != NULL) {
		signature_r->cut = colon + 1 + tag->offset;
		signature_r->cut_len = tag->len;
	}
}

struct str dkim_signature_key_name(struct arena *arena, const struct dkim_signature *signature)
{
	struct str name = arena_printf(arena, "%.*s._domainkey.%.*s", STR_FMT(signature->selector),
	                               STR_FMT(signature->domain));

	return signature->broken == NULL && dns_name_valid(name) ? name : STR("");
}
