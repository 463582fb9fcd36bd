/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long what a page asks takes, for bench/report_million: report_views URI [LIMIT_MS]. Each is
 * asked three times; the fastest counts. With a limit, exit status 1 where one takes longer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/deadline.h"
#include "store/store_view.h"

#define DAY_US (86400 * INT64_C(1000000))
#define RUNS   3

struct asked {
	const char *name;
	const char *account; /* NULL: staff */
	struct store_filter filter;
	int days; /* 0: all */
};

static const unsigned accepted =
	1u << RECORD_DELIVERED | 1u << RECORD_FORWARDED | 1u << RECORD_OBSERVED;

static bool run_list(const struct store_view *view, struct arena *arena,
                     const struct store_filter *filter, char note[64], struct error *err_r)
{
	struct store_rows rows;

	if (!store_view_newest(view, arena, filter, &rows, err_r))
		return false;
	snprintf(note, 64, "%zu rows%s%s", rows.len, rows.more ? ", more" : "",
	         rows.incomplete ? ", not to the end" : "");
	return true;
}

static bool run_message(const struct store_view *view, struct arena *arena,
                        const struct store_filter *filter, char note[64], struct error *err_r)
{
	struct store_rows rows;

	if (!store_view_message(view, arena, filter->message, &rows, err_r))
		return false;
	snprintf(note, 64, "%zu recipients", rows.len);
	return true;
}

static bool run_groups(const struct store_view *view, struct arena *arena,
                       const struct store_filter *filter, char note[64], struct error *err_r)
{
	struct store_groups groups;

	if (!store_view_groups(view, arena, filter, NULL, &groups, err_r))
		return false;
	snprintf(note, 64, "%zu groups%s%s", groups.list.len, groups.more ? ", more" : "",
	         groups.since_us > 0 ? ", not of all" : "");
	return true;
}

static bool run_overview(const struct store_view *view, struct arena *arena,
                         const struct store_filter *filter, char note[64], struct error *err_r)
{
	struct store_overview overview;
	int64_t until_us = (int64_t)time(NULL) * 1000000;
	int64_t since_us = filter->since_us > 0 ? filter->since_us : until_us - 30 * DAY_US;

	if (!store_view_overview(view, arena, since_us, until_us, 30, &overview, err_r))
		return false;
	snprintf(note, 64, "%zu of a sample, %lld delivered", overview.sampled,
	         (long long)overview.totals[RECORD_DELIVERED]);
	return true;
}

static bool run_counts(const struct store_view *view, struct arena *arena,
                       const struct store_filter *filter, char note[64], struct error *err_r)
{
	struct store_counts counts;

	if (!store_view_counts(view, arena, filter, &counts, err_r))
		return false;
	snprintf(note, 64, "%lld refused", (long long)counts.total);
	return true;
}

static bool run_live(const struct store_view *view, struct arena *arena,
                     const struct store_filter *filter, char note[64], struct error *err_r)
{
	struct store_rows rows;
	int64_t newest;

	if (!store_view_newest_id(view, &newest, err_r) ||
	    !store_view_after(view, arena, filter, 1, &rows, err_r))
		return false;
	snprintf(note, 64, "%zu new", rows.len);
	return true;
}

typedef bool run_query(const struct store_view *view, struct arena *arena,
                       const struct store_filter *filter, char note[64], struct error *err_r);

static const struct {
	run_query *run;
	struct asked asked;
} queries[] = {
	{ run_groups, { "discards, 24 h", NULL, { .kinds = 1, .limit = 200 }, 1 } },
	{ run_groups, { "discards, all", NULL, { .kinds = 1, .limit = 200 }, 0 } },
	{ run_groups,
	  { "discards of a domain", "hosted7.example", { .kinds = 1, .limit = 200 }, 0 } },
	{ run_groups,
	  { "discards to a destination",
	    NULL,
	    { .kinds = 1, .destination = STR("aol.example"), .limit = 200 },
	    0 } },
	{ run_list, { "deliveries", NULL, { .kinds = accepted, .limit = 100 }, 0 } },
	{ run_list,
	  { "deliveries of a domain", "hosted7.example", { .kinds = accepted, .limit = 100 }, 0 } },
	{ run_list,
	  { "deliveries of an address",
	    "user3@hosted3.example",
	    { .kinds = accepted, .limit = 100 },
	    0 } },
	{ run_list,
	  { "infected", NULL, { .kinds = 1u << RECORD_DISCARDED_INFECTED, .limit = 100 }, 0 } },
	{ run_message,
	  { "message", NULL, { .message = STR("s000126700001267"), .limit = 100 }, 0 } },
	{ run_list,
	  { "search: sender",
	    NULL,
	    { .sender = STR("Newsletter7@sender9.example"), .limit = 100 },
	    0 } },
	{ run_list,
	  { "search: domain of sender",
	    NULL,
	    { .sender = STR("@sender9.example"), .limit = 100 },
	    0 } },
	{ run_list,
	  { "search: part of Subject",
	    NULL,
	    { .subject = STR("number 12345"), .limit = 100 },
	    0 } },
	{ run_list,
	  { "search: what is nowhere", NULL, { .text = STR("nowhere at all"), .limit = 100 }, 0 } },
	{ run_list,
	  { "search: the same of a domain",
	    "hosted7.example",
	    { .text = STR("nowhere at all"), .limit = 100 },
	    0 } },
	{ run_counts, { "rejects", NULL, { .limit = 100 }, 0 } },
	{ run_overview, { "overview, 24 h", NULL, { .limit = 0 }, 1 } },
	{ run_overview, { "overview, 30 days", NULL, { .limit = 0 }, 0 } },
	{ run_overview, { "overview of a domain", "hosted7.example", { .limit = 0 }, 0 } },
	{ run_live, { "live", NULL, { .limit = 100 }, 0 } },
	{ run_live, { "live of an address", "user3@hosted3.example", { .limit = 100 }, 0 } },
};

static double processor_ms(void)
{
	return (double)clock() * 1000 / CLOCKS_PER_SEC;
}

static double run_once(struct store *store, size_t i, char note[64], double *processor_r)
{
	const struct asked *asked = &queries[i].asked;
	struct store_filter filter = asked->filter;
	struct arena *arena = arena_new();
	struct store_view *view;
	struct error err;
	int64_t begun;

	if (asked->days > 0)
		filter.since_us = (int64_t)time(NULL) * 1000000 - asked->days * DAY_US;
	view = asked->account == NULL ? store_view_staff(arena, store)
	                              : store_view_of(arena, store, str_from(asked->account), &err);
	*processor_r = processor_ms();
	begun = clock_monotonic_us();
	if (view == NULL || !queries[i].run(view, arena, &filter, note, &err)) {
		fprintf(stderr, "report_views: %s: %s\n", asked->name, err.text);
		exit(1);
	}
	*processor_r = processor_ms() - *processor_r;
	arena_free(arena);
	return (double)(clock_monotonic_us() - begun) / 1000;
}

int main(int argc, char **argv)
{
	struct error err;
	struct store *store = argc > 1 ? store_open_reader(argv[1], &err) : NULL;
	double limit = argc > 2 ? atof(argv[2]) : 0;
	int slow = 0;

	if (store == NULL) {
		fprintf(stderr, "report_views: %s\n",
		        argc > 1 ? err.text : "usage: report_views URI [LIMIT_MS]");
		return 64;
	}
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		double best = 1e9, worst = 0, least = 1e9;
		char note[64] = "";

		for (int run = 0; run < RUNS; run++) {
			double processor, ms = run_once(store, i, note, &processor);

			best = ms < best ? ms : best;
			worst = ms > worst ? ms : worst;
			least = processor < least ? processor : least;
		}
		slow += limit > 0 && best > limit;
		printf("%7.1f ms %7.1f ms %7.1f ms  %-30s %s\n", best, worst, least,
		       queries[i].asked.name, note);
	}
	store_close(store);
	return slow > 0;
}
