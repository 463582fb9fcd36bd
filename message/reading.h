/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How rules expect a message to be read: by what SpamAssassin they are written for. Plain values.
 */
#ifndef MESSAGE_READING_H
#define MESSAGE_READING_H

#include "base/str.h"

enum reading_version {
	READING_4_0_1,
	/* HTML with the colours and sizes of style sheets and its own way of breaking it into
	 * lines; types by more endings of file names; attached text is not in the body. */
	READING_4_0_3,
};

struct message_reading {
	enum reading_version version;
	bool attached_text; /* READING_4_0_3: it is in the body all the same */
	/* Rules don't see the messages that delivery and abuse reports enclose; see
	 * mime_leave_out_returned(). */
	bool no_returned;
	bool calendars;            /* rules see the text of calendars, such as invitations */
	struct str preferred_type; /* of several alternatives, the body is that of this type; "":
	                              all */
};

/* READING_4_0_1. */
extern const struct message_reading message_reading_default;

#endif
