/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/strbuf.h"
#include "facts/dkim.h"
#include "facts/tag_list.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/unit.h"

#define NOW 1700000000

static struct arena *arena;
static EVP_PKEY *rsa, *ed25519;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static int make_keys(void **state)
{
	(void)state;
	rsa = EVP_RSA_gen(2048);
	ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return rsa == NULL || ed25519 == NULL;
}

static int free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ed25519);
	return 0;
}

static struct str base64(const unsigned char *data, size_t len)
{
	unsigned char *out = arena_alloc(arena, len / 3 * 4 + 5);
	int size = EVP_EncodeBlock(out, data, (int)len);

	return (struct str){ (const char *)out, (size_t)size };
}

static struct str record_of(EVP_PKEY *key, const char *more)
{
	unsigned char raw[32], *der = NULL;
	size_t raw_len = sizeof(raw);
	struct str text;
	int len;

	if (key == ed25519) {
		EVP_PKEY_get_raw_public_key(key, raw, &raw_len);
		text = base64(raw, raw_len);
		return arena_printf(arena, "v=DKIM1; k=ed25519;%s p=%.*s", more, STR_FMT(text));
	}
	len = i2d_PUBKEY(key, &der);
	text = base64(der, (size_t)len);
	OPENSSL_free(der);
	return arena_printf(arena, "v=DKIM1;%s p=%.*s", more, STR_FMT(text));
}

/* The canonical body by hand: these bodies are canonical in both ways. */
static struct str body_hash(struct str body)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len;

	EVP_Digest(body.data, body.len, digest, &len, EVP_sha256(), NULL);
	return base64(digest, len);
}

static struct str with_hash(struct str tags, struct str hash)
{
	ptrdiff_t at = str_find(tags, STR("%s"));

	if (at < 0)
		return tags;
	return arena_printf(arena, "%.*s%.*s%.*s", (int)at, tags.data, STR_FMT(hash),
	                    STR_FMT(str_from_offset(tags, (size_t)at + 2)));
}

/*
 * A message "From, Subject" with a body, and a signature of it with relaxed/simple
 * canonicalization, whose tags `tags` has ("%s" is the body's hash). What is signed of the header
 * is given as its canonical form.
 */
static struct str sign(EVP_PKEY *key, const char *tags, const char *signed_fields,
                       const char *fields, const char *body)
{
	struct str hash = body_hash(str_from(body));
	struct str value = with_hash(str_from(tags), hash);
	struct str data =
		arena_printf(arena, "%sdkim-signature:%.*s b=", signed_fields, STR_FMT(value));
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[1024], digest[EVP_MAX_MD_SIZE];
	size_t len = sizeof(signature);
	unsigned digest_len;
	struct str text;

	EVP_Digest(data.data, data.len, digest, &digest_len, EVP_sha256(), NULL);
	if (key == ed25519) {
		EVP_DigestSignInit(context, NULL, NULL, NULL, key);
		EVP_DigestSign(context, signature, &len, digest, digest_len);
	} else {
		EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key);
		EVP_DigestSign(context, signature, &len, (const unsigned char *)data.data,
		               data.len);
	}
	EVP_MD_CTX_free(context);
	text = base64(signature, len);
	return arena_printf(arena, "DKIM-Signature: %.*s b=%.*s\r\n%s\r\n%s", STR_FMT(value),
	                    STR_FMT(text), fields, body);
}

static struct dkim_check check_with(struct str raw, struct str record, bool truncated)
{
	ptrdiff_t end = str_find(raw, STR("\r\n\r\n"));
	struct dkim_input input = { .headers = str_prefix(raw, (size_t)end + 2),
		                    .body = str_from_offset(raw, (size_t)end + 4),
		                    .truncated = truncated,
		                    .now = NOW };
	struct dkim_message message;

	dkim_read(arena, &input, &message);
	assert_int_equal(message.count, 1);
	if (message.checks[0].key_name.len > 0) {
		struct dns_answer *answer = fake_text_answer(record, 0);

		dkim_verify(arena, &message, &message.checks[0], answer);
		dns_answer_unpin(answer);
	}
	return message.checks[0];
}

#define FIELDS "From: Ann <ann@example.org>\r\nSubject:  two  words \r\n"
#define SIGNED "from:Ann <ann@example.org>\r\nsubject:two words\r\n"
#define TAGS   "v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=sel; h=from:subject; bh=%s;"
#define BODY   "hello\r\n"

static void check(const char *tags, enum dkim_result expected)
{
	struct str raw = sign(rsa, tags, SIGNED, FIELDS, BODY);
	struct dkim_check result = check_with(raw, record_of(rsa, ""), false);

	if (result.result != expected)
		fail_msg("%s: %s (%s), not %s", tags, dkim_result_name(result.result),
		         result.reason, dkim_result_name(expected));
	assert_int_equal(result.result == DKIM_PASS, result.reason[0] == '\0');
}

static void test_what_holds(void **state)
{
	struct dkim_check result;

	(void)state;
	check(TAGS, DKIM_PASS);
	check(TAGS " i=@sub.example.org;", DKIM_PASS);
	check(TAGS " i=ann@example.org; q=dns/txt; t=1600000000; x=1800000000; z=From:x; odd=1;",
	      DKIM_PASS);
	check(TAGS " l=7;", DKIM_PASS);
	result = check_with(sign(ed25519,
	                         "v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org; s=sel; "
	                         "h=from:subject; bh=%s;",
	                         SIGNED, FIELDS, BODY),
	                    record_of(ed25519, ""), false);
	assert_int_equal(result.result, DKIM_PASS);
	assert_int_equal(result.key_bits, 256);
	assert_str(result.signature.identity, "@example.org");
}

static void test_what_is_refused(void **state)
{
#define REST " d=example.org; s=sel; h=from:subject; bh=%s;"
	(void)state;
	check("a=rsa-sha256; c=relaxed/simple;" REST, DKIM_PERMERROR);
	check("v=2; a=rsa-sha256; c=relaxed/simple;" REST, DKIM_PERMERROR);
	check("v=1; c=relaxed/simple;" REST, DKIM_PERMERROR);
	check("v=1; a=rsa-sha512; c=relaxed/simple;" REST, DKIM_PERMERROR);
	check("v=1; a=rsa-sha1; c=relaxed/simple;" REST, DKIM_POLICY);
	check("v=1; a=rsa-sha256; c=relaxed/odd;" REST, DKIM_PERMERROR);
	check("v=1; v=1; a=rsa-sha256; c=relaxed/simple;" REST, DKIM_PERMERROR);
	check("v=1; a=rsa-sha256; c=relaxed/simple; s=sel; h=from:subject; bh=%s;", DKIM_PERMERROR);
	check("v=1; a=rsa-sha256; c=relaxed/simple; d=org; s=sel; h=from:subject; bh=%s;",
	      DKIM_PERMERROR);
	check("v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; h=from:subject; bh=%s;",
	      DKIM_PERMERROR);
	check("v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=a/b; h=from:subject; bh=%s;",
	      DKIM_PERMERROR);
	check("v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=sel; bh=%s;", DKIM_PERMERROR);
	check("v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=sel; h=; bh=%s;",
	      DKIM_PERMERROR);
	check("v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=sel; h=subject; bh=%s;",
	      DKIM_PERMERROR);
	check("v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=sel; h=from::subject; bh=%s;",
	      DKIM_PERMERROR);
	check("v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=sel; h=from:subject;",
	      DKIM_PERMERROR);
	check(TAGS " i=@example.com;", DKIM_PERMERROR);
	check(TAGS " i=@badexample.org;", DKIM_PERMERROR);
	check(TAGS " i=example.org;", DKIM_PERMERROR);
	check(TAGS " l=8;", DKIM_PERMERROR);
	check(TAGS " l=x;", DKIM_PERMERROR);
	check(TAGS " q=http;", DKIM_PERMERROR);
	check(TAGS " x=1699999999;", DKIM_POLICY);
	check(TAGS " x=1700000000;", DKIM_PASS);
	check(TAGS " t=1800000000; x=1750000000;", DKIM_PERMERROR);
	check(TAGS " t=soon;", DKIM_PERMERROR);
	check(TAGS " noequals;", DKIM_PERMERROR);
	check(TAGS " 1a=b;", DKIM_PERMERROR);
#undef REST
}

static void check_change(const char *fields, const char *body, enum dkim_result expected)
{
	struct str raw = sign(rsa, TAGS, SIGNED, FIELDS, BODY);
	ptrdiff_t from = str_find(raw, STR("From: "));

	raw = arena_printf(arena, "%.*s%s\r\n%s", (int)from, raw.data, fields, body);
	assert_int_equal(check_with(raw, record_of(rsa, ""), false).result, expected);
}

static void test_changes(void **state)
{
	(void)state;
	check_change(FIELDS, BODY, DKIM_PASS);
	check_change(FIELDS "X-More: 1\r\n", BODY, DKIM_PASS);
	check_change("SUBJECT: two\r\n words\r\nFROM :\tAnn  <ann@example.org>\r\n", BODY,
	             DKIM_PASS);
	check_change(FIELDS, BODY "\r\n\r\n", DKIM_PASS);
	check_change(FIELDS, BODY " ", DKIM_FAIL);
	check_change(FIELDS, "Hello\r\n", DKIM_FAIL);
	check_change("From: Eve <ann@example.org>\r\nSubject: two words\r\n", BODY, DKIM_FAIL);
	check_change("Subject: two words\r\n", BODY, DKIM_FAIL);
	check_change(FIELDS "Subject: another\r\n", BODY, DKIM_FAIL);
	/* The upper one is not signed; a reader may be shown it. */
	check_change("From: Eve <eve@example.org>\r\n" FIELDS, BODY, DKIM_PERMERROR);
	check_change("Subject: another\r\n" FIELDS, BODY, DKIM_PASS);
}

static void test_part_of_the_body(void **state)
{
	struct str raw = sign(rsa, TAGS " l=7;", SIGNED, FIELDS, BODY);
	struct dkim_check result = check_with(arena_printf(arena, "%.*smore\r\n", STR_FMT(raw)),
	                                      record_of(rsa, ""), false);

	(void)state;
	assert_int_equal(result.result, DKIM_PASS);
	assert_true(result.unsigned_text);
	assert_false(check_with(raw, record_of(rsa, ""), false).unsigned_text);
	/* What is not known of it was not signed. */
	result = check_with(arena_printf(arena, "%.*sm", STR_FMT(raw)), record_of(rsa, ""), true);
	assert_int_equal(result.result, DKIM_PASS);
	assert_int_equal(check_with(raw, record_of(rsa, ""), true).result, DKIM_NEUTRAL);
	raw = sign(rsa, TAGS, SIGNED, FIELDS, BODY);
	assert_int_equal(check_with(raw, record_of(rsa, ""), true).result, DKIM_NEUTRAL);
}

static void check_record(struct str record, enum dkim_result expected)
{
	struct str raw = sign(rsa, TAGS " i=@sub.example.org;", SIGNED, FIELDS, BODY);
	struct dkim_check result = check_with(raw, record, false);

	if (result.result != expected)
		fail_msg("%.*s: %s (%s), not %s", STR_FMT(record), dkim_result_name(result.result),
		         result.reason, dkim_result_name(expected));
}

static void test_keys(void **state)
{
	EVP_PKEY *other = EVP_RSA_gen(2048), *small = EVP_RSA_gen(768);
	struct str good = record_of(rsa, "");

	(void)state;
	check_record(good, DKIM_PASS);
	check_record(str_from_offset(good, strlen("v=DKIM1;")), DKIM_PASS);
	check_record(record_of(rsa, " h=sha1:sha256; s=email; t=y; n=x;"), DKIM_PASS);
	check_record(record_of(rsa, " s=*; k=RSA;"), DKIM_PASS);
	check_record(record_of(rsa, " h=sha1;"), DKIM_PERMERROR);
	check_record(record_of(rsa, " s=tlsrpt;"), DKIM_PERMERROR);
	check_record(record_of(rsa, " t=s;"), DKIM_PERMERROR);
	check_record(record_of(rsa, " t=y:s;"), DKIM_PERMERROR);
	check_record(record_of(rsa, " k=ed25519;"), DKIM_PERMERROR);
	check_record(record_of(rsa, " k=dsa;"), DKIM_PERMERROR);
	check_record(record_of(rsa, " n=1; n=2;"), DKIM_PERMERROR);
	check_record(record_of(ed25519, ""), DKIM_PERMERROR);
	check_record(record_of(other, ""), DKIM_FAIL);
	check_record(record_of(small, ""), DKIM_POLICY);
	check_record(STR("v=DKIM1; p="), DKIM_PERMERROR);
	check_record(STR("v=DKIM1; k=rsa"), DKIM_PERMERROR);
	check_record(STR("v=DKIM1; p=!!!!"), DKIM_PERMERROR);
	check_record(str_prefix(good, good.len - 40), DKIM_PERMERROR);
	check_record(arena_printf(arena, "v=DKIM2; %s", good.data + 9), DKIM_PERMERROR);
	check_record(arena_printf(arena, "%s; v=DKIM1", good.data + 9), DKIM_PERMERROR);
	check_record(STR(""), DKIM_PERMERROR);
	EVP_PKEY_free(other);
	EVP_PKEY_free(small);
}

static void test_answers(void **state)
{
	static const struct {
		enum dns_status status;
		enum dkim_result result;
	} cases[] = {
		{ DNS_NXDOMAIN, DKIM_PERMERROR },
		{ DNS_NODATA, DKIM_PERMERROR },
		{ DNS_FAILED, DKIM_TEMPERROR },
		{ DNS_TIMEOUT, DKIM_TEMPERROR },
	};
	struct str raw = sign(rsa, TAGS, SIGNED, FIELDS, BODY);
	ptrdiff_t end = str_find(raw, STR("\r\n\r\n"));
	struct dkim_input input = { .headers = str_prefix(raw, (size_t)end + 2),
		                    .body = str_from_offset(raw, (size_t)end + 4),
		                    .now = NOW };
	struct dkim_message message;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dns_answer *answer = dns_answer_new(cases[i].status, DNS_TXT, 0, NULL, 0);

		dkim_read(arena, &input, &message);
		assert_str(message.checks[0].key_name, "sel._domainkey.example.org");
		dkim_verify(arena, &message, &message.checks[0], answer);
		assert_int_equal(message.checks[0].result, cases[i].result);
		dns_answer_unpin(answer);
	}
	dkim_read(arena, &input, &message);
	dkim_verify(arena, &message, &message.checks[0], NULL);
	assert_int_equal(message.checks[0].result, DKIM_TEMPERROR);
}

static void test_at_most_ten(void **state)
{
	struct strbuf headers;
	struct dkim_message message;
	struct dkim_input input = { .body = STR(""), .now = NOW };

	(void)state;
	strbuf_init(&headers, arena);
	for (int i = 0; i < 11; i++)
		strbuf_printf(&headers, "DKIM-Signature: v=1; number=%d\r\n", i);
	input.headers = strbuf_str(&headers);
	dkim_read(arena, &input, &message);
	assert_int_equal(message.count, 10);
	assert_true(message.more);
	input.headers = str_prefix(input.headers, input.headers.len / 2);
	dkim_read(arena, &input, &message);
	assert_false(message.more);
}

static void check_body(enum dkim_canon canon, const char *raw, const char *canonical)
{
	unsigned char digest[EVP_MAX_MD_SIZE], expected[EVP_MAX_MD_SIZE];
	size_t size = strlen(raw);
	unsigned len;

	EVP_Digest(canonical, strlen(canonical), expected, &len, EVP_sha256(), NULL);
	/* In two pieces, cut anywhere. */
	for (size_t cut = 0; cut <= size; cut++) {
		struct dkim_body body;

		dkim_body_start(&body, canon, EVP_sha256(), UINT64_MAX);
		dkim_body_add(&body, (struct str){ raw, cut });
		dkim_body_add(&body, (struct str){ raw + cut, size - cut });
		assert_int_equal(dkim_body_end(&body, digest), len);
		if (memcmp(digest, expected, len) != 0)
			fail_msg("\"%s\" cut at %zu is not \"%s\"", raw, cut, canonical);
		assert_int_equal(body.length, strlen(canonical));
	}
}

static void test_bodies(void **state)
{
	static const char *const cases[][3] = {
		{ "", "\r\n", "" },
		{ "\r\n", "\r\n", "" },
		{ "\n\n", "\r\n", "" },
		{ "a", "a\r\n", "a\r\n" },
		{ "a\n", "a\r\n", "a\r\n" },
		{ "a\r\n\r\n\r\n", "a\r\n", "a\r\n" },
		{ "\r\na\r\n", "\r\na\r\n", "\r\na\r\n" },
		{ " a\t \tb \r\n", " a\t \tb \r\n", " a b\r\n" },
		{ "a\r\n \t\r\n", "a\r\n \t\r\n", "a\r\n" },
		{ "a\r\n \r\nb\n", "a\r\n \r\nb\r\n", "a\r\n\r\nb\r\n" },
		{ "a\rb\r\r\nc\r", "a\rb\r\r\nc\r\r\n", "a\rb\r\r\nc\r\r\n" },
		{ " \r\n", " \r\n", "" },
		{ "\t", "\t\r\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_body(DKIM_SIMPLE, cases[i][0], cases[i][1]);
		check_body(DKIM_RELAXED, cases[i][0], cases[i][2]);
	}
}

static struct dkim_body_hash hash_whole(struct str text, enum dkim_canon canon, uint64_t limit)
{
	struct dkim_body_hash hash;
	struct dkim_body body;

	dkim_body_start(&body, canon, EVP_sha256(), limit);
	dkim_body_add(&body, text);
	hash.len = dkim_body_end(&body, hash.bytes);
	hash.length = body.length;
	return hash;
}

#define SIGNATURE(name, tags)                                                                      \
	name ": v=1; a=rsa-sha256; d=example.org; s=s; h=from; b=YQ==; bh=YQ==;" tags "\r\n"

static struct dkim_bodies *add_in_pieces(const char *headers, struct str text, size_t piece)
{
	struct dkim_bodies *bodies = dkim_bodies_start(str_from(headers));

	for (size_t at = 0; at < text.len; at += piece)
		dkim_bodies_add(bodies, str_prefix(str_from_offset(text, at), piece));
	return bodies;
}

/* Every way in which a signature wants the body, and no other. */
static void test_arriving_body(void **state)
{
	static const struct {
		enum dkim_canon canon;
		uint64_t limit;
	} ways[] = { { DKIM_SIMPLE, UINT64_MAX },
		     { DKIM_RELAXED, UINT64_MAX },
		     { DKIM_RELAXED, 9 } };
	static const char headers[] = "From: a@example.org\r\n" SIGNATURE("DKIM-Signature", "")
		SIGNATURE("dkim-signature", "c=simple/relaxed;")
			SIGNATURE("ARC-Message-Signature", "i=1; l=5;")
				SIGNATURE("ARC-Message-Signature", "i=2; c=relaxed/relaxed; l=9;");
	const struct str text = STR("a  b \t\r\n\n c\rd\r\n\r\ne\r\n\r\n");
	struct dkim_body_hash hash;

	(void)state;
	for (size_t piece = 1; piece <= text.len; piece++) {
		struct dkim_bodies *bodies = add_in_pieces(headers, text, piece);

		assert_false(dkim_bodies_find(bodies, DKIM_SIMPLE, UINT64_MAX, &hash));
		assert_true(dkim_bodies_finish(bodies, text));
		for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
			struct dkim_body_hash whole =
				hash_whole(text, ways[i].canon, ways[i].limit);

			assert_true(dkim_bodies_find(bodies, ways[i].canon, ways[i].limit, &hash));
			assert_int_equal(hash.len, whole.len);
			assert_int_equal(hash.length, whole.length);
			assert_memory_equal(hash.bytes, whole.bytes, whole.len);
		}
		assert_false(dkim_bodies_find(bodies, DKIM_RELAXED, 5, &hash));
		assert_false(dkim_bodies_find(bodies, DKIM_SIMPLE, 9, &hash));
		dkim_bodies_free(bodies);
	}
}

/* Of a body that is not just what came, nothing is used. */
static void test_other_body(void **state)
{
	struct dkim_bodies *bodies = add_in_pieces(SIGNATURE("DKIM-Signature", ""), STR("abc"), 2);
	struct dkim_body_hash hash;

	(void)state;
	assert_false(dkim_bodies_finish(bodies, STR("abcd")));
	assert_false(dkim_bodies_finish(bodies, STR("ab")));
	assert_false(dkim_bodies_find(bodies, DKIM_SIMPLE, UINT64_MAX, &hash));
	dkim_bodies_free(bodies);
}

static void test_nobody_wants_the_body(void **state)
{
	(void)state;
	assert_null(dkim_bodies_start(STR("")));
	assert_null(dkim_bodies_start(STR("From: a\nSubject: DKIM-Signature: v=1\n")));
	assert_null(dkim_bodies_start(STR("DKIM-Signature: v=1; broken\n")));
	assert_null(dkim_bodies_start(STR("DKIM-Signature: v=1; a=rsa-sha1; d=example.org; s=s; "
	                                  "h=from; b=YQ==; bh=YQ==\n")));
	assert_null(dkim_bodies_start(STR(SIGNATURE("DKIM-Signature-X", ""))));
	/* Nobody adds or frees then. */
	dkim_bodies_add(NULL, STR("x"));
	dkim_bodies_free(NULL);
}

/* What was hashed while it arrived is what counts. */
static void test_judged_by_what_arrived(void **state)
{
	struct str raw = sign(rsa, TAGS, SIGNED, FIELDS, BODY);
	size_t end = (size_t)str_find(raw, STR("\r\n\r\n"));
	struct str headers = str_prefix(raw, end + 2);
	struct dkim_bodies *bodies = dkim_bodies_start(headers);
	struct dkim_input input = {
		.headers = headers, .body = STR("changed"), .bodies = bodies, .now = NOW
	};
	struct dkim_message message;

	(void)state;
	assert_int_equal(input.body.len, strlen(BODY));
	dkim_bodies_add(bodies, STR(BODY));
	assert_true(dkim_bodies_finish(bodies, input.body));
	dkim_read(arena, &input, &message);
	assert_true(message.checks[0].key_name.len > 0);
	input.bodies = NULL;
	dkim_read(arena, &input, &message);
	assert_int_equal(message.checks[0].result, DKIM_FAIL);
	dkim_bodies_free(bodies);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_holds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_part_of_the_body, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keys, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_at_most_ten, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bodies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_arriving_body, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_body, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_wants_the_body, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_judged_by_what_arrived, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
