/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/spf_record.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "facts/spf_macro.h"

#define VERSION_TEXT "v=spf1"
#define SHOWN_MAX    60 /* octets of a stranger's text in a problem's sentence */

enum domain_need {
	DOMAIN_NONE,
	DOMAIN_OPTIONAL,
	DOMAIN_REQUIRED,
};

static const struct mechanism {
	struct str name;
	enum domain_need domain;
	bool prefixes;
} mechanisms[] = {
	[SPF_MECHANISM_ALL] = { STR_INIT("all"), DOMAIN_NONE, false },
	[SPF_MECHANISM_INCLUDE] = { STR_INIT("include"), DOMAIN_REQUIRED, false },
	[SPF_MECHANISM_A] = { STR_INIT("a"), DOMAIN_OPTIONAL, true },
	[SPF_MECHANISM_MX] = { STR_INIT("mx"), DOMAIN_OPTIONAL, true },
	[SPF_MECHANISM_PTR] = { STR_INIT("ptr"), DOMAIN_OPTIONAL, false },
	[SPF_MECHANISM_IP4] = { STR_INIT("ip4"), DOMAIN_REQUIRED, false },
	[SPF_MECHANISM_IP6] = { STR_INIT("ip6"), DOMAIN_REQUIRED, false },
	[SPF_MECHANISM_EXISTS] = { STR_INIT("exists"), DOMAIN_REQUIRED, false },
};
#define MECHANISM_COUNT (sizeof(mechanisms) / sizeof(mechanisms[0]))

struct parser {
	struct arena *arena;
	struct spf_record *record;
	struct str *problem_r;
};

static bool fail(struct parser *parser, struct str term, const char *problem)
{
	char shown[SHOWN_MAX + 1];
	size_t len = term.len < SHOWN_MAX ? term.len : SHOWN_MAX;

	for (size_t i = 0; i < len; i++)
		shown[i] = term.data[i] >= ' ' && term.data[i] < 0x7f ? term.data[i] : '?';
	shown[len] = '\0';
	*parser->problem_r = arena_printf(parser->arena, "%s%s: %s", shown,
	                                  len < term.len ? "..." : "", problem);
	return false;
}

/* A number without leading zeros that ends the text at *len, after `slashes` slashes. */
static bool cut_prefix(struct str *text, size_t slashes, uint64_t max, unsigned *prefix_r,
                       bool *valid_r)
{
	size_t start = text->len;
	struct str digits;
	uint64_t value;

	while (start > 0 && char_is_digit(text->data[start - 1]))
		start--;
	if (start == text->len || start < slashes ||
	    memcmp(text->data + start - slashes, "//", slashes) != 0)
		return false;
	digits = str_from_offset(*text, start);
	*valid_r = (digits.len == 1 || digits.data[0] != '0') && str_to_uint(digits, max, &value);
	if (*valid_r)
		*prefix_r = (unsigned)value;
	text->len = start - slashes;
	return true;
}

/* dual-cidr-length at the end of what follows "a" or "mx". */
static bool cut_prefixes(struct str *text, struct spf_term *term)
{
	bool valid = true;

	if (cut_prefix(text, 2, 128, &term->prefix6, &valid) && !valid)
		return false;
	(void)cut_prefix(text, 1, 32, &term->prefix4, &valid);
	return valid;
}

static bool read_address(struct parser *parser, struct str value, struct spf_term *term)
{
	bool ip6 = term->mechanism == SPF_MECHANISM_IP6, valid = true;
	char text[INET6_ADDRSTRLEN];

	(void)cut_prefix(&value, 1, ip6 ? 128 : 32, ip6 ? &term->prefix6 : &term->prefix4, &valid);
	if (!valid)
		return fail(parser, term->text, "the prefix length is not valid");
	if (value.len >= sizeof(text) || memchr(value.data, '\0', value.len) != NULL)
		return fail(parser, term->text, "not an IP address");
	memcpy(text, value.data, value.len);
	text[value.len] = '\0';
	if (inet_pton(ip6 ? AF_INET6 : AF_INET, text, term->address) != 1)
		return fail(parser, term->text,
		            ip6 ? "not an IPv6 address" : "not an IPv4 address");
	return true;
}

/* What follows the name of a mechanism: nothing, ":..." or "/...". */
static bool read_argument(struct parser *parser, struct str rest, struct spf_term *term)
{
	const struct mechanism *mechanism = &mechanisms[term->mechanism];
	const char *problem;

	if (mechanism->prefixes && !cut_prefixes(&rest, term))
		return fail(parser, term->text, "the prefix length is not valid");
	if (rest.len == 0)
		return mechanism->domain != DOMAIN_REQUIRED ||
		       fail(parser, term->text, "an argument is missing");
	if (rest.data[0] != ':' || mechanism->domain == DOMAIN_NONE)
		return fail(parser, term->text, "unexpected text after the mechanism");
	rest = str_from_offset(rest, 1);
	if (term->mechanism == SPF_MECHANISM_IP4 || term->mechanism == SPF_MECHANISM_IP6)
		return read_address(parser, rest, term);
	if (!spf_macro_check(rest, SPF_MACRO_DOMAIN_SPEC, &problem))
		return fail(parser, term->text, problem);
	term->domain = rest;
	return true;
}

static bool read_directive(struct parser *parser, struct str text)
{
	struct spf_term term = { .qualifier = '+', .text = text, .prefix4 = 32, .prefix6 = 128 };
	struct str name = text, rest;
	size_t len = 0, i;

	if (name.len > 0 && strchr("+-~?", name.data[0]) != NULL && name.data[0] != '\0') {
		term.qualifier = name.data[0];
		name = str_from_offset(name, 1);
	}
	while (len < name.len && name.data[len] != ':' && name.data[len] != '/')
		len++;
	rest = str_from_offset(name, len);
	name.len = len;
	for (i = 0; i < MECHANISM_COUNT && !str_eq_ci(name, mechanisms[i].name); i++)
		;
	if (i == MECHANISM_COUNT)
		return fail(parser, text, "unknown mechanism");
	term.mechanism = (enum spf_mechanism)i;
	if (!read_argument(parser, rest, &term))
		return false;
	vec_push(parser->arena, parser->record, term);
	return true;
}

/* Length of the name of a modifier whose "=" follows it, or 0. */
static size_t modifier_name(struct str text)
{
	size_t len = 0;

	if (text.len == 0 || !char_is_alpha(text.data[0]))
		return 0;
	while (len < text.len && (char_is_alnum(text.data[len]) || text.data[len] == '-' ||
	                          text.data[len] == '_' || text.data[len] == '.'))
		len++;
	return len < text.len && text.data[len] == '=' ? len : 0;
}

static bool read_known_modifier(struct parser *parser, struct str text, struct str value, bool *has,
                                struct str *spec)
{
	const char *problem;

	if (*has)
		return fail(parser, text, "given twice");
	if (!spf_macro_check(value, SPF_MACRO_DOMAIN_SPEC, &problem))
		return fail(parser, text, problem);
	*has = true;
	*spec = value;
	return true;
}

static bool read_modifier(struct parser *parser, struct str text, size_t name_len)
{
	struct spf_record *record = parser->record;
	struct str name = str_prefix(text, name_len), value = str_from_offset(text, name_len + 1);
	const char *problem;

	if (str_eq_ci(name, STR("redirect")))
		return read_known_modifier(parser, text, value, &record->has_redirect,
		                           &record->redirect);
	if (str_eq_ci(name, STR("exp")))
		return read_known_modifier(parser, text, value, &record->has_exp, &record->exp);
	return spf_macro_check(value, SPF_MACRO_STRING, &problem) || fail(parser, text, problem);
}

bool spf_record_is_spf(struct str text)
{
	return str_starts_ci(text, STR(VERSION_TEXT)) &&
	       (text.len == strlen(VERSION_TEXT) || text.data[strlen(VERSION_TEXT)] == ' ');
}

const struct spf_record *spf_record_parse(struct arena *arena, struct str text,
                                          struct str *problem_r)
{
	struct parser parser = { arena, arena_new_object(arena, struct spf_record), problem_r };
	struct str rest = str_from_offset(text, strlen(VERSION_TEXT)), term;
	bool good = true;

	assert(spf_record_is_spf(text));
	parser.record->text = text;
	if (text.len > SPF_RECORD_MAX)
		good = fail(&parser, STR(VERSION_TEXT), "the record is too long");
	while (good && str_next_piece(&rest, ' ', &term)) {
		size_t name = modifier_name(term);

		if (term.len == 0)
			continue;
		good = name > 0 ? read_modifier(&parser, term, name)
		                : read_directive(&parser, term);
	}
	return good ? parser.record : NULL;
}

bool spf_client_read(struct str text, struct spf_client *client_r)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char buffer[INET6_ADDRSTRLEN];

	memset(client_r, 0, sizeof(*client_r));
	if (text.len >= sizeof(buffer) || memchr(text.data, '\0', text.len) != NULL)
		return false;
	memcpy(buffer, text.data, text.len);
	buffer[text.len] = '\0';
	if (inet_pton(AF_INET, buffer, client_r->address) == 1)
		return true;
	if (inet_pton(AF_INET6, buffer, client_r->address) != 1)
		return false;
	client_r->ip6 = memcmp(client_r->address, mapped, sizeof(mapped)) != 0;
	if (!client_r->ip6)
		memmove(client_r->address, client_r->address + sizeof(mapped), 4);
	return true;
}

bool spf_client_matches(const struct spf_client *client, const unsigned char *address,
                        unsigned prefix)
{
	unsigned whole = prefix / 8, bits = prefix % 8;
	unsigned char mask = (unsigned char)(0xff00u >> bits);

	return memcmp(client->address, address, whole) == 0 &&
	       (bits == 0 || ((client->address[whole] ^ address[whole]) & mask) == 0);
}

enum chance {
	CHANCE_NEVER,
	CHANCE_ASK,
	CHANCE_ALWAYS,
};

static enum chance chance_of(const struct spf_term *term, const struct spf_client *client)
{
	switch (term->mechanism) {
	case SPF_MECHANISM_ALL:
		return CHANCE_ALWAYS;
	case SPF_MECHANISM_IP4:
		return !client->ip6 && spf_client_matches(client, term->address, term->prefix4)
		               ? CHANCE_ALWAYS
		               : CHANCE_NEVER;
	case SPF_MECHANISM_IP6:
		return client->ip6 && spf_client_matches(client, term->address, term->prefix6)
		               ? CHANCE_ALWAYS
		               : CHANCE_NEVER;
	default:
		return CHANCE_ASK;
	}
}

static bool has_all(const struct spf_record *record)
{
	for (size_t i = 0; i < record->len; i++)
		if (record->items[i].mechanism == SPF_MECHANISM_ALL)
			return true;
	return false;
}

static void add_token(struct spf_rewriting *rewriting, const char *prefix, char qualifier,
                      size_t term, unsigned token)
{
	size_t used = strlen(rewriting->text);
	int len = snprintf(rewriting->text + used, sizeof(rewriting->text) - used, " %.1s%s%u.x",
	                   &qualifier, prefix, token + (unsigned)rewriting->count);

	assert(len > 0 && (size_t)len < sizeof(rewriting->text) - used);
	rewriting->terms[rewriting->count++] = term;
}

void spf_record_rewrite(const struct spf_record *record, const struct spf_client *client,
                        unsigned first_token, struct spf_rewriting *rewriting_r)
{
	unsigned asked = 0;

	*rewriting_r = (struct spf_rewriting){ .text = VERSION_TEXT };
	for (size_t i = 0; i < record->len; i++) {
		const struct spf_term *term = &record->items[i];
		enum chance chance = chance_of(term, client);

		if (chance == CHANCE_NEVER)
			continue;
		add_token(rewriting_r,
		          term->mechanism == SPF_MECHANISM_INCLUDE ? "include:t" : "exists:t",
		          term->qualifier, i, first_token);
		/* Nothing after it is reached; nor after one term more than are allowed. */
		if (chance == CHANCE_ALWAYS || asked++ == SPF_TERMS_MAX)
			return;
	}
	if (record->has_redirect && !has_all(record))
		add_token(rewriting_r, "redirect=t", '\0', record->len, first_token);
}
