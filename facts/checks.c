/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/checks.h"

#include <stdlib.h>

#include "base/memory.h"

/* In the order in which they are finished: DMARC builds on what is above it. */
static const struct check_kind *const kinds[] = {
	&spf_check_kind,      &dkim_check_kind,  &forwarder_check_kind,
	&authserv_check_kind, &dmarc_check_kind, &authserv_dmarc_check_kind,
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

struct checks {
	void *running[KIND_COUNT];
};

struct checks *checks_begin(const struct check_context *context)
{
	struct checks *checks = memory_calloc(1, sizeof(*checks));

	for (size_t i = 0; i < KIND_COUNT; i++)
		if (kinds[i]->begin != NULL)
			checks->running[i] = kinds[i]->begin(context);
	return checks;
}

void checks_add_header(struct checks *checks, struct str headers)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (checks->running[i] != NULL && kinds[i]->add_header != NULL)
			kinds[i]->add_header(checks->running[i], headers);
}

void checks_add_body(struct checks *checks, struct str piece)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (checks->running[i] != NULL && kinds[i]->add_body != NULL)
			kinds[i]->add_body(checks->running[i], piece);
}

struct checks *checks_complete(const struct check_context *context, struct checks *checks)
{
	if (checks == NULL)
		checks = memory_calloc(1, sizeof(*checks));
	for (size_t i = 0; i < KIND_COUNT; i++)
		checks->running[i] = kinds[i]->complete(context, checks->running[i]);
	return checks;
}

bool checks_done(const struct checks *checks)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (checks->running[i] != NULL && !kinds[i]->is_done(checks->running[i]))
			return false;
	return true;
}

void checks_finish(const struct check_context *context, struct checks *checks,
                   struct deadline deadline)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (checks->running[i] != NULL)
			kinds[i]->finish(context, checks->running[i], deadline);
	free(checks);
}

void checks_abandon(struct checks *checks)
{
	if (checks == NULL)
		return;
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (checks->running[i] != NULL)
			kinds[i]->abandon(checks->running[i]);
	free(checks);
}

/* The rest of the time is for the rules: where the DNS is dead, they still decide. */
struct deadline checks_waiting_ends(struct deadline deadline)
{
	return deadline_earlier(deadline, deadline_in_ms(deadline_left_ms(deadline) * 2 / 3));
}
