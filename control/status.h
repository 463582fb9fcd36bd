/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a running filter knows of itself, as a plain value in an arena: filled by the daemon,
 * written as JSON (status_json.h) and as metrics. Counters count from the start of the process;
 * times are microseconds.
 */
#ifndef CONTROL_STATUS_H
#define CONTROL_STATUS_H

#include "control/reload_result.h"

struct status_policy {
	struct str id;       /* of the rule files' texts: the same on hosts that have the same */
	int64_t age_us;      /* since it was loaded */
	int64_t newest_us;   /* when a rule file was last changed, since 1970; 0: there is none */
	size_t rules, files; /* of the rule set */
	bool provisional;    /* rules are still being compiled: the same hits, slower */
	bool has_reload;     /* there was a reload: */
	struct reload_result reload;
};

/* Something that doesn't work as it should, though mail is served. */
struct status_trouble {
	struct str name; /* "reload", "dns", "store", … */
	struct str text; /* what, and what to do */
	int64_t age_us;  /* since it began */
	uint64_t count;  /* failures since then; 0: they aren't counted */
};

struct status_count {
	struct str name;
	uint64_t count;
};

struct status_messages {
	struct str listener; /* "front", "forward": see [daemon NAME] */
	struct str action;
	uint64_t count;
};

/* Bounds of the histogram of scans, rising. */
#define STATUS_SCAN_BUCKETS 14
extern const int64_t status_scan_bounds_us[STATUS_SCAN_BUCKETS];

struct status_dns_server {
	struct str address;
	struct str zone;   /* whose names it is asked for; empty: all others */
	uint64_t asked;    /* packets sent */
	uint64_t answered; /* those that were answered at all */
};

struct status_dns {
	uint64_t asked, cached, joined, timeouts, failures, in_flight;
	bool dead; /* no server answers */
	struct {
		vec_members(struct status_dns_server);
	} servers;
};

struct status_list {
	struct str zone;
	struct str state; /* "used", "suspended", "unconfirmed", "not probed" */
	struct str reason, advice;
	bool suspended;
	int64_t age_us; /* in this state */
	uint64_t asked, listed, timeouts, failures;
	uint64_t refused; /* questions not asked while it was suspended */
	int64_t mean_us;  /* of an answer */
};

struct status_store {
	struct str where;
	struct str state; /* "works", or what doesn't */
	bool works;       /* records can be made durable, and are believed to be */
	uint64_t written, lost, commits;
	size_t queued;         /* records that wait, and … */
	size_t waiting;        /* of them, those that a drop waits for */
	int64_t commit_age_us; /* since the last commit; -1: there was none */
	int64_t journal_bytes; /* what waits in the journal for a server */
};

struct status_learning {
	bool works;
	struct str trouble;
	bool has_taught;
	uint64_t ham, spam; /* messages that the site's model has learned */
	size_t models;      /* in memory */
	size_t waiting;     /* lessons to be written */
};

/* All zero where no scanner of viruses is asked. */
struct status_antivirus {
	struct str where; /* empty: none is asked */
	bool works;       /* it wasn't found dead */
	struct {
		vec_members(struct status_count);
	} scans;           /* by result */
	int64_t waited_us; /* for all of them together */
};

/* A destination whose drop threshold is lowered. */
struct status_adapted {
	struct str destination;
	int32_t threshold, configured; /* thousandths */
	int64_t age_us;                /* since the last step */
};

struct status {
	struct str version;
	int64_t pid;
	struct str configuration; /* its file; empty: built-in defaults */
	int64_t time_us;          /* now, since 1970 */
	int64_t uptime_us;
	struct status_policy policy;
	struct {
		vec_members(struct status_trouble);
	} troubles; /* none: all is well */

	struct {
		vec_members(struct status_messages);
	} messages;     /* each pair of listener and action */
	uint64_t bytes; /* of all messages */
	uint64_t scans, scans_within[STATUS_SCAN_BUCKETS];
	int64_t scan_us; /* all scans together */
	struct {
		vec_members(struct status_count);
	} limits;
	/* Messages that were turned away, or not scanned, by the limit of overload's. */
	struct {
		vec_members(struct status_count);
	} overloads;

	size_t connections, connections_limit;
	size_t messages_in_flight;
	size_t bytes_in_flight, bytes_limit; /* memory that messages have, and may have */
	size_t scanners, scanners_busy;
	size_t waiting; /* messages that wait for a scanner, or for memory */
	size_t waiting_limit;
	size_t memory_bytes; /* resident */
	bool memory_short;

	struct status_dns dns;
	struct {
		vec_members(struct status_list);
	} lists;
	struct status_store store;
	struct status_learning learning;
	struct status_antivirus antivirus;
	struct {
		vec_members(struct status_adapted);
	} adapted;
};

#endif
