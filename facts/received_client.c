/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which word of a Received field is the client's HELO, and which is what DNS says of it. */
#include <string.h>

#include "facts/received_line.h"

bool received_is_exim(struct str line)
{
	return received_has(line, "Exim");
}

/* Servers that never look names up. */
static bool looks_nothing_up(const struct received *received)
{
	struct str line = received->line;

	return str_starts(received_after_first(received->by_on), STR("with Microsoft SMTPSVC")) ||
	       received_has(line, " (Lotus Domino ") || received_is_exim(line);
}

/* "with TEXT [(comment)] 15.20.1.2": the version follows at once. */
static bool has_version_after(struct str line, const char *text)
{
	ptrdiff_t at = str_find(line, str_from(text));

	if (at < 0)
		return false;
	line = str_from_offset(line, (size_t)at + strlen(text));
	if (str_starts(line, STR("("))) {
		ptrdiff_t close = str_find(line, STR(") "));

		line = str_from_offset(line, close < 0 ? line.len : (size_t)close + 2);
	}
	line = received_first_word(line);
	return line.len > 0 && char_is_digit(line.data[0]) &&
	       char_is_digit(line.data[line.len - 1]);
}

static bool is_exchange(struct str line)
{
	return has_version_after(line, " with Microsoft SMTP Server ") ||
	       has_version_after(line, " with mapi id ");
}

/* It writes "from host (192.0.2.1) by …" or the same in brackets, and the version as an id. */
static bool is_exchange_form(const struct received *received)
{
	const struct received_from *from = &received->from;

	return is_exchange(received->line) && from->words == 1 && !from->has_suffix &&
	       !from->has_helo_comment && from->ident.len == 0;
}

/* qmail and its kin: "by NAME [(comment)] with SMTP", never ESMTP, and no id. */
static bool is_qmail(struct str by_on)
{
	struct str rest = str_from_offset(by_on, received_first_word(by_on).len);
	ptrdiff_t comment;

	if (str_starts(rest, STR(" (")) && (comment = str_find(rest, STR(") with "))) >= 0)
		rest = str_from_offset(rest, (size_t)comment + 1);
	if (!str_starts(rest, STR(" with ")))
		return false;
	for (ptrdiff_t at; (at = str_find(rest, STR(" "))) >= 0;) {
		rest = str_from_offset(rest, (size_t)at + 1);
		if (str_starts(rest, STR("QMQP")) ||
		    (str_starts(rest, STR("SMTP")) && !str_starts(rest, STR("SMTP id "))))
			return true;
	}
	return false;
}

/* "with" the address of the server itself after its name: it looks names up, and does not tell. */
static bool is_mdaemon(struct str by_on)
{
	struct str rest = received_after_first(by_on), ip;

	return str_starts(rest, STR("[")) && received_find_ip(received_first_word(rest), &ip) &&
	       str_starts(received_after_first(rest), STR("with "));
}

/*
 * An address without brackets is believed only in the fields of servers that are known to write
 * it so.
 */
static bool is_known_plain(const struct received *received)
{
	struct str next = received_after_first(received->by_on);

	return received->from.word.data[0] == '[' || received->from.has_helo_comment ||
	       str_starts(next, STR("with ")) || str_starts(next, STR("(SMTPL")) ||
	       str_starts(next, STR("(InterScan"));
}

/* by NAME (comment) with SMTP … */
static bool has_comment_and_smtp(struct str by_on)
{
	struct str rest = received_after_first(by_on);
	ptrdiff_t end = str_find_char(rest, ')');

	if (!str_starts(rest, STR("(")) || end < 0)
		return false;
	rest = str_from_offset(rest, (size_t)end + 1);
	return str_starts(rest, STR(" with SMTP")) || str_starts(rest, STR(" with ESMTP"));
}

/* from word [192.0.2.1] by …, from 192.0.2.1 by … */
static void name_by_word(struct received *received, struct relay *relay)
{
	const struct received_from *from = &received->from;

	if (from->word_is_ip) {
		if (!is_known_plain(received))
			relay->ip = STR("");
		return;
	}
	if (from->has_helo_comment) {
		if (received_is_exim(received->line) ||
		    (from->helo_first && has_comment_and_smtp(received->by_on)))
			relay->rdns = from->word;
		return;
	}
	if (!from->has_helo_key)
		relay->helo = from->word;
	received->looked_up = !from->has_helo_key && is_mdaemon(received->by_on);
	if (received_is_exim(received->line) || from->has_helo_key)
		relay->rdns = from->word;
	if (received_is_exim(received->line) && from->single.len > 0)
		relay->helo = from->single;
}

/* from word ([192.0.2.1] …) by … */
static void name_by_bracket(struct received *received, struct relay *relay)
{
	const struct received_from *from = &received->from;
	struct str line = received->line;

	if (received_is_exim(line) && from->word_is_ip && str_starts(from->word, STR("["))) {
		received_find_ip(from->word, &relay->ip);
		return;
	}
	if (from->has_helo_comment || from->has_helo_key) {
		relay->rdns = from->word;
		return;
	}
	if (from->ident_only) {
		relay->helo = from->word;
		received->looked_up = true;
		if (!str_starts(received_after_first(received->by_on), STR("(")))
			relay->rdns = from->word;
		return;
	}
	if (received_is_exim(line) ||
	    (received_has(line, " verified)") && received_has(line, "(CommuniGate Pro"))) {
		relay->rdns = relay->helo = from->word;
		received->looked_up = !received_is_exim(line);
		return;
	}
	if (from->words > 0 && !from->has_suffix && !received_has(line, " SMTPSVC") &&
	    is_qmail(received->by_on)) {
		relay->rdns = relay->helo = from->word;
		received->looked_up = !str_eq(from->word, STR("unknown"));
		return;
	}
	if (from->padded || (from->has_port && received_has(line, "(ecelerity")))
		return;
	received->looked_up = from->words == 1 && !from->has_suffix &&
	                      !looks_nothing_up(received) && !is_exchange(line) &&
	                      str_find_char(received->by_on, ' ') >= 0;
	if (is_exchange_form(received))
		relay->id = STR("");
	if (from->word_is_ip && received_has(line, " with HTTP") && from->word.data[0] != '[') {
		received->looked_up = false;
		return;
	}
	relay->helo = from->word;
}

static struct str claimed_helo(struct str line, struct str otherwise)
{
	static const struct str claim = STR_INIT("claiming to be \"");
	ptrdiff_t at = str_find(line, claim), quote;

	if (at < 0)
		return otherwise;
	line = str_from_offset(line, (size_t)at + claim.len);
	quote = str_find_char(line, '"');
	return quote < 0 ? otherwise : str_prefix(line, (size_t)quote);
}

/* from word (192.0.2.1) by … */
static void name_by_bare(struct received *received, struct relay *relay)
{
	const struct received_from *from = &received->from;

	if (from->word.len == 0)
		return;
	if (from->word_is_ip && from->word.data[0] == '[' && from->has_suffix) {
		received_find_ip(from->word, &relay->ip);
		relay->ident = STR("");
		return;
	}
	if (is_exchange_form(received) || received_has(received->line, "(Scalix SMTP Relay") ||
	    received_has(received->line, "[XMail ")) {
		relay->helo = from->word;
		if (is_exchange(received->line))
			relay->id = STR("");
		return;
	}
	relay->rdns = from->word;
	if (from->attached)
		relay->helo = claimed_helo(received->line, relay->helo);
	else if (!from->has_helo_comment)
		relay->helo = from->word;
	received->looked_up = !str_eq(from->word, STR("unknown")) || from->has_suffix ||
	                      !is_qmail(received->by_on);
}

/*
 * from word (HELO [192.0.2.1]) ([198.51.100.1]) by …: to SpamAssassin's rules, that is a host named
 * HELO with the address in the HELO, unless qmail wrote it.
 */
static bool name_by_helo_literal(struct received *received, struct relay *relay)
{
	const struct received_from *from = &received->from;
	struct str helo = from->helo;

	if (!from->has_helo_comment || !from->helo_first || from->words == 0 ||
	    (from->style == ADDRESS_WORD && has_comment_and_smtp(received->by_on)) ||
	    !str_starts(helo, STR("[")) || !str_ends_ci(helo, STR("]")) ||
	    (from->style != ADDRESS_NONE && from->style != ADDRESS_WORD &&
	     is_qmail(received->by_on)) ||
	    received_is_exim(received->line))
		return false;
	helo = (struct str){ helo.data + 1, helo.len - 2 };
	if (!received_find_ip(helo, &relay->ip) ||
	    relay->ip.data + relay->ip.len != helo.data + helo.len)
		return false;
	relay->rdns = from->helo_word;
	relay->helo = from->word;
	return true;
}

void received_name_client(struct received *received, struct relay *relay)
{
	const struct received_from *from = &received->from;

	if (name_by_helo_literal(received, relay))
		return;
	relay->ip = from->ip;
	relay->ident = from->ident;
	relay->helo = from->helo;
	switch (from->style) {
	case ADDRESS_NONE:
		break;
	case ADDRESS_WORD:
		name_by_word(received, relay);
		break;
	case ADDRESS_BRACKET:
		name_by_bracket(received, relay);
		break;
	case ADDRESS_NAMED:
		if (from->has_helo_key && received_is_exim(received->line)) {
			relay->rdns = from->word;
			break;
		}
		/* "(may be forged)" after it is Sendmail's, which tells its version. */
		if (from->has_suffix &&
		    (from->glued || !str_starts(received_after_first(received->by_on), STR("(")))) {
			relay->helo = from->word;
			break;
		}
		received->looked_up = !from->no_lookup;
		relay->rdns = from->name;
		/* A server that asked for an ident writes its own version or the like after its
		 * name. */
		if (from->ident.len > 0 && !from->has_suffix && !from->has_helo_key &&
		    !str_starts(received_after_first(received->by_on), STR("("))) {
			relay->rdns = from->with_ident;
			relay->ident = STR("");
		}
		relay->helo = from->word;
		if (from->word.len == 0) {
			relay->helo = from->name;
			relay->rdns = STR("");
			received->looked_up = false;
		}
		break;
	case ADDRESS_BARE:
		name_by_bare(received, relay);
		break;
	}
}
