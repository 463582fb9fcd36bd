/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Received fields without an address that are known to be harmless. */
#include "facts/received_line.h"

ptrdiff_t received_find_by(struct str line)
{
	size_t depth = 0;

	for (size_t i = 0; i < line.len; i++) {
		if (line.data[i] == '(')
			depth++;
		else if (line.data[i] == ')' && depth > 0)
			depth--;
		else if (depth == 0 && line.data[i] == ' ' &&
		         str_starts(str_from_offset(line, i), STR(" by ")))
			return (ptrdiff_t)i;
	}
	return str_find(line, STR(" by "));
}

bool received_has_usual_rest(struct str by_on)
{
	struct str rest = received_after_first(by_on);

	return str_starts(rest, STR("(")) || str_starts(rest, STR("with ")) ||
	       str_starts(rest, STR("via ")) || str_starts(rest, STR("for "));
}

/* "localhost", "joe@localhost" */
static bool is_localhost(struct str note)
{
	ptrdiff_t at = str_rfind_char(note, '@');

	note = str_from_offset(note, (size_t)(at + 1));
	return str_eq(note, STR("localhost")) || str_eq(note, STR("localhost.localdomain")) ||
	       str_eq(note, STR("localhost [[UNIX: localhost]]"));
}

/* "v2.2.12) with LMTPA": Cyrus hands over through a socket. */
static bool is_cyrus(struct str by_on)
{
	static const struct str name = STR_INIT("(Cyrus v");
	struct str rest = received_after_first(by_on);
	size_t dots = 0;

	if (!str_starts(rest, name))
		return false;
	rest = str_from_offset(rest, name.len);
	while (rest.len > 0 && (char_is_digit(rest.data[0]) || rest.data[0] == '.')) {
		dots += rest.data[0] == '.';
		rest = str_from_offset(rest, 1);
	}
	return dots == 2 && str_starts(rest, STR(") with LMTPA"));
}

/* "(name) by …": what says of itself that it is no host. */
static bool is_local_note(const struct received *received)
{
	const struct received_from *from = &received->from;

	return is_localhost(from->note) || str_eq(from->note, STR("unverified")) ||
	       (str_eq(from->note, STR("[unix socket]")) && from->comments == 1 &&
	        is_cyrus(received->by_on)) ||
	       (str_ends_ci(from->note, STR(" [local]")) &&
	        received_has(received->by_on, " (OpenSMTPD) with ")) ||
	       str_starts(from->note, STR("AUTH: ")) ||
	       str_starts(from->word, STR("Unknown/Local")) ||
	       (str_eq(from->note, STR("unknown")) &&
	        received_has(received->by_on, " (SG) with ")) ||
	       (from->note.len > 0 && received_has(received->by_on, " (Content Technologies "));
}

bool received_is_local(const struct received *received)
{
	struct str line = received->line, next = received_after_first(line);
	ptrdiff_t by = received_find_by(line);

	if (is_local_note(received) || received_has(line, " with local") ||
	    received_has(line, " with BSMTP") || received_has(line, "(LSMTP for") ||
	    received_has(line, "Thrift id ") || received_has(line, " (Jetsend ") ||
	    str_starts(line, STR("mail pickup service by ")) ||
	    str_starts(line, STR("([127.0.0.1]) with MailEnable ")) ||
	    str_starts(line, STR("127.0.0.1 (AVG SMTP ")))
		return true;
	if (by < 0)
		return str_starts(next, STR("id "));
	if (str_find_char(str_prefix(line, (size_t)by), ' ') < 0)
		return str_find_char(received->from.word, '@') >= 0 ||
		       received_has_usual_rest(received->by_on);
	return str_starts(next, STR("with ")) || str_starts(next, STR("via ")) ||
	       str_starts(next, STR("for ")) || str_starts(next, STR("named "));
}
