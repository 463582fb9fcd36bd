/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fills a store with records as a forwarding provider makes them in 30 days, for
 * bench/report_million: report_fill URI [COUNT]. A fifth of them are discards; the same arguments
 * give the same records.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "store/store.h"

#define BATCH   2000
#define DAYS    30
#define DOMAINS 500

static uint64_t random_state = 88172645463325252;

static unsigned random_below(unsigned limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 11) % limit;
}

/* Small numbers come more often, as busy accounts do. */
static unsigned random_skewed(unsigned limit)
{
	unsigned a = random_below(limit), b = random_below(limit);

	return a < b ? a : b;
}

static const char *const destinations[] = { "aol.example",   "yahoo.example", "hotmail.example",
	                                    "gmail.example", "cox.example",   "outlook.example" };

static const char *text(struct arena *arena, const char *format, unsigned a, unsigned b)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return arena_printf(arena, format, a, b).data;
#pragma GCC diagnostic pop
}

static enum record_kind random_kind(void)
{
	unsigned dice = random_below(10);

	if (dice < 2)
		return RECORD_DISCARDED;
	return dice < 3 ? RECORD_FORWARDED : RECORD_DELIVERED;
}

static struct record make_record(struct arena *arena, unsigned number, int64_t time_us)
{
	unsigned user = random_skewed(20000), id = random_below(1u << 31);
	enum record_kind kind = random_kind();
	struct record record = {
		.kind = kind,
		.time_us = time_us,
		.scan_id = text(arena, "s%07x%08x", number, number),
		.queue_id = text(arena, "4%06X%08X", number, id),
		.content = text(arena, "%016x%016x", number, id),
		.message_id = text(arena, "20260102.%u.%u@mail.client.example", number, id),
		.sender = text(arena, "newsletter%u@sender%u.example", random_skewed(60000),
		               random_skewed(3000)),
		.recipient = text(arena, "user%u@hosted%u.example", user, user % DOMAINS),
		.destination = "",
		.threshold = 5000,
		.client_ip = text(arena, "198.51.%u.%u", random_below(256), random_below(256)),
		.client_name = text(arena, "mail%u.client%u.example", random_below(9), user),
		.size = 2000 + random_skewed(100000),
	};

	record.score = (int32_t)random_below(60) * 100;
	record.rules = "GOOD_HOME_HOST=-0.5,HTML_ONLY=0.7,SPF_NONE=0.001";
	if (kind == RECORD_DISCARDED) {
		record.score = 6000 + (int32_t)random_skewed(300) * 100;
		record.threshold = 6000;
		record.rules = "LINK_TEXT_HIDES_IP=2.6,SUBJECT_ALL_CAPS=1.5,SPF_FAIL=2,"
			       "FORGED_FREEMAIL=3.1,MONEY_PHRASES=2.2,HTML_ONLY=0.7";
	}
	record.subject = text(arena, "Your newsletter, number %u of %u", number, user);
	record.authentication = text(arena,
	                             "spf=pass sender%u.example; dkim=pass sender%u.example;"
	                             " dmarc=pass sender.example",
	                             number % 3000, number % 3000);
	record.threshold_origin = kind == RECORD_DISCARDED ? "/etc/assay/assay.conf:42" : "default";
	record.matched = "HTML_ONLY\t\nLINK_TEXT_HIDES_IP\thttps://www.yourbank.example\n"
			 "MONEY_PHRASES\tmillion dollars\n";
	record.tagged = kind != RECORD_DISCARDED && record.score > 5000;
	if (kind != RECORD_DELIVERED)
		record.destination =
			arena_printf(arena, "away%u@%s", user, destinations[user % 6]).data;
	return record;
}

static bool fill(struct store *store, unsigned count, struct error *err_r)
{
	int64_t now_us = (int64_t)time(NULL) * 1000000;
	int64_t step_us = DAYS * 86400 * INT64_C(1000000) / count;
	struct record records[BATCH];
	bool ok = true;

	for (unsigned i = 0; ok && i < count;) {
		struct arena *arena = arena_new();
		unsigned len = 0;

		for (; len < BATCH && i < count; len++, i++)
			records[len] = make_record(arena, i, now_us - (count - i) * step_us);
		ok = store_write(store, records, len, err_r);
		arena_free(arena);
	}
	return ok;
}

int main(int argc, char **argv)
{
	struct error err;
	struct store *store;
	bool ok;

	if (argc < 2) {
		fputs("usage: report_fill URI [COUNT]\n", stderr);
		return 64;
	}
	store = store_open(argv[1], &err);
	ok = store != NULL && fill(store, argc > 2 ? (unsigned)atoi(argv[2]) : 1000000, &err);
	store_close(store);
	if (!ok)
		fprintf(stderr, "report_fill: %s\n", err.text);
	return ok ? 0 : 1;
}
