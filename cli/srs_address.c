/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/srs_address.h"

#include "base/utf8.h"
#include "forward/address.h"

static struct str without_brackets(struct str text)
{
	text = str_trim(text);
	if (text.len < 2 || text.data[0] != '<' || text.data[text.len - 1] != '>')
		return text;
	return (struct str){ text.data + 1, text.len - 2 };
}

/* RFC 5321 section 4.1.2, Quoted-string. */
static bool is_quoted(struct str local)
{
	if (local.len < 3 || local.data[0] != '"' || local.data[local.len - 1] != '"')
		return false;
	for (size_t i = 1; i < local.len - 1; i++) {
		if (local.data[i] == '"' || (local.data[i] == '\\' && ++i == local.len - 1))
			return false;
	}
	return true;
}

static bool has_any(struct str text, struct str chars)
{
	for (size_t i = 0; i < text.len; i++)
		if (str_find_char(chars, text.data[i]) >= 0)
			return true;
	return false;
}

static bool has_control(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
			return true;
	return false;
}

static bool check_local(struct str local, struct error *err_r)
{
	if (local.len == 0)
		return error_set(err_r, "nothing stands before the \"@\"; write user@domain");
	if (is_quoted(local))
		return true;
	if (has_any(local, STR("<>")))
		return error_set(err_r, "is more than an address; leave the name and the angle "
		                        "brackets out, as in user@domain");
	if (has_any(local, STR(" \t,;:()[]\\\"@")))
		return error_set(err_r, "is not one address; a local part with spaces or one of "
		                        ",;:()[]\\\"@ stands in quotes, as in \"two "
		                        "words\"@example.org");
	return true;
}

bool srs_address_read(struct str text, struct str *address_r, struct error *err_r)
{
	struct str address = without_brackets(text), local, domain;

	*address_r = address;
	if (address.len == 0)
		return true;
	if (!utf8_is_valid(address) || has_control(address))
		return error_set(err_r, "has characters that no address has; write it in UTF-8");
	address_split(address, &local, &domain);
	if (domain.len == 0)
		return error_set(err_r, "has no domain; write user@domain");
	if (!check_local(local, err_r))
		return false;
	if (!address_domain_valid(domain))
		return error_set(err_r, "\"%.*s\" is not a domain; write one like example.org",
		                 STR_FMT(domain));
	return true;
}

size_t srs_address_local_len(struct str address)
{
	struct str local, domain;

	address_split(address, &local, &domain);
	return local.len;
}
