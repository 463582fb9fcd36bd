/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which word of a Received field is the client's HELO, and which is what DNS says of it. */
#include <string.h>

#include "facts/received_line.h"

bool received_is_exim(struct str line)
{
	return received_has(line, "Exim");
}

/* Servers that never look names up. */
static bool looks_nothing_up(struct str line)
{
	return received_has(line, " SMTPSVC") || received_has(line, " (Lotus Domino ") ||
	       received_has(line, "(ecelerity") || received_is_exim(line);
}

/* "with TEXT [(comment)] 15.20.1.2": the version follows at once. */
static bool has_version_behind(struct str line, const char *text)
{
	ptrdiff_t at = str_find(line, str_from(text));

	if (at < 0)
		return false;
	line = str_from_offset(line, (size_t)at + strlen(text));
	if (str_starts(line, STR("("))) {
		ptrdiff_t close = str_find(line, STR(") "));

		line = str_from_offset(line, close < 0 ? line.len : (size_t)close + 2);
	}
	return line.len > 0 && char_is_digit(line.data[0]);
}

bool received_is_exchange(struct str line)
{
	return has_version_behind(line, " with Microsoft SMTP Server ") ||
	       has_version_behind(line, " with mapi id ") ||
	       received_has(line, "(Scalix SMTP Relay");
}

/* qmail and its kin: "with SMTP", never ESMTP, and no id. */
static bool is_qmail(struct str by_on)
{
	struct str rest = by_on;

	for (ptrdiff_t at; (at = str_find(rest, STR(" "))) >= 0;) {
		rest = str_from_offset(rest, (size_t)at + 1);
		if (str_starts(rest, STR("QMQP")) ||
		    (str_starts(rest, STR("SMTP")) && !str_starts(rest, STR("SMTP id "))))
			return received_has(by_on, " with ");
	}
	return false;
}

/*
 * An address without brackets is believed only in the fields of servers that are known to write
 * it so.
 */
static bool is_known_plain(const struct received *received)
{
	struct str next = received_behind_first(received->by_on);

	return received->from.word.data[0] == '[' || received->from.has_helo_comment ||
	       str_starts(next, STR("with ")) || str_starts(next, STR("(SMTPL")) ||
	       str_starts(next, STR("(InterScan"));
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
		relay->rdns = from->word;
		return;
	}
	if (!from->has_helo_key)
		relay->helo = from->word;
	if (received_is_exim(received->line) || from->has_helo_key)
		relay->rdns = from->word;
	if (received_is_exim(received->line) && from->note.len > 0 &&
	    str_find_char(from->note, ' ') < 0)
		relay->helo = from->note;
}

/* from word ([192.0.2.1] …) by … */
static void name_by_bracket(struct received *received, struct relay *relay)
{
	const struct received_from *from = &received->from;
	struct str line = received->line;

	if (from->has_helo_comment || from->has_helo_key) {
		relay->rdns = from->word;
		return;
	}
	if (from->ident_only) {
		relay->helo = from->word;
		received->looked_up = true;
		if (!str_starts(received_behind_first(received->by_on), STR("(")))
			relay->rdns = from->word;
		return;
	}
	if (received_is_exim(line) ||
	    (received_has(line, " verified)") && received_has(line, "(CommuniGate Pro"))) {
		relay->rdns = relay->helo = from->word;
		return;
	}
	if (from->words > 0 && !from->has_suffix && !received_has(line, " SMTPSVC") &&
	    is_qmail(received->by_on)) {
		relay->rdns = relay->helo = from->word;
		received->looked_up = !str_eq(from->word, STR("unknown"));
		return;
	}
	received->looked_up = !looks_nothing_up(line) && !received_is_exchange(line);
	if (!(from->word_is_ip && received_has(line, " with HTTP")) &&
	    !received_has(line, "(ecelerity"))
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
		relay->ip = str_prefix(from->word, (size_t)str_find_char(from->word, ']'));
		relay->ip = str_from_offset(relay->ip, 1);
		relay->ident = STR("");
		return;
	}
	if (received_is_exchange(received->line)) {
		relay->helo = from->word;
		return;
	}
	relay->rdns = from->word;
	if (from->attached)
		relay->helo = claimed_helo(received->line, relay->helo);
	else if (!from->has_helo_comment)
		relay->helo = from->word;
	received->looked_up = !from->has_helo_comment || !str_eq_ci(from->word, STR("unknown"));
}

void received_name_client(struct received *received, struct relay *relay)
{
	const struct received_from *from = &received->from;

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
		/* "(may be forged)" behind it is Sendmail's, which tells its version. */
		if (from->has_suffix &&
		    !str_starts(received_behind_first(received->by_on), STR("("))) {
			relay->helo = from->word;
			break;
		}
		received->looked_up = !from->no_lookup;
		relay->rdns = from->name;
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
