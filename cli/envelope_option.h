/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options that state the envelope of a stored message. One thread. */
#ifndef CLI_ENVELOPE_OPTION_H
#define CLI_ENVELOPE_OPTION_H

#include "cli/option.h"
#include "message/envelope.h"

enum envelope_option {
	ENVELOPE_OPTION_FROM = 512,
	ENVELOPE_OPTION_RCPT,
	ENVELOPE_OPTION_CLIENT_IP,
	ENVELOPE_OPTION_CLIENT_NAME,
	ENVELOPE_OPTION_HELO,
};

/* Rows of a table of options. */
#define ENVELOPE_OPTIONS                                                                           \
	{ "from", required_argument, NULL, ENVELOPE_OPTION_FROM },                                 \
		{ "rcpt", required_argument, NULL, ENVELOPE_OPTION_RCPT },                         \
		{ "client-ip", required_argument, NULL, ENVELOPE_OPTION_CLIENT_IP },               \
		{ "client-name", required_argument, NULL, ENVELOPE_OPTION_CLIENT_NAME },           \
	{                                                                                          \
		"helo", required_argument, NULL, ENVELOPE_OPTION_HELO                              \
	}

/* Takes the value of one of them, without angle brackets around addresses; it must stay. */
void envelope_option_set(struct arena *arena, struct envelope *envelope, int option,
                         const char *value);

/* Is nothing known of the envelope, so that the message's own header has to tell it? */
bool envelope_option_is_stored(const struct envelope *envelope);

#endif
