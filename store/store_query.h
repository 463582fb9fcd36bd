/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is asked of a store, and what it answers: plain values.
 */
#ifndef STORE_STORE_QUERY_H
#define STORE_STORE_QUERY_H

#include "store/record.h"

/*
 * What is kept. Over the size, deliveries older than a day go first, then whatever is oldest, since
 * nobody else knows about discards.
 */
struct store_retention {
	int64_t now_us;
	int64_t max_age_us; /* 0: of any age */
	int64_t max_bytes;  /* 0: of any size */
};

struct store_expiry {
	size_t removed;
	bool for_size; /* some were removed for the size, not for their age */
	bool more;     /* there is more to do */
};

/* Selection for reports; NULL or empty strings and 0 select all. */
struct store_query {
	unsigned kinds; /* bits: 1 << RECORD_DISCARDED …; 0: all */
	bool tagged_only;
	bool infected_only;      /* those with the name of malware */
	const char *account;     /* "user@domain" or "domain" of the recipient */
	const char *destination; /* address or domain */
	const char *message;     /* a scan id, queue id or Message-ID */
	const char *sender;      /* an address, whatever the case of its letters */
	int64_t since_us;
	int64_t until_us; /* only what is before it; 0: all */
	int64_t after_id; /* only records newer than this one, for --follow */
	int64_t up_to_id; /* only records that are not newer than this one; 0: all */
	size_t limit;     /* 0: no limit */
	/* The newest first, by time and then id; only those before this record; 0: all. */
	bool newest_first;
	int64_t before_us, before_id;
	/* Of store_read_groups(), where the backend has an index of groups: those that come after
	 * this one, by destination, recipient, sender and score; NULL: all. */
	const struct store_group *after_group;
};

/* Records that have all of these in common, but for case. */
struct store_group {
	enum record_kind kind;
	const char *destination;
	const char *recipient;
	const char *sender;
	int32_t score;
	size_t count;
};

/* How many recipients of a domain were refused in one hour. */
struct store_count {
	enum record_kind kind;
	int64_t hour_us; /* when the hour began, microseconds since 1970 */
	const char *domain;
	int64_t count;
};

#endif
