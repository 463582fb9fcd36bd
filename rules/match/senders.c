/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/senders.h"

const char *const senders_requests[SENDERS_COUNT] = {
	"From:addr",         "Envelope-Sender:addr", "Resent-Sender:addr", "X-Envelope-From:addr",
	"EnvelopeFrom:addr",
};

struct str senders_tidy(struct arena *arena, struct str address)
{
	char *copy = arena_alloc(arena, address.len);
	size_t len = 0;

	for (size_t i = 0; i < address.len; i++)
		if (address.data[i] != '.' || len == 0 || copy[len - 1] != '.')
			copy[len++] = address.data[i];
	return (struct str){ copy, len };
}
