/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/seal_content.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define BUFFER_SIZE 4096

/* Bytes on their way into a hash. */
struct seal_body {
	EVP_MD_CTX *context;
	bool failed;
	bool space;      /* white space that counts if the line goes on */
	size_t newlines; /* that count if anything follows */
	size_t len;
	unsigned char buffer[BUFFER_SIZE];
};

static const struct {
	const char *name;
	bool added; /* by MTAs, where it is missing */
} bound[SEAL_FIELD_COUNT] = {
	{ "From", true },
	{ "Date", true },
	{ "Message-ID", true },
	{ "Subject", false },
	{ "Reply-To", false },
	{ "Content-Type", false },
	{ "Content-Transfer-Encoding", false },
};

bool seal_digest_same(const struct seal_digest *a, const struct seal_digest *b)
{
	return a->known && b->known && CRYPTO_memcmp(a->bytes, b->bytes, SEAL_HASH_SIZE) == 0;
}

struct seal_body *seal_body_new(void)
{
	struct seal_body *body = memory_alloc(sizeof(*body));

	body->context = EVP_MD_CTX_new();
	body->failed =
		body->context == NULL || EVP_DigestInit_ex(body->context, EVP_sha256(), NULL) != 1;
	body->space = false;
	body->newlines = 0;
	body->len = 0;
	return body;
}

static void flush(struct seal_body *body)
{
	if (!body->failed && EVP_DigestUpdate(body->context, body->buffer, body->len) != 1)
		body->failed = true;
	body->len = 0;
}

static void put(struct seal_body *body, char c)
{
	if (body->len == BUFFER_SIZE)
		flush(body);
	body->buffer[body->len++] = (unsigned char)c;
}

static void put_text(struct seal_body *body, const char *data, size_t len)
{
	if (body->len + len > BUFFER_SIZE)
		flush(body);
	if (len <= BUFFER_SIZE) {
		memcpy(body->buffer + body->len, data, len);
		body->len += len;
	} else if (!body->failed && EVP_DigestUpdate(body->context, data, len) != 1) {
		body->failed = true;
	}
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void seal_body_add(struct seal_body *body, const char *data, size_t len)
{
	const char *end = data + len, *start;

	while (data < end) {
		for (; data < end && is_white(*data); data++) {
			body->newlines += *data == '\n';
			body->space = *data != '\n' && (body->space || *data != '\r');
		}
		start = data;
		while (data < end && !is_white(*data))
			data++;
		if (data == start)
			break;
		for (; body->newlines > 0; body->newlines--)
			put(body, '\n');
		if (body->space)
			put(body, ' ');
		body->space = false;
		put_text(body, start, (size_t)(data - start));
	}
}

struct seal_digest seal_body_finish(struct seal_body *body)
{
	struct seal_digest digest = { .known = false };

	if (body == NULL)
		return digest;
	flush(body);
	digest.known = !body->failed && EVP_DigestFinal_ex(body->context, digest.bytes, NULL) == 1;
	EVP_MD_CTX_free(body->context);
	free(body);
	return digest;
}

const char *seal_field_name(unsigned number)
{
	return bound[number].name;
}

bool seal_binds(struct str name)
{
	for (unsigned number = 0; number < SEAL_FIELD_COUNT; number++)
		if (str_eq_ci(name, str_from(bound[number].name)))
			return true;
	return false;
}

void seal_fields_of(struct arena *arena, const struct raw_field_list *header,
                    struct seal_fields *fields_r)
{
	*fields_r = (struct seal_fields){ 0 };
	for (size_t i = 0; i < header->len; i++)
		for (unsigned number = 0; number < SEAL_FIELD_COUNT; number++)
			if (str_eq_ci(header->items[i].name, str_from(bound[number].name)))
				vec_push(arena, &fields_r->values[number], header->items[i].value);
}

unsigned seal_fields_present(const struct seal_fields *fields)
{
	unsigned present = 0;

	for (unsigned number = 0; number < SEAL_FIELD_COUNT; number++)
		if (fields->values[number].len > 0)
			present |= 1u << number;
	return present;
}

/* Each value ends in a line end, which none can hold, as white space is left out. */
static void add_value(struct seal_body *body, unsigned number, struct str value)
{
	if (value.data == NULL)
		body->failed = true;
	put(body, (char)('0' + number));
	for (size_t i = 0; i < value.len; i++)
		if (!is_white(value.data[i]))
			put(body, value.data[i]);
	put(body, '\n');
}

struct seal_digest seal_fields_digest(const struct seal_fields *fields, unsigned sealed)
{
	struct seal_body *body = seal_body_new();

	for (unsigned number = 0; number < SEAL_FIELD_COUNT; number++) {
		const struct str_list *values = &fields->values[number];

		if (bound[number].added && (sealed & 1u << number) == 0)
			continue;
		for (size_t i = 0; i < values->len; i++)
			add_value(body, number, values->items[i]);
	}
	return seal_body_finish(body);
}
