/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/address.h"

#include "base/strbuf.h"
#include "forward/fold.h"
#include "message/uri.h"

/* RFC 5321 section 4.5.3.1.2; more cannot be looked up in DNS either. */
#define DOMAIN_MAX 255

void address_split(struct str address, struct str *local_r, struct str *domain_r)
{
	ptrdiff_t at = str_rfind_char(address, '@');

	/* An "@" before the closing quote of the local part is part of that. */
	if (at >= 0 && str_rfind_char(address, '"') > at)
		at = -1;
	*local_r = at < 0 ? address : str_prefix(address, (size_t)at);
	*domain_r = at < 0 ? STR("") : str_from_offset(address, (size_t)at + 1);
}

struct str address_fold_domain(struct arena *arena, struct str domain)
{
	while (domain.len > 0 && domain.data[domain.len - 1] == '.')
		domain.len--;
	for (size_t i = 0; i < domain.len; i++)
		if ((unsigned char)domain.data[i] >= 0x80)
			return uri_host_to_ascii(arena, domain);
	return arena_str_lower(arena, domain);
}

struct str address_domain(struct arena *arena, struct str address)
{
	struct str local, domain;

	address_split(address, &local, &domain);
	return address_fold_domain(arena, domain);
}

struct str address_unquote(struct arena *arena, struct str local)
{
	struct strbuf buf;

	if (str_find_char(local, '"') < 0 && str_find_char(local, '\\') < 0)
		return local;
	strbuf_init(&buf, arena);
	for (size_t i = 0; i < local.len; i++) {
		if (local.data[i] == '"')
			continue;
		if (local.data[i] == '\\' && i + 1 < local.len)
			i++;
		strbuf_add_char(&buf, local.data[i]);
	}
	return strbuf_str(&buf);
}

/* RFC 5322 section 3.2.3, and RFC 6532: all of UTF-8. */
static bool is_atom_char(char c)
{
	return char_is_alnum(c) || (unsigned char)c >= 0x80 ||
	       str_find_char(STR("!#$%&'*+-/=?^_`{|}~"), c) >= 0;
}

static bool is_dot_atom(struct str local)
{
	bool dot = true; /* one may not begin */

	for (size_t i = 0; i < local.len; i++) {
		if (local.data[i] == '.' ? dot : !is_atom_char(local.data[i]))
			return false;
		dot = local.data[i] == '.';
	}
	return !dot;
}

struct str address_quote(struct arena *arena, struct str local)
{
	struct strbuf buf;

	if (is_dot_atom(local))
		return local;
	strbuf_init(&buf, arena);
	strbuf_add_char(&buf, '"');
	for (size_t i = 0; i < local.len; i++) {
		if (local.data[i] == '"' || local.data[i] == '\\')
			strbuf_add_char(&buf, '\\');
		strbuf_add_char(&buf, local.data[i]);
	}
	strbuf_add_char(&buf, '"');
	return strbuf_str(&buf);
}

struct str address_key(struct arena *arena, struct str address)
{
	struct str local, domain;
	bool sure;

	address_split(address, &local, &domain);
	local = fold_case(arena, address_unquote(arena, local), &sure);
	if (domain.len == 0)
		return local;
	return arena_printf(arena, "%.*s@%.*s", STR_FMT(local),
	                    STR_FMT(address_fold_domain(arena, domain)));
}

static bool is_literal(struct str domain)
{
	return domain.len > 2 && domain.data[0] == '[' && domain.data[domain.len - 1] == ']';
}

bool address_domain_valid(struct str domain)
{
	bool dot = true;

	if (domain.len > DOMAIN_MAX)
		return false;
	if (is_literal(domain))
		return true;
	for (size_t i = 0; i < domain.len; i++) {
		char c = domain.data[i];

		if (c == '.' ? dot
		             : !char_is_alnum(c) && c != '-' && c != '_' && (unsigned char)c < 0x80)
			return false;
		dot = c == '.';
	}
	return domain.len > 0 && (!dot || domain.len > 1);
}

/* What stands in a route: user%other@relay, other!user@relay, @relay:user@other, relay::user. A
 * local part is read as one also where it is in quotes. */
static bool may_be_route(struct str local)
{
	for (size_t i = 0; i < local.len; i++)
		if (str_find_char(STR("@%!:"), local.data[i]) >= 0)
			return true;
	return false;
}

static const char *local_doubt(struct arena *arena, struct str local)
{
	struct str plain = address_unquote(arena, local);
	bool sure;

	if (plain.len == 0)
		return NULL;
	if (may_be_route(plain))
		return "may be a route";
	if (str_find_char(STR("|/\\"), plain.data[0]) >= 0)
		return "may be a command or a file";
	if (!str_eq(address_quote(arena, plain), local))
		return "is not quoted in the usual way";
	fold_case(arena, plain, &sure);
	return sure ? NULL : "has letters whose case not every MTA ignores";
}

const char *address_doubt(struct arena *arena, struct str address)
{
	struct str local, domain;

	address_split(address, &local, &domain);
	if (domain.len == 0)
		return local_doubt(arena, local);
	for (size_t i = 0; i < domain.len; i++)
		if ((unsigned char)domain.data[i] >= 0x80)
			return "has a domain that is not written in A-labels";
	if (!address_domain_valid(domain))
		return "has a domain that cannot be one";
	return local_doubt(arena, local);
}
