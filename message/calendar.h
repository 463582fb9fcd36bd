/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a calendar shows of a file in iCalendar's format (RFC 5545), such as an invitation. */
#ifndef MESSAGE_CALENDAR_H
#define MESSAGE_CALENDAR_H

#include "base/arena.h"
#include "base/str.h"

/*
 * A line for each property that a reader sees, in the order of the file: SUMMARY, DESCRIPTION,
 * LOCATION, COMMENT and CONTACT, who ORGANIZER and ATTENDEE are (their CN, and the address), URL,
 * and ATTACH where it is an address. Folded lines are joined, and escapes, also RFC 6868's of
 * parameters, resolved. `text` is UTF-8 with lines that end in LF or CRLF; the result is too, with
 * LF, in the arena, and not longer than the text. What is no calendar gives the lines that look
 * like such properties. Linear; nothing fails.
 */
struct str calendar_text(struct arena *arena, struct str text);

#endif
