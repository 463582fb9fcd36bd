/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of a view of the records: a plain value; see store_view.h. */
#ifndef STORE_STORE_FILTER_H
#define STORE_STORE_FILTER_H

#include <stdbool.h>

#include "base/str.h"

/* Rows of one answer at most. */
#define STORE_VIEW_ROWS_MAX 1000
/* Bytes of a text that is searched for; what is longer is refused. */
#define STORE_VIEW_TEXT_MAX 1000
/* How long it is looked for what has no index, milliseconds; and at most. */
#define STORE_VIEW_PATIENCE_MS     50
#define STORE_VIEW_PATIENCE_MAX_MS 5000

/* What is wanted; empty texts and 0 select all. Letters are the same in any case, as far as they
 * are ASCII. */
struct store_filter {
	unsigned kinds; /* 1 << RECORD_DISCARDED …; 0: all */
	bool tagged_only;
	bool infected_only;     /* with the name of malware */
	struct str account;     /* recipients: an address, or a domain */
	struct str destination; /* likewise */
	struct str message;     /* a scan id, queue id or Message-ID, or that in angle brackets */
	struct str sender;      /* an address, or any part of one */
	struct str subject;     /* any part of it */
	struct str text;  /* any part of sender, recipient, destination or Subject; or an id as
	                   * of `message` */
	int64_t since_us; /* from then on … */
	int64_t until_us; /* … and before that; 0: no end */
	int64_t before_us, before_id; /* only what is older than this record; 0: all */
	size_t limit;                 /* rows, up to STORE_VIEW_ROWS_MAX; 0: as many */
	int patience_ms;              /* up to STORE_VIEW_PATIENCE_MAX_MS; 0: the usual */
};

#endif
