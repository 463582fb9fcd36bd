/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one reader may see of the records, for pages and other programs that ask for others: a view
 * is of one account, or of everything for staff, and whatever is asked of it is narrowed to that
 * here. Nobody can ask without a view, and there is none without an account but the one for staff.
 * Texts that are searched for are taken literally; whatever could take long has a limit, and says
 * where it ended. Used by one thread at a time; functions may block on the disk or network.
 */
#ifndef STORE_STORE_VIEW_H
#define STORE_STORE_VIEW_H

#include "base/arena.h"
#include "base/vec.h"
#include "store/store.h"
#include "store/store_filter.h"

struct store_view;

/* Everything. */
struct store_view *store_view_staff(struct arena *arena, struct store *store);
/*
 * What was for an address ("user@example.com") or for all addresses of a domain ("example.com");
 * whatever the case of letters. NULL with the reason where it is neither.
 */
struct store_view *store_view_of(struct arena *arena, struct store *store, struct str account,
                                 struct error *err_r);
/* The account in lower case; empty for staff. */
struct str store_view_account(const struct store_view *view);

struct store_row {
	struct record record; /* its texts are in the arena */
	int64_t id;
};

struct store_rows {
	vec_members(struct store_row);
	bool more; /* there are, or may be, older ones: those before `next_us` and `next_id` */
	int64_t next_us, next_id;
	/* It would have taken too long to look at all: what is older than next_us was not looked
	 * at. */
	bool incomplete;
};

/* The newest first. False with the reason, also where a text is too long. */
bool store_view_newest(const struct store_view *view, struct arena *arena,
                       const struct store_filter *filter, struct store_rows *rows_r,
                       struct error *err_r);

/* All recipients of a message, in the order of time; by an id as of store_filter.message. */
bool store_view_message(const struct store_view *view, struct arena *arena, struct str id,
                        struct store_rows *rows_r, struct error *err_r);

/* Those that came after a record, in the order in which they came, for what is live; not more than
 * the last some thousands of all are looked at. */
bool store_view_after(const struct store_view *view, struct arena *arena,
                      const struct store_filter *filter, int64_t after_id,
                      struct store_rows *rows_r, struct error *err_r);

/* The id of the newest record, whoever's it is; 0 where there is none. */
bool store_view_newest_id(const struct store_view *view, int64_t *id_r, struct error *err_r);

struct store_groups {
	vec_of(struct store_group) list; /* by kind, destination and recipient, whose senders come
	                                  * the most frequent first; their texts are in the arena */
	bool more;                       /* there are others, … */
	struct store_group next;         /* … which come after this one */
	/* Not all were counted, only those that are not older. 0: all were. */
	int64_t since_us;
};

/* Groups as of store_read_groups(), by the filter's kinds, account, destination, time and limit,
 * from the one that comes after `after` (NULL: the first). A recipient's groups are not torn apart
 * unless they are more than the limit. */
bool store_view_groups(const struct store_view *view, struct arena *arena,
                       const struct store_filter *filter, const struct store_group *after,
                       struct store_groups *groups_r, struct error *err_r);

struct store_counts {
	vec_members(struct store_count); /* by domain and kind, the most first; hour_us is that of
	                                  * the first one */
	int64_t total;
	bool more; /* there are other domains, which `total` has */
};

/* How many recipients were refused. They are counted by domain, so an address has none. */
bool store_view_counts(const struct store_view *view, struct arena *arena,
                       const struct store_filter *filter, struct store_counts *counts_r,
                       struct error *err_r);

/* Spans of time, and scores from -10 points to 30 with what is beyond at the ends. */
#define STORE_OVERVIEW_SPANS  60
#define STORE_OVERVIEW_LOWEST (-10)
#define STORE_OVERVIEW_SCORES 42
#define STORE_OVERVIEW_RULES  25

struct store_overview {
	size_t spans;
	int64_t begin_us, span_us; /* of the first span */
	int64_t counts[STORE_OVERVIEW_SPANS][RECORD_KIND_COUNT];
	int64_t totals[RECORD_KIND_COUNT];
	/* Of a sample, spread evenly over all (of an account: of the newest): how many records it
	 * has, how many have a score of N points or more, but less than N + 1 … */
	size_t sampled;
	size_t scores[STORE_OVERVIEW_SCORES];
	/* … and the rules that hit most of them. */
	struct store_overview_rule {
		struct str name;
		size_t hits;
		int64_t points; /* thousandths, of all of them together */
	} rules[STORE_OVERVIEW_RULES];
	size_t rule_count;
};

/* From since_us to until_us, in so many spans, at least 1. */
bool store_view_overview(const struct store_view *view, struct arena *arena, int64_t since_us,
                         int64_t until_us, size_t spans, struct store_overview *overview_r,
                         struct error *err_r);

#endif
