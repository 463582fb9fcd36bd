/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_list_private.h"

#include <stdlib.h>

#include "base/memory.h"
#include "facts/dns_list.h"

/* RFC 5782 section 5: what must be listed, and what mustn't. */
static const char *const address_entries[] = { "2.0.0.127", "1.0.0.127" };
static const char *const name_entries[] = { "test", "invalid" };

struct probe;

struct entry_probe {
	struct probe *probe;
	struct dns_list_sign sign;
};

struct probe {
	struct dns_list *list;
	atomic_uint open;
	struct entry_probe entries[2];
};

static void entry_answered(void *context, struct dns_answer *answer)
{
	struct entry_probe *entry = context;
	struct probe *probe = entry->probe;

	entry->sign = dns_list_sign(dns_list_zone(probe->list), DNS_A, answer);
	dns_answer_unpin(answer);
	if (atomic_fetch_sub(&probe->open, 1) > 1)
		return;
	dns_list_probed(probe->list, probe->entries[0].sign, probe->entries[1].sign);
	free(probe);
}

static void begin(struct dns *dns, struct dns_list *list, unsigned kinds)
{
	const char *const *names =
		(kinds & DNS_LIST_ADDRESSES) != 0 ? address_entries : name_entries;
	struct probe *probe = memory_calloc(1, sizeof(*probe));
	struct arena *arena = arena_new();
	struct str zone = dns_list_zone(list);

	probe->list = list;
	atomic_init(&probe->open, 2);
	/* The first answer may come at once, and the last one frees the probe. */
	for (size_t i = 0; i < 2; i++)
		probe->entries[i].probe = probe;
	for (size_t i = 0; i < 2; i++)
		dns_ask(dns, arena_printf(arena, "%s.%.*s", names[i], STR_FMT(zone)), DNS_A,
		        entry_answered, &probe->entries[i]);
	arena_free(arena);
}

void dns_lists_probe(struct dns *dns)
{
	int64_t now_us = clock_monotonic_us();
	struct dns_list *list;
	unsigned kinds;

	while ((list = dns_list_take_due(now_us, &kinds)) != NULL)
		begin(dns, list, kinds);
}
