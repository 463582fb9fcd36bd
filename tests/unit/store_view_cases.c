/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each store has to show of one account, and nothing else, whatever is asked. */
#include <stdio.h>

#include "store/store_view.h"
#include "tests/unit/store_cases.h"

#define HOUR_US    (3600 * INT64_C(1000000))
#define BEGIN_US   (INT64_C(1732284000) * 1000000)
#define RECIPIENTS (sizeof(recipients) / sizeof(recipients[0]))
#define COPIES     3

static const char *const recipients[] = {
	"joe@example.com",
	"Ann@Example.COM",
	"bob@example.org",
	"%@example.com",
	"j_e@example.com",
	"joe@xexample.com",
	"joe@example.com.example.org",
	"x@ex%mple.com",
	"joe@sub.example.com",
	"example.com@evil.example",
	"@example.org",
	"joe@example.com@evil.example",
};

static const char *text(struct arena *arena, const char *format, const char *a, int b)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return arena_printf(arena, format, a, b).data;
#pragma GCC diagnostic pop
}

/* Of each recipient a discard, a delivery and one that is infected; those of one number came at the
 * same time, as one message. */
static void fill(struct store *store)
{
	struct arena *arena = arena_new();
	struct record list[RECIPIENTS * COPIES];
	static const enum record_kind kinds[COPIES] = { RECORD_DISCARDED, RECORD_DELIVERED,
		                                        RECORD_DISCARDED_INFECTED };
	static const char *const subjects[COPIES] = { "Offer 100%", "A_b c*d", "It's \"urgent\"" };

	for (size_t i = 0; i < RECIPIENTS; i++) {
		for (size_t k = 0; k < COPIES; k++) {
			struct record *record = &list[k * RECIPIENTS + i];
			struct record refused = { .kind = RECORD_REJECTED,
				                  .time_us = BEGIN_US,
				                  .recipient = recipients[i] };

			*record = example(text(arena, "%sQ%d", "", (int)k));
			record->kind = kinds[k];
			record->time_us = BEGIN_US + (int64_t)k * HOUR_US;
			record->recipient = recipients[i];
			record->destination =
				k == 1 ? ""
				       : text(arena, "fwd%.0s%d@aol.example", "", (int)(i % 2));
			record->scan_id = text(arena, "%sscan%d", "", (int)k);
			record->message_id = text(arena, "%sm%d@client.example", "", (int)k);
			record->sender = text(arena, "%ssender%d@client.example", "", (int)k);
			record->subject = subjects[k];
			record->score = (int32_t)(1000 * (k * 10) + i);
			record->signature = k == 2 ? "Eicar" : "";
			record->rules = k == 0 ? "A=10,B=8.2" : "A=10";
			write_or_fail(store, &refused, 1);
		}
	}
	write_or_fail(store, list, RECIPIENTS * COPIES);
	arena_free(arena);
}

static struct store *open_filled(void)
{
	static bool filled;
	struct store *store = store_case_open("views", "one");

	if (!filled)
		fill(store);
	filled = true;
	return store;
}

static struct store_view *view_of(struct arena *arena, struct store *store, const char *account)
{
	struct error err;
	struct store_view *view = account == NULL
	                                  ? store_view_staff(arena, store)
	                                  : store_view_of(arena, store, str_from(account), &err);

	if (view == NULL)
		fail_msg("%s", err.text);
	return view;
}

/* Is a recipient of "joe@example.com", or of "example.com"? Told in another way than by the store.
 */
static bool belongs(const char *recipient, const char *account)
{
	size_t len = strlen(recipient), own = strlen(account);

	if (strchr(account, '@') != NULL)
		return strcasecmp(recipient, account) == 0;
	return len > own && recipient[len - own - 1] == '@' &&
	       strcasecmp(recipient + len - own, account) == 0;
}

static void check_rows(const struct store_rows *rows, const char *account)
{
	for (size_t i = 0; i < rows->len; i++)
		if (!belongs(rows->items[i].record.recipient, account))
			fail_msg("%s is shown to %s", rows->items[i].record.recipient, account);
}

static void check_groups(const struct store_view *view, struct arena *arena,
                         struct store_filter filter, const char *account)
{
	struct store_group after = { .destination = "", .recipient = "", .sender = "" };
	struct store_groups groups;
	struct error err;

	for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		filter.kinds = 1u << kind;
		for (int i = 0; i < 2; i++) {
			if (!store_view_groups(view, arena, &filter, i == 0 ? NULL : &after,
			                       &groups, &err))
				continue;
			for (size_t k = 0; k < groups.list.len; k++)
				if (!belongs(groups.list.items[k].recipient, account))
					fail_msg("%s is in a group shown to %s",
					         groups.list.items[k].recipient, account);
		}
	}
}

/* Whatever may be asked, nothing of others comes. How much comes at all. */
static size_t check_filter(const struct store_view *view, struct store_filter filter,
                           const char *account)
{
	struct arena *arena = arena_new();
	struct store_counts counts;
	struct store_rows rows;
	struct error err;
	size_t shown = 0;

	if (store_view_newest(view, arena, &filter, &rows, &err)) {
		check_rows(&rows, account);
		shown += rows.len;
	}
	if (store_view_after(view, arena, &filter, -5, &rows, &err))
		check_rows(&rows, account);
	if (store_view_message(view, arena, filter.message, &rows, &err))
		check_rows(&rows, account);
	check_groups(view, arena, filter, account);
	if (store_view_counts(view, arena, &filter, &counts, &err))
		for (size_t i = 0; i < counts.len; i++)
			if (strcasecmp(counts.items[i].domain, account) != 0)
				fail_msg("what %s refused is shown to %s", counts.items[i].domain,
				         account);
	arena_free(arena);
	return shown;
}

static const struct str escapes[] = {
	STR_INIT("%"),
	STR_INIT("_"),
	STR_INIT("*"),
	STR_INIT("?"),
	STR_INIT("[a-z]"),
	STR_INIT("@"),
	STR_INIT("%@%"),
	STR_INIT("*@*"),
	STR_INIT(".*"),
	STR_INIT("' OR 1=1 --"),
	STR_INIT("\" OR \"\"=\""),
	STR_INIT("x' UNION SELECT * FROM records --"),
	STR_INIT("bob@example.org"),
	STR_INIT("BOB@EXAMPLE.ORG"),
	STR_INIT("example.org"),
	STR_INIT("evil.example"),
	STR_INIT("@example.org"),
	STR_INIT("joe@example.com,bob@example.org"),
	STR_INIT("joe@example.com bob@example.org"),
	STR_INIT("joe@example.com\nbob@example.org"),
	STR_INIT("joe@example.com\0bob@example.org"),
	STR_INIT("\0"),
	STR_INIT("m0@client.example"),
	STR_INIT("<m0@client.example>"),
	STR_INIT("Q0"),
	STR_INIT("scan0"),
	STR_INIT("0"),
	STR_INIT(" "),
	STR_INIT("example.com@evil.example"),
	STR_INIT("joe@example.com@evil.example"),
	STR_INIT("example.com "),
	STR_INIT("example.com."),
	STR_INIT("com"),
	STR_INIT("\xff\xfe"),
	STR_INIT("assay:kind:0"),
	STR_INIT("*\r\nKEYS *\r\n"),
	STR_INIT(":account"),
	STR_INIT("?1"),
	STR_INIT("client.example"),
	STR_INIT("Offer"),
	STR_INIT("aol.example"),
};

void test_views_are_not_escaped(void **state)
{
	static const char *const accounts[] = { "joe@example.com",
		                                "example.com",
		                                "Example.COM",
		                                "j_e@example.com",
		                                "%@example.com",
		                                "ex%mple.com",
		                                "nobody@example.com",
		                                "none.example",
		                                "*",
		                                "%" };
	struct store *store = open_filled();
	struct arena *arena = arena_new();
	size_t shown = 0;

	(void)state;
	for (size_t a = 0; a < sizeof(accounts) / sizeof(accounts[0]); a++) {
		struct store_view *view = view_of(arena, store, accounts[a]);

		for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
			struct str it = escapes[i];
			const struct store_filter filters[] = {
				{ .account = it },
				{ .destination = it },
				{ .message = it },
				{ .sender = it },
				{ .subject = it },
				{ .text = it },
				{ .account = it, .message = STR("Q0") },
				{ .account = it, .sender = STR("sender0@client.example") },
				{ .message = it, .kinds = ~0u, .since_us = INT64_MIN },
				{ .text = it, .before_us = INT64_MAX, .before_id = INT64_MAX },
				{ .sender = it, .until_us = INT64_MAX, .limit = SIZE_MAX },
				{ .account = it, .text = it, .sender = it, .destination = it },
			};

			for (size_t f = 0; f < sizeof(filters) / sizeof(filters[0]); f++)
				shown += check_filter(view, filters[f], accounts[a]);
		}
	}
	/* What is their own, they do see. */
	assert_true(shown > 500);
	arena_free(arena);
	store_close(store);
}

/* Without an account there is no view. */
void test_views_without_account(void **state)
{
	static const struct str none[] = { STR_INIT(""),
		                           STR_INIT(" "),
		                           STR_INIT("@"),
		                           STR_INIT("joe@"),
		                           STR_INIT("@example.com"),
		                           STR_INIT("a b"),
		                           STR_INIT("a\n"),
		                           STR_INIT("a\0b") };
	struct store *store = open_filled();
	struct arena *arena = arena_new();
	char *text = arena_alloc(arena, 5000);
	struct store_filter filter = { .text = { text, 5000 } };
	struct store_rows rows;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		err.text[0] = '\0';
		assert_null(store_view_of(arena, store, none[i], &err));
		assert_non_null(strstr(err.text, "no account"));
	}
	memset(text, 'a', 5000);
	assert_null(store_view_of(arena, store, filter.text, &err));
	assert_false(store_view_newest(view_of(arena, store, NULL), arena, &filter, &rows, &err));
	assert_non_null(strstr(err.text, "longer than"));
	assert_str(store_view_account(view_of(arena, store, "Joe@Example.COM")), "joe@example.com");
	assert_str(store_view_account(view_of(arena, store, NULL)), "");
	arena_free(arena);
	store_close(store);
}

static size_t found(struct store *store, const char *account, struct store_filter filter)
{
	struct arena *arena = arena_new();
	struct store_rows rows;
	struct error err;
	size_t len;

	if (!store_view_newest(view_of(arena, store, account), arena, &filter, &rows, &err))
		fail_msg("%s", err.text);
	len = rows.len;
	arena_free(arena);
	return len;
}

void test_view_search(void **state)
{
	struct store *store = open_filled();

	(void)state;
#define FOUND(account, ...) (int)found(store, account, (struct store_filter){ __VA_ARGS__ })
	assert_int_equal(FOUND(NULL, 0), RECIPIENTS * COPIES);
	assert_int_equal(FOUND("joe@example.com", 0), COPIES);
	assert_int_equal(FOUND("example.com", 0), 4 * COPIES);
	assert_int_equal(FOUND("example.com", .account = STR("ANN@example.com")), COPIES);
	assert_int_equal(FOUND("joe@example.com", .account = STR("example.com")), 0);
	assert_int_equal(FOUND("example.com", .account = STR("bob@example.org")), 0);
	assert_int_equal(FOUND(NULL, .account = STR("bob@example.org")), COPIES);
	assert_int_equal(FOUND(NULL, .kinds = 1u << RECORD_DELIVERED), RECIPIENTS);
	assert_int_equal(FOUND(NULL, .infected_only = true), RECIPIENTS);
	assert_int_equal(FOUND("example.com", .infected_only = true), 4);
	/* Signs of patterns stand for themselves. */
	assert_int_equal(FOUND(NULL, .subject = STR("100%")), RECIPIENTS);
	assert_int_equal(FOUND(NULL, .subject = STR("1%")), 0);
	assert_int_equal(FOUND(NULL, .subject = STR("_")), RECIPIENTS);
	assert_int_equal(FOUND(NULL, .subject = STR("c*D")), RECIPIENTS);
	assert_int_equal(FOUND(NULL, .subject = STR("c*d*")), 0);
	assert_int_equal(FOUND(NULL, .subject = STR("'s \"URGENT\"")), RECIPIENTS);
	assert_int_equal(FOUND(NULL, .text = STR("j_e@")), COPIES);
	assert_int_equal(FOUND(NULL, .text = STR("x%m")), COPIES);
	/* An address as a whole, or a part of one. */
	assert_int_equal(FOUND(NULL, .sender = STR("SENDER1@client.example")), RECIPIENTS);
	assert_int_equal(FOUND(NULL, .sender = STR("ender1@client.example")), 0);
	assert_int_equal(FOUND(NULL, .sender = STR("ender1")), RECIPIENTS);
	assert_int_equal(FOUND("example.com", .sender = STR("sender1@client.example")), 4);
	assert_int_equal(FOUND(NULL, .destination = STR("aol.example")), 2 * RECIPIENTS);
	assert_int_equal(FOUND(NULL, .destination = STR("FWD1@aol.example")), RECIPIENTS);
	assert_int_equal(FOUND(NULL, .destination = STR("fwd@aol.example")), 0);
	/* Ids as they are pasted. */
	assert_int_equal(FOUND(NULL, .message = STR(" <m1@client.example>, ")), RECIPIENTS);
	assert_int_equal(FOUND(NULL, .message = STR("m1@client.example")), RECIPIENTS);
	assert_int_equal(FOUND(NULL, .message = STR("Q2:")), RECIPIENTS);
	assert_int_equal(FOUND(NULL, .message = STR("q2")), 0);
	assert_int_equal(FOUND(NULL, .text = STR("<m1@client.example>")), RECIPIENTS);
	assert_int_equal(FOUND("example.com", .text = STR("scan2")), 4);
	/* Time. */
	assert_int_equal(FOUND(NULL, .since_us = BEGIN_US + HOUR_US), 2 * RECIPIENTS);
	assert_int_equal(FOUND(NULL, .until_us = BEGIN_US + HOUR_US), RECIPIENTS);
	assert_int_equal(
		FOUND("example.com", .since_us = BEGIN_US + 1, .until_us = BEGIN_US + 2 * HOUR_US),
		4);
#undef FOUND
	store_close(store);
}

/* By pages of any size, each record comes once, the newest first. */
static void check_pages(struct store *store, const char *account, struct store_filter filter,
                        size_t expected)
{
	struct arena *arena = arena_new();
	struct store_view *view = view_of(arena, store, account);
	int64_t last_us = INT64_MAX, last_id = INT64_MAX;
	size_t count = 0;

	for (;;) {
		struct store_rows rows;
		struct error err;

		if (!store_view_newest(view, arena, &filter, &rows, &err))
			fail_msg("%s", err.text);
		assert_true(rows.len <= filter.limit);
		for (size_t i = 0; i < rows.len; i++) {
			const struct store_row *row = &rows.items[i];

			assert_true(row->record.time_us < last_us ||
			            (row->record.time_us == last_us && row->id < last_id));
			last_us = row->record.time_us;
			last_id = row->id;
		}
		count += rows.len;
		assert_true(count <= expected);
		if (!rows.more)
			break;
		filter.before_us = rows.next_us;
		filter.before_id = rows.next_id;
	}
	assert_int_equal(count, expected);
	arena_free(arena);
}

void test_view_pages(void **state)
{
	struct store *store = open_filled();

	(void)state;
	for (size_t limit = 1; limit < 14; limit++) {
		check_pages(store, NULL, (struct store_filter){ .limit = limit },
		            RECIPIENTS * COPIES);
		check_pages(store, "example.com", (struct store_filter){ .limit = limit },
		            4 * COPIES);
		check_pages(store, NULL,
		            (struct store_filter){ .limit = limit, .message = STR("Q1") },
		            RECIPIENTS);
		check_pages(store, NULL,
		            (struct store_filter){ .limit = limit, .subject = STR("offer") },
		            RECIPIENTS);
	}
	store_close(store);
}

/* Pages of groups together are all groups, and a recipient is on one page. */
static void check_group_pages(struct store *store, const char *account, size_t limit,
                              size_t expected)
{
	struct arena *arena = arena_new();
	struct store_view *view = view_of(arena, store, account);
	struct store_filter filter = { .kinds = 1u << RECORD_DISCARDED, .limit = limit };
	struct store_group after;
	bool first = true;
	size_t count = 0;

	for (;;) {
		struct store_groups groups;
		struct error err;

		if (!store_view_groups(view, arena, &filter, first ? NULL : &after, &groups, &err))
			fail_msg("%s", err.text);
		first = false;
		for (size_t i = 0; i < groups.list.len; i++)
			count += groups.list.items[i].count;
		if (!groups.more)
			break;
		assert_true(groups.list.len > 0 && groups.list.len <= limit);
		after = groups.next;
	}
	assert_int_equal(count, expected);
	arena_free(arena);
}

void test_view_groups(void **state)
{
	struct store *store = open_filled();
	struct arena *arena = arena_new();
	struct store_filter filter = { .kinds = 3 };
	struct store_groups groups;
	struct error err;

	(void)state;
	for (size_t limit = 1; limit < 14; limit++) {
		check_group_pages(store, NULL, limit, RECIPIENTS);
		check_group_pages(store, "example.com", limit, 4);
	}
	assert_false(store_view_groups(view_of(arena, store, NULL), arena, &filter, NULL, &groups,
	                               &err));
	filter = (struct store_filter){ .kinds = 1, .destination = STR("FWD0@aol.example") };
	assert_true(store_view_groups(view_of(arena, store, NULL), arena, &filter, NULL, &groups,
	                              &err));
	assert_int_equal(groups.list.len, RECIPIENTS / 2);
	filter = (struct store_filter){ .kinds = 1, .until_us = BEGIN_US };
	assert_true(store_view_groups(view_of(arena, store, NULL), arena, &filter, NULL, &groups,
	                              &err));
	assert_int_equal(groups.list.len, 0);
	arena_free(arena);
	store_close(store);
}

static void check_overview(struct store *store, const char *account, size_t each, int64_t refused)
{
	struct arena *arena = arena_new();
	struct store_overview overview;
	struct error err;
	size_t scored = 0;

	if (!store_view_overview(view_of(arena, store, account), arena, BEGIN_US,
	                         BEGIN_US + 4 * HOUR_US, 4, &overview, &err))
		fail_msg("%s", err.text);
	assert_int_equal(overview.counts[0][RECORD_DISCARDED], each);
	assert_int_equal(overview.counts[1][RECORD_DISCARDED], 0);
	assert_int_equal(overview.counts[1][RECORD_DELIVERED], each);
	assert_int_equal(overview.counts[2][RECORD_DISCARDED_INFECTED], each);
	assert_int_equal(overview.totals[RECORD_DELIVERED], each);
	assert_int_equal(overview.totals[RECORD_REJECTED], refused);
	assert_int_equal(overview.sampled, each * COPIES);
	for (size_t i = 0; i < STORE_OVERVIEW_SCORES; i++)
		scored += overview.scores[i];
	assert_int_equal(scored, overview.sampled);
	/* 0 to 0.011 points, 10 and 20. */
	assert_int_equal(overview.scores[11], each);
	assert_int_equal(overview.scores[21], each);
	assert_int_equal(overview.scores[31], each);
	assert_int_equal(overview.rule_count, 2);
	assert_str(overview.rules[0].name, "A");
	assert_int_equal(overview.rules[0].hits, each * COPIES);
	assert_int_equal(overview.rules[0].points, each * COPIES * 10000);
	assert_int_equal(overview.rules[1].hits, each);
	/* Spans that begin and end within hours, and are shorter than one. */
	for (int64_t shift = 1; shift < HOUR_US; shift += HOUR_US / 7) {
		assert_true(store_view_overview(view_of(arena, store, account), arena,
		                                BEGIN_US - shift, BEGIN_US + 4 * HOUR_US, 60,
		                                &overview, &err));
		assert_int_equal(overview.totals[RECORD_DISCARDED], each);
		assert_int_equal(overview.totals[RECORD_DELIVERED], each);
		assert_true(store_view_overview(view_of(arena, store, account), arena,
		                                BEGIN_US - shift, BEGIN_US + 9 * HOUR_US - shift, 2,
		                                &overview, &err));
		assert_int_equal(overview.totals[RECORD_DISCARDED_INFECTED], each);
	}
	assert_false(store_view_overview(view_of(arena, store, account), arena, 5, 5, 4, &overview,
	                                 &err));
	assert_false(store_view_overview(view_of(arena, store, account), arena, 5, 9,
	                                 STORE_OVERVIEW_SPANS + 1, &overview, &err));
	arena_free(arena);
}

void test_view_overview(void **state)
{
	struct store *store = open_filled();

	(void)state;
	check_overview(store, NULL, RECIPIENTS, RECIPIENTS * COPIES);
	check_overview(store, "example.com", 4, 4 * COPIES);
	check_overview(store, "joe@example.com", 1, 0);
	store_close(store);
}
