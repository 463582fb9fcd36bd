/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/envelope_option.h"

/* An address as typed, without angle brackets around it. */
static struct str bare_address(const char *typed)
{
	struct str s = str_from(typed);

	if (s.len >= 2 && s.data[0] == '<' && s.data[s.len - 1] == '>')
		return (struct str){ s.data + 1, s.len - 2 };
	return s;
}

void envelope_option_set(struct arena *arena, struct envelope *envelope, int option,
                         const char *value)
{
	switch (option) {
	case ENVELOPE_OPTION_FROM:
		envelope->sender = bare_address(value);
		envelope->has_sender = true;
		break;
	case ENVELOPE_OPTION_RCPT:
		vec_add(arena, &envelope->recipients)->address = bare_address(value);
		break;
	case ENVELOPE_OPTION_CLIENT_IP:
		envelope->client_ip = str_from(value);
		break;
	case ENVELOPE_OPTION_CLIENT_NAME:
		envelope->client_name = str_from(value);
		break;
	case ENVELOPE_OPTION_HELO:
		envelope->helo = str_from(value);
		break;
	}
}

bool envelope_option_is_stored(const struct envelope *envelope)
{
	return !envelope->has_sender && envelope->client_ip.len == 0;
}
