/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Received fields follow one grammar only in the RFC. All have "from" a client "by" a server; what
 * differs is which of the client's words is its HELO, and which is what DNS says. That is told by
 * how the address is written (facts/received_from.c) and by a few servers' signatures.
 */
#include "facts/received.h"

#include <string.h>

#include "base/strbuf.h"
#include "facts/received_line.h"

/* No mail server writes more; what is behind it is not looked at. */
#define MAX_FIELD 8192

static bool has(struct str line, const char *text)
{
	return str_find(line, str_from(text)) >= 0;
}

/* Each run of white space as one space, none at the ends; no semicolon at the end. */
static struct str normalise(struct arena *arena, struct str value)
{
	struct strbuf buf;
	struct str word;

	strbuf_init(&buf, arena);
	strbuf_reserve(&buf, value.len + 1);
	while (str_next_word(&value, &word)) {
		/* Some write "(localhost [127.0.0.1])by". */
		if (buf.len > 0)
			strbuf_add_char(&buf, ' ');
		if (str_ends_ci(word, STR(")by"))) {
			strbuf_add(&buf, str_prefix(word, word.len - 2));
			strbuf_add_char(&buf, ' ');
			word = str_from_offset(word, word.len - 2);
		}
		strbuf_add(&buf, word);
	}
	while (buf.len > 0 && (buf.data[buf.len - 1] == ';' || buf.data[buf.len - 1] == ' '))
		buf.len--;
	return strbuf_str(&buf);
}

static struct str without_date(struct str line)
{
	ptrdiff_t semicolon = str_rfind_char(line, ';');
	int64_t seconds;

	if (semicolon < 0 ||
	    !header_parse_date(str_from_offset(line, (size_t)semicolon + 1), &seconds))
		return line;
	return str_trim_right(str_prefix(line, (size_t)semicolon));
}

/* The offset of " by " outside comments, else the first one, else -1. */
static ptrdiff_t find_by(struct str line)
{
	size_t depth = 0;

	for (size_t i = 0; i < line.len; i++) {
		if (line.data[i] == '(')
			depth++;
		else if (line.data[i] == ')' && depth > 0)
			depth--;
		else if (depth == 0 && line.data[i] == ' ' &&
		         str_starts_ci(str_from_offset(line, i), STR(" by ")))
			return (ptrdiff_t)i;
	}
	return str_find(line, STR(" by "));
}

static struct str first_word(struct str text)
{
	ptrdiff_t space = str_find_char(text, ' ');

	return space < 0 ? text : str_prefix(text, (size_t)space);
}

static struct str find_id(struct str line)
{
	struct str rest = line;

	for (ptrdiff_t at; (at = str_find(rest, STR(" id "))) >= 0;) {
		size_t len = 0;
		struct str id;

		rest = str_from_offset(rest, (size_t)at + 3);
		id = str_from_offset(rest, 1);
		if (str_starts(id, STR("<")))
			id = str_from_offset(id, 1);
		while (len < id.len && strchr(" <>;", id.data[len]) == NULL && id.data[len] != '\0')
			len++;
		if (len >= 3)
			return str_prefix(id, len);
	}
	return STR("");
}

/* "(envelope-from <a@b>)" and its kin; false where there is none, or the empty one. */
static bool find_envelope_from(struct str line, struct str *sender_r)
{
	static const struct str keys[] = {
		STR_INIT("return-path: "),    STR_INIT("return-path "),
		STR_INIT("envelope-sender "), STR_INIT("envelope-sender="),
		STR_INIT("envelope-from "),   STR_INIT("envelope-from="),
	};
	struct str value = STR("");
	ptrdiff_t first = -1;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		ptrdiff_t at = str_find_ci(line, keys[i]);

		if (at < 0 || (first >= 0 && at > first))
			continue;
		first = at;
		value = str_from_offset(line, (size_t)at + keys[i].len);
	}
	value = str_prefix(value,
	                   (size_t)(str_find_char(value, ' ') < 0 ? (ptrdiff_t)value.len
	                                                          : str_find_char(value, ' ')));
	/* What a comment or brackets put behind it. */
	while (value.len > 0 && !char_is_alnum(value.data[value.len - 1]) &&
	       value.data[value.len - 1] != '_')
		value.len--;
	while (value.len > 0 && value.data[0] == '<')
		value = str_from_offset(value, 1);
	*sender_r = value;
	return value.len > 0;
}

static bool is_exim(struct str line)
{
	return has(line, "Exim");
}

/* Servers that never look names up. */
static bool looks_nothing_up(struct str line)
{
	return has(line, " SMTPSVC") || has(line, " (Lotus Domino ") || has(line, "(ecelerity") ||
	       is_exim(line);
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

static bool is_exchange(struct str line)
{
	return has_version_behind(line, " with Microsoft SMTP Server ") ||
	       has_version_behind(line, " with mapi id ") || has(line, "(Scalix SMTP Relay");
}

/* qmail and its kin: "with SMTP", never ESMTP, and no id. */
static bool is_qmail(struct str by_on)
{
	struct str rest = by_on;

	for (ptrdiff_t at; (at = str_find(rest, STR(" "))) >= 0;) {
		rest = str_from_offset(rest, (size_t)at + 1);
		if (str_starts(rest, STR("QMQP")) ||
		    (str_starts(rest, STR("SMTP")) && !str_starts(rest, STR("SMTP id "))))
			return has(by_on, " with ");
	}
	return false;
}

struct received {
	struct str line;  /* behind "from " */
	struct str by_on; /* behind " by " */
	struct received_from from;
	bool odd_case;  /* "From": written by no mail server, so nothing more is read into it */
	bool looked_up; /* the server looks names up: no name means that there is none */
};

static struct str second_word(struct str text)
{
	return str_trim_left(str_from_offset(text, first_word(text).len));
}

/*
 * An address without brackets is believed only in the fields of servers that are known to write
 * it so.
 */
static bool is_known_plain(const struct received *received)
{
	struct str next = second_word(received->by_on);

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
	if (is_exim(received->line) || from->has_helo_key)
		relay->rdns = from->word;
	if (is_exim(received->line) && from->note.len > 0 && str_find_char(from->note, ' ') < 0)
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
		if (!str_starts(second_word(received->by_on), STR("(")))
			relay->rdns = from->word;
		return;
	}
	if (is_exim(line) || (has(line, " verified)") && has(line, "(CommuniGate Pro"))) {
		relay->rdns = relay->helo = from->word;
		return;
	}
	if (from->words > 0 && !from->has_suffix && !has(line, " SMTPSVC") &&
	    is_qmail(received->by_on)) {
		relay->rdns = relay->helo = from->word;
		received->looked_up = !str_eq(from->word, STR("unknown"));
		return;
	}
	received->looked_up = !looks_nothing_up(line) && !is_exchange(line);
	if (!(from->word_is_ip && has(line, " with HTTP")) && !has(line, "(ecelerity"))
		relay->helo = from->word;
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
	if (is_exchange(received->line)) {
		relay->helo = from->word;
		return;
	}
	relay->rdns = from->word;
	if (!from->has_helo_comment && !from->attached)
		relay->helo = from->word;
	received->looked_up = !from->has_helo_comment || !str_eq_ci(from->word, STR("unknown"));
}

static void name_client(struct received *received, struct relay *relay)
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
		if (from->has_helo_key && is_exim(received->line)) {
			relay->rdns = from->word;
			break;
		}
		/* "(may be forged)" behind it is Sendmail's, which tells its version. */
		if (from->has_suffix && !str_starts(second_word(received->by_on), STR("("))) {
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

struct str received_clean(struct arena *arena, struct str text)
{
	char *copy;
	bool clean = true;

	for (size_t i = 0; i < text.len && clean; i++)
		clean = !char_is_space(text.data[i]) && text.data[i] != '\0' &&
		        strchr("#[]()<>|", text.data[i]) == NULL;
	if (clean)
		return text;
	copy = arena_cstr(arena, text);
	for (size_t i = 0; i < text.len; i++) {
		if (char_is_space(copy[i]) || copy[i] == '\0' || strchr("#[]()<>|", copy[i]))
			copy[i] = '!';
	}
	return (struct str){ copy, text.len };
}

/* IPv4 for mapped addresses; other spellings stay as they are. */
static struct str plain_ip(struct arena *arena, struct str text)
{
	struct ip_address address;

	if (ip_parse(text, &address) && ip_is_v4(&address) && str_find_char(text, ':') >= 0)
		return ip_text(arena, &address);
	return text;
}

static void finish(struct arena *arena, const struct received *received, struct relay *relay)
{
	struct ip_address address;

	while (relay->rdns.len > 0 && relay->rdns.data[relay->rdns.len - 1] == '.')
		relay->rdns.len--;
	if (str_eq_ci(relay->rdns, STR("unknown")) || str_starts(relay->rdns, STR("[")))
		relay->rdns = STR("");
	if (str_ends_ci(relay->by, STR(";")) || str_ends_ci(relay->by, STR(",")))
		relay->by.len--;
	relay->ip = plain_ip(arena, relay->ip);
	relay->ip_private = ip_parse(relay->ip, &address) && ip_is_private(&address);
	relay->no_reverse_dns = relay->rdns.len == 0 && received->looked_up;
	relay->rdns = received_clean(arena, relay->rdns);
	relay->helo = received_clean(arena, relay->helo);
	relay->by = received_clean(arena, relay->by);
	relay->ident = received_clean(arena, relay->ident);
	relay->envelope_from = received_clean(arena, relay->envelope_from);
}

static bool has_usual_rest(struct str by_on)
{
	struct str rest = second_word(by_on);

	return str_starts(rest, STR("(")) || str_starts(rest, STR("with ")) ||
	       str_starts(rest, STR("via ")) || str_starts(rest, STR("for "));
}

/* Handovers without an address that are known to be harmless: inside one host, or by its nature. */
static bool is_local(const struct received *received)
{
	const struct received_from *from = &received->from;
	struct str by_on = received->by_on;
	struct str line = received->line;

	if (from->local || has(line, " with local") || has(line, " with BSMTP") ||
	    has(line, "(LSMTP for") || has(line, "Thrift id "))
		return true;
	if (str_starts(line, STR("mail pickup service by ")))
		return true;
	if (from->note.len > 0 &&
	    (str_eq(from->note, STR("unverified")) || str_eq(from->note, STR("unknown")) ||
	     str_starts(from->note, STR("AUTH: ")) || has(by_on, " (Content Technologies ")))
		return true;
	if (from->note.len > 0 || from->words == 0)
		return false;
	if (from->words == 3)
		return has(line, " with ") || has(line, " via ") || has(line, " for ") ||
		       has(line, " named ") || has(line, " id ");
	return from->words == 1 &&
	       (second_word(received->by_on).len == 0 || has_usual_rest(received->by_on));
}

static bool is_fetched(const struct received *received)
{
	enum address_style style = received->from.style;

	if (!has(received->line, "with POP3") && !has(received->line, "with IMAP"))
		return false;
	return style != ADDRESS_NAMED && style != ADDRESS_BRACKET;
}

/* The last resort: any address in brackets. */
static struct str any_address(struct str line)
{
	struct ip_address address;
	struct str rest = line;

	for (ptrdiff_t at; (at = str_find_char(rest, '[')) >= 0;) {
		ptrdiff_t end;

		rest = str_from_offset(rest, (size_t)at + 1);
		end = str_find_char(str_prefix(rest, 64), ']');
		if (end > 0 && ip_parse(str_prefix(rest, (size_t)end), &address))
			return str_prefix(rest, (size_t)end);
	}
	return STR("");
}

/* Behind "from ", or empty: other fields tell of no handover. */
static struct str behind_from(struct str line)
{
	if (str_starts_ci(line, STR("from ")))
		return str_from_offset(line, 5);
	if (str_starts_ci(line, STR("(from ")))
		return str_from_offset(line, 6);
	return STR("");
}

static void split_line(struct received *received)
{
	ptrdiff_t by = find_by(received->line);

	received->by_on = STR("");
	if (by >= 0)
		received->by_on = str_from_offset(received->line, (size_t)by + 4);
	received_read_from(by < 0 ? received->line : str_prefix(received->line, (size_t)by),
	                   &received->from);
}

/* "from word by word; date" says nothing that could be used, unless the word is an address. */
static bool has_only_names(const struct received *received, bool has_date)
{
	ptrdiff_t by = find_by(received->line);
	struct ip_address address;
	struct str from;

	if (by < 0 || !has_date || str_find_char(received->by_on, ' ') >= 0)
		return false;
	from = str_prefix(received->line, (size_t)by);
	return str_find_char(from, ' ') < 0 &&
	       !(from.data[0] == '[' && ip_parse(from, &address) && ip_is_v4(&address));
}

/* Web mail of one provider writes no address into some fields. */
static bool may_lack_address(const struct relay *relay)
{
	return str_ends_ci(relay->by, STR(".hotmail.msn.com"));
}

/* "192.0.2.1" in a comment is believed only where it stands alone and the server says more. */
static bool is_doubtful(const struct received *received)
{
	return received->from.style == ADDRESS_BARE && str_find_char(received->by_on, ' ') < 0;
}

/* Two web mail programs: the client is the address that stands near the end. */
static bool name_web_client(const struct received *received, struct relay *relay)
{
	const struct received_from *from = &received->from;
	struct str ip = from->ip;

	if ((!has(received->line, " (SquirrelMail authenticated user ") &&
	     !has(received->line, " (NaSMail authenticated user ")) ||
	    !has(received->by_on, " with HTTP") || ip.len == 0)
		return false;
	if (from->proxied.len > 0 && received->by_on.data - (ip.data + ip.len) > 80 + 3)
		ip = from->proxied;
	relay->ip = ip;
	return true;
}

/* "host(name[192.0.2.1]) by …" is one word to those who write rules: it names no client. */
static bool is_run_together(const struct received *received)
{
	return received->from.attached &&
	       (received->from.style == ADDRESS_NAMED || received->from.style == ADDRESS_BRACKET);
}

static enum received_kind find_client(struct received *received, struct relay *relay)
{
	if (is_fetched(received))
		return RECEIVED_FETCHED;
	if (is_run_together(received) && has_usual_rest(received->by_on))
		return RECEIVED_LOCAL;
	if (!name_web_client(received, relay) && !received->odd_case && !is_doubtful(received) &&
	    !is_run_together(received))
		name_client(received, relay);
	if (relay->ip.len > 0 || may_lack_address(relay))
		return RECEIVED_RELAY;
	if (!received->odd_case && is_local(received))
		return RECEIVED_LOCAL;
	relay->ip = any_address(received->line);
	if (!received->odd_case)
		relay->helo = received->from.word;
	return relay->ip.len > 0 ? RECEIVED_RELAY : RECEIVED_UNREADABLE;
}

enum received_kind received_parse(struct arena *arena, struct str value, struct relay *relay_r)
{
	struct str line = normalise(arena, str_prefix(value, MAX_FIELD));
	struct received received = { .line = behind_from(line) };
	size_t whole_len = received.line.len;
	enum received_kind kind;

	*relay_r = (struct relay){ .ip = STR("") };
	if (whole_len == 0 || has(line, " with local for ") ||
	    (is_exim(line) && has(line, " with local")))
		return RECEIVED_LOCAL;
	received.odd_case = str_starts(line, STR("From "));
	received.line = without_date(received.line);
	split_line(&received);
	if (has_only_names(&received, received.line.len < whole_len))
		return RECEIVED_LOCAL;
	relay_r->id = is_exchange(line) ? STR("") : find_id(received.line);
	relay_r->by = first_word(received.by_on);
	relay_r->auth = received_auth(arena, line);
	relay_r->has_envelope_from = find_envelope_from(line, &relay_r->envelope_from);
	kind = find_client(&received, relay_r);
	if (kind == RECEIVED_RELAY && relay_r->by.len == 0)
		return RECEIVED_UNREADABLE;
	if (kind == RECEIVED_RELAY)
		finish(arena, &received, relay_r);
	return kind;
}

bool received_parse_origin(struct arena *arena, struct str value, struct relay *relay_r)
{
	struct received received = { .looked_up = false };

	*relay_r = (struct relay){ .ip = STR("") };
	if (!received_find_ip(value, &relay_r->ip))
		return false;
	finish(arena, &received, relay_r);
	return true;
}
