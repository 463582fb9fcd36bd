/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Received fields follow one grammar only in the RFC. All have "from" a client "by" a server; what
 * differs is which of the client's words is its HELO, and which is what DNS says. That is told by
 * how the address is written (facts/received_from.c) and by a few servers' signatures.
 */
#include "facts/received.h"

#include <string.h>

#include "base/strbuf.h"
#include "facts/networks.h"
#include "facts/received_line.h"

/* No mail server writes more; what follows it is not looked at. */
#define MAX_FIELD 8192

static bool ends_with_by(struct str word)
{
	return word.len >= 3 && word.data[word.len - 3] == ')' && str_ends_ci(word, STR("by"));
}

static struct str without_semicolon(struct str line)
{
	while (line.len > 0 && (line.data[line.len - 1] == ';' || line.data[line.len - 1] == ' '))
		line.len--;
	return line;
}

/* Single spaces only, and no word that ends_with_by(). */
static bool is_normal(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];

		if ((unsigned char)c > ' ' || !char_is_space(c))
			continue;
		if (c != ' ' || i == 0 || value.data[i - 1] == ' ' ||
		    ends_with_by(str_prefix(value, i)))
			return false;
	}
	return !ends_with_by(value);
}

/* Each run of white space as one space, none at the ends; no semicolon at the end. */
static struct str normalise(struct arena *arena, struct str value)
{
	struct strbuf buf;
	struct str word;

	if (is_normal(value))
		return without_semicolon(value);
	strbuf_init(&buf, arena);
	strbuf_reserve(&buf, value.len + 1);
	while (str_next_word(&value, &word)) {
		/* Some write "(localhost [127.0.0.1])by". */
		if (buf.len > 0)
			strbuf_add_char(&buf, ' ');
		if (ends_with_by(word)) {
			strbuf_add(&buf, str_prefix(word, word.len - 2));
			strbuf_add_char(&buf, ' ');
			word = str_from_offset(word, word.len - 2);
		}
		strbuf_add(&buf, word);
	}
	return without_semicolon(strbuf_str(&buf));
}

static bool is_digits(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!char_is_digit(text.data[i]))
			return false;
	return text.len > 0;
}

/* "12:34" or "12:34:56" */
static bool is_clock(struct str text)
{
	struct str piece;
	unsigned pieces = 0;

	while (str_next_piece(&text, ':', &piece))
		if (!is_digits(piece) || ++pieces > 3)
			return false;
	return pieces >= 2;
}

/* Names of three letters, with a space between them. */
static bool is_any_of(struct str text, const char *names)
{
	if (text.len != 3)
		return false;
	while (memcmp(text.data, names, 3) != 0) {
		if (names[3] == '\0')
			return false;
		names += 4;
	}
	return true;
}

/* Takes the last word off a line with single spaces. */
static struct str take_last(struct str *line)
{
	ptrdiff_t space = str_rfind_char(*line, ' ');
	struct str word = str_from_offset(*line, (size_t)(space + 1));

	*line = str_prefix(*line, space < 0 ? 0 : (size_t)space);
	return word;
}

/*
 * Without the date at the end. Only the plain form counts, with one word after the time: what
 * stays decides how the servers' forms are told apart.
 */
static struct str without_date(struct str line)
{
	struct str rest = line, day;
	size_t digits = 0;

	take_last(&rest);
	if (!is_clock(take_last(&rest)) || !is_digits(take_last(&rest)) ||
	    !is_any_of(take_last(&rest), "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"))
		return line;
	day = rest;
	while (digits < day.len && char_is_digit(day.data[day.len - 1 - digits]))
		digits++;
	rest.len -= digits;
	if (digits == 0 || rest.len == 0)
		return line;
	day = rest;
	if (str_ends_ci(day, STR(", "))) {
		size_t start = day.len < 5 ? 0 : day.len - 5;

		day = str_prefix(str_from_offset(day, start), 3);
		if (start > 0 && is_any_of(day, "Mon Tue Wed Thu Fri Sat Sun") &&
		    str_find_char(STR(" ;"), rest.data[start - 1]) >= 0)
			rest.len = start;
	}
	if (str_find_char(STR(" ;"), rest.data[rest.len - 1]) < 0)
		return line;
	while (rest.len > 0 && str_find_char(STR(" ;"), rest.data[rest.len - 1]) >= 0)
		rest.len--;
	return rest;
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

/*
 * "return-path: ", "envelope-sender=" and their kin: what follows the first of them in the
 * line, or empty.
 */
static struct str after_sender_key(struct str line)
{
	static const struct {
		struct str front, back;
	} keys[] = {
		{ STR_INIT("return-"), STR_INIT("path: ") },
		{ STR_INIT("return-"), STR_INIT("path ") },
		{ STR_INIT("envelope-"), STR_INIT("sender ") },
		{ STR_INIT("envelope-"), STR_INIT("sender=") },
		{ STR_INIT("envelope-"), STR_INIT("from ") },
		{ STR_INIT("envelope-"), STR_INIT("from=") },
	};
	struct str rest = line;

	for (ptrdiff_t dash; (dash = str_find_char(rest, '-')) >= 0;) {
		rest = str_from_offset(rest, (size_t)dash + 1);
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (str_starts_ci(rest, keys[i].back) &&
			    str_ends_ci(str_prefix(line, (size_t)(rest.data - line.data)),
			                keys[i].front))
				return str_from_offset(rest, keys[i].back.len);
	}
	return STR("");
}

/* "(envelope-from <a@b>)" and its kin; false where there is none, or the empty one. */
static bool find_envelope_from(struct str line, struct str *sender_r)
{
	struct str value = after_sender_key(line);
	ptrdiff_t xmail = received_has(line, "[XMail ") ? str_find(line, STR(" from <")) : -1;

	if (xmail >= 0)
		value = str_from_offset(line, (size_t)xmail + 7);
	value = received_first_word(value);
	/* What a comment or brackets put after it. */
	while (value.len > 0 && !char_is_alnum(value.data[value.len - 1]) &&
	       value.data[value.len - 1] != '_')
		value.len--;
	while (value.len > 0 && value.data[0] == '<')
		value = str_from_offset(value, 1);
	*sender_r = value;
	return value.len > 0;
}

/* What would be taken for a part of the relays' text: white space, NUL, #[]()<>| */
static bool is_unclean(char c)
{
	return c <= '#' ? char_is_space(c) || c == '\0' || c == '#'
	                : c == '[' || c == ']' || c == '(' || c == ')' || c == '<' || c == '>' ||
	                          c == '|';
}

struct str received_clean(struct arena *arena, struct str text)
{
	char *copy;
	size_t clean = 0;

	while (clean < text.len && !is_unclean(text.data[clean]))
		clean++;
	if (clean == text.len)
		return text;
	copy = arena_cstr(arena, text);
	for (size_t i = clean; i < text.len; i++) {
		if (is_unclean(copy[i]))
			copy[i] = '!';
	}
	return (struct str){ copy, text.len };
}

/* IPv4 for mapped addresses; other spellings stay as they are. */
static struct str plain_ip(struct arena *arena, struct str text)
{
	struct ip_address address;

	if (str_find_char(text, ':') >= 0 && ip_parse(text, &address) && ip_is_v4(&address))
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

static bool is_fetched(const struct received *received)
{
	enum address_style style = received->from.style;

	if (!received_has(received->line, "with POP3") &&
	    !received_has(received->line, "with IMAP"))
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
		if (end <= 0 || !ip_parse(str_prefix(rest, (size_t)end), &address))
			continue;
		rest = str_prefix(rest, (size_t)end);
		return str_starts_ci(rest, STR("ipv6:")) ? str_from_offset(rest, 5) : rest;
	}
	return STR("");
}

/* What follows "helo=", else "HELO " or "EHLO ", anywhere. */
static struct str named_helo(struct str line)
{
	static const struct str keys[] = { STR_INIT("helo="), STR_INIT("HELO "),
		                           STR_INIT("EHLO ") };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		ptrdiff_t at = str_find(line, keys[i]);
		struct str rest = str_from_offset(line, (size_t)at + keys[i].len);
		size_t len = 0;

		if (at < 0 || (at > 0 && char_is_alnum(line.data[at - 1])))
			continue;
		while (len < rest.len &&
		       (char_is_alnum(rest.data[len]) ||
		        str_find_char(STR("-.^+_&:=?!@%*$\\/"), rest.data[len]) >= 0))
			len++;
		if (len > 0)
			return str_prefix(rest, len);
	}
	return STR("");
}

/* After "from ", or empty: other fields describe no handover. */
static struct str after_from(struct str line)
{
	if (str_starts_ci(line, STR("from ")))
		return str_from_offset(line, 5);
	if (str_starts_ci(line, STR("(from ")))
		return str_from_offset(line, 6);
	return STR("");
}

/*
 * "FROM helo (rdns [192.0.2.1]) BY host ID <id> FOR <user>", the only form of its kind; "(server)
 * WITH SMTP" may stand in front of the id.
 */
static enum received_kind read_upper_case(struct received *received, struct relay *relay)
{
	static const struct str smtp = STR_INIT(") WITH SMTP ");
	const struct received_from *from = &received->from;
	ptrdiff_t by = str_find(received->line, STR(" BY ")), end;
	struct str rest, id;

	received_read_from(str_prefix(received->line, by < 0 ? 0 : (size_t)by), &received->from);
	if (from->style != ADDRESS_NAMED || from->words != 1 || from->comments != 1 ||
	    from->has_suffix || from->glued)
		return RECEIVED_UNREADABLE;
	rest = str_from_offset(received->line, (size_t)by + 4);
	relay->by = received_first_word(rest);
	rest = received_after_first(rest);
	if (str_starts(rest, STR("(")) && (end = str_find(rest, smtp)) > 0)
		rest = str_from_offset(rest, (size_t)end + smtp.len);
	id = received_first_word(received_after_first(rest));
	if (!str_starts(rest, STR("ID ")) || id.len == 0)
		return RECEIVED_UNREADABLE;
	rest = received_after_first(received_after_first(rest));
	if (rest.len > 0 && (!str_starts(rest, STR("FOR <")) || !str_ends_ci(rest, STR(">"))))
		return RECEIVED_UNREADABLE;
	if (str_starts(id, STR("<")))
		id = str_from_offset(id, 1);
	if (str_ends_ci(id, STR(">")))
		id.len--;
	relay->id = id;
	relay->ip = from->ip;
	relay->helo = from->word;
	relay->rdns = str_eq(from->name, STR("unverified")) ? STR("") : from->name;
	received->looked_up = true;
	return RECEIVED_RELAY;
}

static void split_line(struct received *received)
{
	ptrdiff_t by = received_find_by(received->line);

	received->by_on = STR("");
	if (by >= 0)
		received->by_on = str_from_offset(received->line, (size_t)by + 4);
	received_read_from(by < 0 ? received->line : str_prefix(received->line, (size_t)by),
	                   &received->from);
}

/* "from word by word; …" says nothing that could be used, unless the word is an address. */
static bool has_only_names(struct str line)
{
	struct str word = received_first_word(line), rest = received_after_first(line);
	size_t len = 0, plain = 0;

	if (!str_starts_ci(rest, STR("by ")))
		return false;
	rest = str_from_offset(rest, 3);
	while (len < rest.len && rest.data[len] != ' ' && rest.data[len] != ';')
		len++;
	rest = str_from_offset(rest, len);
	if (len == 0 || !(str_starts(rest, STR(";")) || str_starts(rest, STR(" ;"))))
		return false;
	if (!str_starts(word, STR("[")) || !str_ends_ci(word, STR("]")) || word.len < 3)
		return true;
	for (size_t i = 1; i + 1 < word.len; i++)
		plain += char_is_digit(word.data[i]) || word.data[i] == '.';
	return plain + 2 != word.len;
}

/* Web mail of one provider writes no address into some fields. */
static bool may_lack_address(const struct relay *relay)
{
	return str_ends_ci(relay->by, STR(".hotmail.msn.com"));
}

/* from name(192.0.2.1), claiming to be "helo" via SMTP by … */
static bool says_claiming(const struct received *received)
{
	return received->from.attached && (received_has(received->line, "), claiming to be \"") ||
	                                   received_has(received->line, ") via SMTP by "));
}

/* Where the client's address is written, but not where servers put it. */
static bool is_misplaced(const struct received *received)
{
	const struct received_from *from = &received->from;

	if (from->style == ADDRESS_NONE || received_is_exim(received->line))
		return false;
	if (from->style == ADDRESS_WORD)
		return from->word_is_ip && from->word.data[0] == '[' &&
		       (from->nested || from->comments > 1);
	return from->far || from->before > 1 || from->padded_end ||
	       (from->attached && from->style != ADDRESS_BARE);
}

/* "([192.0.2.1] helo=x ident=y)" is Exim's; others are believed to write "([192.0.2.1] helo=x)". */
static bool is_doubtful_helo(const struct received *received)
{
	const struct received_from *from = &received->from;

	return from->has_helo_key && from->style == ADDRESS_BRACKET && from->words > 0 &&
	       !received_is_exim(received->line) && !received_has(received->line, "(ecelerity") &&
	       !(from->helo_last && !from->attached &&
	         str_starts(received_after_first(received->by_on), STR("with ")));
}

/* "192.0.2.1" in a comment is believed only where it stands alone and the server says more. */
static bool is_doubtful(const struct received *received)
{
	const struct received_from *from = &received->from;

	if (says_claiming(received))
		return false;
	if (is_misplaced(received) || is_doubtful_helo(received))
		return true;
	if (from->style != ADDRESS_BARE)
		return false;
	if (from->has_port && !received_has(received->line, "[XMail "))
		return true;
	return str_find_char(received->by_on, ' ') < 0 || (from->attached && from->words > 1) ||
	       (from->has_suffix && from->helo.len == 0 && !str_starts(from->word, STR("[")));
}

/* How far the program's note may be from the client's address. */
#define WEB_MIN_NOTE 10
#define WEB_MAX_NOTE 80

/* Two web mail programs: the client is the first address that stands near the end. */
static bool name_web_client(const struct received *received, struct relay *relay)
{
	struct str line = received->line, ip;
	const char *by = received->by_on.data - 3;

	if ((!received_has(line, " (SquirrelMail authenticated user ") &&
	     !received_has(line, " (NaSMail authenticated user ")) ||
	    !str_starts(received_after_first(received->by_on), STR("with HTTP")))
		return false;
	while (received_find_ip(line, &ip) && ip.data + ip.len < by) {
		ptrdiff_t note = by - (ip.data + ip.len);

		if (note >= WEB_MIN_NOTE && note <= WEB_MAX_NOTE) {
			relay->ip = ip;
			return true;
		}
		line = str_from_offset(line, (size_t)(ip.data + ip.len - line.data));
	}
	return false;
}

/* "host(name[192.0.2.1]) by …" is one word to those who write rules: it names no client. */
static bool is_run_together(const struct received *received)
{
	return received->from.attached &&
	       str_starts(received_after_first(received->line), STR("by ")) &&
	       (received->from.style == ADDRESS_NAMED || received->from.style == ADDRESS_BRACKET);
}

static enum received_kind find_client(struct received *received, struct relay *relay)
{
	if (is_fetched(received))
		return RECEIVED_FETCHED;
	if (is_run_together(received) && received_has_usual_rest(received->by_on))
		return RECEIVED_LOCAL;
	if (!name_web_client(received, relay) && !received->odd_case && !is_doubtful(received) &&
	    !is_run_together(received))
		received_name_client(received, relay);
	if (relay->ip.len > 0 || may_lack_address(relay))
		return RECEIVED_RELAY;
	if (!received->odd_case && received_is_local(received))
		return RECEIVED_LOCAL;
	relay->ip = any_address(received->line);
	if (!received->odd_case) {
		relay->helo = named_helo(received->line);
		if (relay->helo.len == 0)
			relay->helo = received_first_word(received->line);
	}
	return relay->ip.len > 0 ? RECEIVED_RELAY : RECEIVED_UNREADABLE;
}

enum received_kind received_parse(struct arena *arena, struct str value, struct relay *relay_r)
{
	struct str line = normalise(arena, str_prefix(value, MAX_FIELD));
	struct received received = { .line = after_from(line) };
	enum received_kind kind;

	*relay_r = (struct relay){ .ip = STR("") };
	if (received.line.len == 0 ||
	    (received_has(line, " with local") &&
	     (received_has(line, " with local for ") || received_is_exim(line))))
		return RECEIVED_LOCAL;
	received.odd_case = str_starts(line, STR("From "));
	if (str_starts_ci(line, STR("from ")) && has_only_names(received.line))
		return RECEIVED_LOCAL;
	received.line = without_date(received.line);
	if (str_starts(line, STR("FROM "))) {
		kind = read_upper_case(&received, relay_r);
		if (kind == RECEIVED_RELAY)
			finish(arena, &received, relay_r);
		return kind;
	}
	split_line(&received);
	relay_r->id = find_id(received.line);
	relay_r->by = received_first_word(received.by_on);
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
