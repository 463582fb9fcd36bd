/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Received fields say of a client that gave credentials: each mail server has its own way. */
#include <string.h>

#include "facts/received_line.h"

static struct str after(struct str line, const char *text)
{
	ptrdiff_t at = str_find(line, str_from(text));

	return at < 0 ? STR("") : str_from_offset(line, (size_t)at + str_from(text).len);
}

static struct str up_to(struct str text, const char *ends)
{
	size_t len = 0;

	while (len < text.len && str_find_char(str_from(ends), text.data[len]) < 0)
		len++;
	return str_prefix(text, len);
}

/* What a server calls itself or its ciphers, so that it can't be taken for more of the relay's
 * text, or for another relay's. */
static struct str as_a_name(struct arena *arena, struct str text)
{
	char *copy = arena_cstr(arena, text);

	for (size_t i = 0; i < text.len; i++)
		if (!char_is_alnum(copy[i]) && str_find_char(STR(" -._/:+,"), copy[i]) < 0)
			copy[i] = '!';
	return (struct str){ copy, text.len };
}

/* RFC 3848 and its kin: the last letter of the protocol; web mail needs a login, too. */
static bool is_auth_protocol(struct str protocol)
{
	static const struct str families[] = { STR_INIT("ES"), STR_INIT("L"), STR_INIT("UTF8S"),
		                               STR_INIT("UTF8L") };

	if (str_eq_ci(protocol, STR("ASMTP")) || str_eq_ci(protocol, STR("HTTP")) ||
	    str_eq_ci(protocol, STR("HTTPS")) || str_eq_ci(protocol, STR("HTTPU")))
		return true;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct str rest = str_from_offset(protocol, families[i].len);

		if (str_starts_ci(protocol, families[i]) &&
		    (str_eq_ci(rest, STR("MTPA")) || str_eq_ci(rest, STR("MTPSA"))))
			return true;
	}
	return false;
}

static struct str auth_protocol(struct str line)
{
	static const struct str with = STR_INIT(" with ");
	struct str rest = received_has(line, " by ") ? line : STR("");

	for (ptrdiff_t at; (at = str_find_ci(rest, with)) >= 0;) {
		rest = str_from_offset(rest, (size_t)at + with.len);
		if (is_auth_protocol(up_to(rest, " ;")))
			return up_to(rest, " ;");
		/* The space may begin the next " with ". */
		rest = (struct str){ rest.data - 1, rest.len + 1 };
	}
	return STR("");
}

static size_t count_digits(struct str text)
{
	size_t len = 0;

	while (len < text.len && char_is_digit(text.data[len]))
		len++;
	return len;
}

/* Google's submission servers say ESMTPS, but their ids have "sm" where others have none. */
static struct str auth_gmail(struct arena *arena, struct str line)
{
	struct str id = up_to(after(line, " by mx.google.com with ESMTPS id "), " ;");
	struct str rest, version, cipher, bits;
	ptrdiff_t sm = str_find(up_to(id, "."), STR("sm"));
	size_t digits;

	if (sm < 1 || sm > 4)
		return STR("");
	rest = str_from_offset(up_to(id, "."), (size_t)sm + 2);
	digits = count_digits(rest);
	if (digits < 2 || digits > 9 || rest.len - digits != 3)
		return STR("");
	version = up_to(after(line, "(version="), " )");
	cipher = up_to(after(line, " cipher="), ")");
	if (version.len == 0 || cipher.len == 0)
		return STR("");
	bits = after(cipher, " bits=");
	if (bits.len > 0)
		cipher = str_prefix(cipher, cipher.len - bits.len - strlen(" bits="));
	version = as_a_name(arena, version);
	cipher = as_a_name(arena, cipher);
	return arena_printf(arena, "GMail - transport=%.*s cipher=%.*s%s%.*s", STR_FMT(version),
	                    STR_FMT(cipher), bits.len > 0 ? " bits=" : "",
	                    STR_FMT(as_a_name(arena, bits)));
}

static struct str auth_courier(struct arena *arena, struct str line)
{
	static const struct str methods[] = { STR_INIT("LOGIN"), STR_INIT("PLAIN"),
		                              STR_INIT("DIGEST-MD5"), STR_INIT("CRAM-MD5") };
	struct str method = up_to(after(line, ") (AUTH: "), " )");

	(void)arena;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (str_eq(method, methods[i]))
			return method;
	}
	return STR("");
}

/* "(… authenticated …)" after the comment with the address and before "by". */
static bool has_authenticated_comment(struct str line)
{
	struct str from = line;
	ptrdiff_t end = str_find(line, STR("])"));
	ptrdiff_t alternative = str_find(line, STR(")]"));
	ptrdiff_t by;

	if (end < 0 || (alternative >= 0 && alternative < end))
		end = alternative;
	if (end < 0)
		end = str_find(line, STR("] ("));
	if (end < 0)
		return false;
	from = str_from_offset(line, (size_t)end + 2);
	by = str_find(from, STR(") by"));
	if (by < 0)
		return false;
	from = str_prefix(from, (size_t)by + 1);
	return received_has(from, "authenticated") && str_find_char(from, '(') >= 0;
}

static struct str auth_sendmail(struct arena *arena, struct str line)
{
	(void)arena;
	return has_authenticated_comment(line) ? STR("Sendmail") : STR("");
}

static struct str auth_postfix(struct arena *arena, struct str line)
{
	struct str server = up_to(after(after(line, ") (Authenticated sender: "), ") by "), ")");
	ptrdiff_t comment = str_find(server, STR(" ("));

	if (comment < 0)
		return STR("");
	server = str_from_offset(server, (size_t)comment + 2);
	if (str_eq(server, STR("Postfix")))
		return server;
	server = as_a_name(arena, server);
	return arena_printf(arena, "Postfix (%.*s)", STR_FMT(server));
}

/* This provider's servers only say that they got a HELO by SMTP. */
static struct str auth_gmx(struct arena *arena, struct str line)
{
	struct str server = up_to(after(line, "] by mail.gmx."), " ");
	struct str said = after(line, ") with ");
	struct str protocol = str_starts(said, STR("ESMTP"))  ? STR("ESMTP")
	                      : str_starts(said, STR("SMTP")) ? STR("SMTP")
	                                                      : STR("");

	if ((!received_has(line, "(HELO ") && !received_has(line, "(EHLO ")) || protocol.len == 0 ||
	    (!str_eq(server, STR("net")) && !str_eq(server, STR("com"))))
		return STR("");
	return arena_printf(arena, "GMX (%.*s / mail.gmx.%.*s)", STR_FMT(protocol),
	                    STR_FMT(server));
}

static struct str auth_critical_path(struct arena *arena, struct str line)
{
	(void)arena;
	return received_has(line, ") (authenticated as ") && received_has(line, " by ")
	               ? STR("CriticalPath")
	               : STR("");
}

static struct str auth_communigate(struct arena *arena, struct str line)
{
	(void)arena;
	return received_has(line, "CommuniGate Pro ") && received_has(line, " (account ")
	               ? STR("Communigate")
	               : STR("");
}

static struct str auth_http_dav(struct arena *arena, struct str line)
{
	(void)arena;
	return received_has(line, " with Microsoft Exchange Server HTTP-DAV") ? STR("HTTP-DAV")
	                                                                      : STR("");
}

static struct str auth_http(struct arena *arena, struct str line)
{
	struct str protocol = up_to(after(line, " (via "), ")");

	(void)arena;
	return received_has(line, " by ") && (str_eq_ci(protocol, STR("HTTP")) ||
	                                      str_eq_ci(protocol, STR("HTTPS")) ||
	                                      str_eq_ci(protocol, STR("HTTPU")))
	               ? protocol
	               : STR("");
}

/* In the order in which they are asked; each only about lines that hold its mark, `noted` ones only
 * where "authenticated" is there at all. */
static const struct {
	bool noted;
	struct str mark;
	struct str (*read)(struct arena *arena, struct str line);
} servers[] = {
	{ false, STR_INIT("google"), auth_gmail },
	{ false, STR_INIT("AUTH: "), auth_courier },
	{ true, STR_INIT("authenticated"), auth_sendmail },
	{ false, STR_INIT("gmx."), auth_gmx },
	{ true, STR_INIT("authenticated as "), auth_critical_path },
	{ true, STR_INIT("Authenticated sender"), auth_postfix },
	{ false, STR_INIT("CommuniGate"), auth_communigate },
	{ false, STR_INIT("HTTP-DAV"), auth_http_dav },
	{ false, STR_INIT("via HTTP"), auth_http },
};

struct str received_auth(struct arena *arena, struct str line)
{
	struct str auth = auth_protocol(line);
	bool noted = received_has(line, "uthenticated");

	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]) && auth.len == 0; i++)
		if ((noted || !servers[i].noted) && str_find(line, servers[i].mark) >= 0)
			auth = servers[i].read(arena, line);
	return auth;
}
