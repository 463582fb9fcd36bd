/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "health/delivery.h"

#include "health/log_time.h"

/* Longer lines aren't read: no MTA writes them. */
#define LINE_MAX_BYTES 16384
/* As in Sendmail's longest lists. */
#define RECIPIENTS_MAX 1000

/* "postfix/smtp", "postfix/relay/smtp": whatever the instance is called. */
static bool is_postfix(struct str program, const char *daemon)
{
	ptrdiff_t slash = str_rfind_char(program, '/');

	return slash > 0 && str_eq(str_from_offset(program, (size_t)slash + 1), str_from(daemon));
}

static bool is_sendmail(struct str program)
{
	return str_starts(program, STR("sendmail")) || str_starts(program, STR("sm-"));
}

static bool is_queue_id(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!char_is_alnum(text.data[i]))
			return false;
	return text.len >= 5 && text.len <= 32;
}

static bool occurs_once(struct str text, struct str part)
{
	ptrdiff_t at = str_find(text, part);

	return at >= 0 && str_find(str_from_offset(text, (size_t)at + 1), part) < 0;
}

/* What follows `name` up to the next comma, or the end. */
static bool find_value(struct str text, struct str name, struct str *value_r)
{
	ptrdiff_t at = str_find(text, name), end;
	struct str value;

	if (at < 0)
		return false;
	value = str_from_offset(text, (size_t)at + name.len);
	end = str_find(value, STR(", "));
	*value_r = end < 0 ? value : str_prefix(value, (size_t)end);
	return true;
}

static bool is_domain_char(char c)
{
	return char_is_alnum(c) || c == '.' || c == '-' || (unsigned char)c >= 0x80;
}

/* An ordinary address, so that nothing in it can be taken for another part of the line. */
static bool take_address(struct arena *arena, struct str text, struct str *address_r)
{
	ptrdiff_t at = str_rfind_char(text, '@');
	struct str domain;

	if (at <= 0 || (size_t)at + 1 == text.len)
		return false;
	for (size_t i = 0; i < (size_t)at; i++)
		if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7f ||
		    str_find_char(STR("\"<>(),;:\\@[]"), text.data[i]) >= 0)
			return false;
	domain = str_from_offset(text, (size_t)at + 1);
	for (size_t i = 0; i < domain.len; i++)
		if (!is_domain_char(domain.data[i]))
			return false;
	*address_r = arena_printf(arena, "%.*s@%.*s", (int)at, text.data,
	                          STR_FMT(arena_str_lower(arena, domain)));
	return true;
}

static bool is_local(struct str relay)
{
	return str_find(relay, STR("[127.0.0.1]")) >= 0 || str_find(relay, STR("[::1]")) >= 0;
}

static bool is_code(struct str word)
{
	return word.len == 3 && word.data[0] >= '2' && word.data[0] <= '5' &&
	       char_is_digit(word.data[1]) && char_is_digit(word.data[2]);
}

static bool is_enhanced(struct str word)
{
	size_t dots = 0;

	for (size_t i = 0; i < word.len; i++) {
		if (word.data[i] == '.')
			dots++;
		else if (!char_is_digit(word.data[i]))
			return false;
	}
	return dots == 2 && word.len >= 5 && word.len <= 11;
}

/* "550 5.7.1 text", "421-4.7.28 text" */
static void take_reply(struct str reply, struct delivery *delivery)
{
	struct str word = str_prefix(reply, 3), rest;

	delivery->text = reply;
	if (!is_code(word) || reply.len < 4)
		return;
	delivery->code = word;
	rest = str_from_offset(reply, 4);
	word = str_prefix(rest, rest.len);
	for (size_t i = 0; i < rest.len; i++) {
		if (rest.data[i] == ' ' || rest.data[i] == '-') {
			word = str_prefix(rest, i);
			break;
		}
	}
	if (is_enhanced(word))
		delivery->enhanced = word;
	delivery->text = rest;
}

/* The word after `before`, if it is a queue id. */
static struct str id_after(struct str text, struct str before)
{
	ptrdiff_t at = str_find(text, before);
	struct str word = STR("");

	if (at >= 0)
		text = str_from_offset(text, (size_t)at + before.len);
	else
		return word;
	for (size_t i = 0; i <= text.len; i++) {
		if (i == text.len || !char_is_alnum(text.data[i])) {
			word = str_prefix(text, i);
			break;
		}
	}
	return is_queue_id(word) ? word : STR("");
}

static bool take_postfix_status(struct str status, struct delivery *delivery)
{
	ptrdiff_t said = str_find(status, STR(" said: "));
	ptrdiff_t open = str_find_char(status, '(');

	if (str_starts(status, STR("sent")))
		delivery->result = DELIVERY_ACCEPTED;
	else if (str_starts(status, STR("deferred")))
		delivery->result = DELIVERY_DEFERRED;
	else if (str_starts(status, STR("bounced")))
		delivery->result = DELIVERY_REFUSED;
	else
		return false;
	if (said >= 0 && delivery->result != DELIVERY_ACCEPTED)
		take_reply(str_from_offset(status, (size_t)said + 7), delivery);
	else if (open >= 0)
		delivery->text = str_from_offset(status, (size_t)open + 1);
	return true;
}

/* to=<a@b>, [orig_to=<c@d>, ]relay=HOST[IP]:25, …, dsn=5.7.1, status=bounced (…) */
static enum delivery_line read_postfix(struct arena *arena, struct str line,
                                       struct delivery *delivery)
{
	struct str relay = STR(""), enhanced = STR(""), address, rest;
	ptrdiff_t end, at;

	if (!str_starts(line, STR("to=<")) || str_find(line, STR(", status=")) < 0)
		return DELIVERY_NONE;
	end = str_find_char(line, '>');
	if (end < 0 || !occurs_once(line, STR(", relay=")) || !occurs_once(line, STR(", status=")))
		return DELIVERY_ODD;
	rest = str_from_offset(line, (size_t)end + 1);
	if (!take_address(arena, (struct str){ line.data + 4, (size_t)end - 4 }, &address) ||
	    (!str_starts(rest, STR(", relay=")) && !str_starts(rest, STR(", orig_to=<"))))
		return DELIVERY_ODD;
	rest = str_from_offset(rest, (size_t)str_find(rest, STR(", relay=")));
	find_value(rest, STR(", relay="), &relay);
	find_value(rest, STR(", dsn="), &enhanced);
	at = str_find(rest, STR(", status="));
	if (!take_postfix_status(str_from_offset(rest, (size_t)at + 9), delivery))
		return DELIVERY_NONE;
	if (delivery->enhanced.len == 0 && is_enhanced(enhanced))
		delivery->enhanced = enhanced;
	if (delivery->result == DELIVERY_ACCEPTED && is_local(relay))
		delivery->next_id = id_after(delivery->text, STR("queued as "));
	vec_push(arena, &delivery->to, address);
	return DELIVERY_FOUND;
}

/* <a@b>,<c@d>, or a@b,c@d, up to ", " */
static bool take_list(struct arena *arena, struct str list, struct str_list *to)
{
	struct str piece;

	while (list.len > 0 && to->len < RECIPIENTS_MAX && str_next_piece(&list, ',', &piece)) {
		struct str address;

		if (piece.len >= 2 && piece.data[0] == '<' && piece.data[piece.len - 1] == '>')
			piece = str_from_offset(str_prefix(piece, piece.len - 1), 1);
		if (!take_address(arena, piece, &address))
			return false;
		vec_push(arena, to, address);
	}
	return to->len > 0;
}

/* to=<a@b>, …, mailer=esmtp, …, relay=HOST. [IP], dsn=5.7.1, [reply=550 5.7.1 …, ]stat=… */
static enum delivery_line read_sendmail(struct arena *arena, struct str line,
                                        struct delivery *delivery)
{
	struct str list, relay = STR(""), enhanced = STR(""), rest, stat;
	ptrdiff_t at, reply;

	if (!str_starts(line, STR("to=")) || str_find(line, STR(", dsn=")) < 0 ||
	    str_find(line, STR(", stat=")) < 0)
		return DELIVERY_NONE;
	find_value(line, STR("to="), &list);
	if (!occurs_once(line, STR(", relay=")) || !occurs_once(line, STR(", dsn=")) ||
	    !occurs_once(line, STR(", stat=")) || !take_list(arena, list, &delivery->to))
		return DELIVERY_ODD;
	rest = str_from_offset(line, (size_t)str_find(line, STR(", relay=")));
	find_value(rest, STR(", relay="), &relay);
	find_value(rest, STR(", dsn="), &enhanced);
	at = str_find(rest, STR(", stat="));
	if (at < 0)
		return DELIVERY_ODD;
	stat = str_from_offset(rest, (size_t)at + 7);
	reply = str_find(rest, STR(", reply="));
	delivery->text = stat;
	if (str_starts(stat, STR("Sent")))
		delivery->result = DELIVERY_ACCEPTED;
	else if (str_starts(stat, STR("Deferred")) || str_starts(enhanced, STR("4.")))
		delivery->result = DELIVERY_DEFERRED;
	else
		delivery->result = DELIVERY_REFUSED;
	if (reply >= 0 && reply < at && delivery->result != DELIVERY_ACCEPTED)
		take_reply((struct str){ rest.data + reply + 8, (size_t)(at - reply) - 8 },
		           delivery);
	if (delivery->enhanced.len == 0 && is_enhanced(enhanced))
		delivery->enhanced = enhanced;
	if (delivery->result == DELIVERY_ACCEPTED && is_local(relay))
		delivery->next_id = id_after(stat, STR("Sent ("));
	return DELIVERY_FOUND;
}

/* client=HOST[127.0.0.1], orig_queue_id=ID, … on the hop: what had that id at the front. */
static enum delivery_line read_hop(struct str line, struct delivery *delivery)
{
	static const struct str name = STR_INIT(", orig_queue_id=");
	ptrdiff_t at = str_find(line, name);
	struct str id;

	if (!str_starts(line, STR("client=")) || at < 0 || !is_local(str_prefix(line, (size_t)at)))
		return DELIVERY_NONE;
	id = id_after(line, name);
	if (id.len == 0 || !occurs_once(line, name))
		return DELIVERY_ODD;
	delivery->next_id = delivery->queue_id;
	delivery->queue_id = id;
	return DELIVERY_HOP;
}

enum delivery_line delivery_read(struct arena *arena, struct str line, int64_t now_s,
                                 struct delivery *delivery_r)
{
	struct str program;
	ptrdiff_t colon;

	*delivery_r = (struct delivery){ 0 };
	if (line.len > LINE_MAX_BYTES || str_find_char(line, '\0') >= 0 ||
	    !log_time_take(&line, now_s, &delivery_r->time_s, &program))
		return DELIVERY_NONE;
	colon = str_find(line, STR(": "));
	if (colon < 0 || !is_queue_id(str_prefix(line, (size_t)colon)))
		return DELIVERY_NONE;
	delivery_r->queue_id = str_prefix(line, (size_t)colon);
	line = str_from_offset(line, (size_t)colon + 2);
	if (is_postfix(program, "smtp"))
		return read_postfix(arena, line, delivery_r);
	if (is_postfix(program, "smtpd"))
		return read_hop(line, delivery_r);
	if (is_sendmail(program))
		return read_sendmail(arena, line, delivery_r);
	return DELIVERY_NONE;
}
