/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which limits mail has reached since the filter was started, how large they are, and which to
 * raise. */
#include <inttypes.h>

#include "cli/doctor_check.h"

/* Of all messages: so often, a limit is more than a rare odd message. */
#define HINT_SHARE    0.01
#define WARNING_SHARE 0.05
/* Of these already less is too often: the score is not what it would be, and nothing is dropped. */
#define DOUBT_SHARE 0.001
/* Fewer messages tell nothing. */
#define FEWEST_MESSAGES 20

struct limit_row {
	const char *name;
	const char *what;
	const char *mend; /* "%s" is none: the size is in the text */
	bool is_doubt;
};

static const struct limit_row rows[] = {
	{ "message-size", "were larger than max_message_size and scanned up to there",
	  "raise max_message_size in assay.conf", false },
	{ "scan-timeout", "were not done within scan_timeout",
	  "assay doctor --only cost,resolver; then raise scan_timeout, or scanners, in assay.conf",
	  true },
	{ "match-limit", "made a pattern reach match_limit",
	  "journalctl -u assayd names the rules; rewrite them, or raise match_limit in assay.conf",
	  true },
	{ "no-scanner", "got no scanner in time, so no rule was tried",
	  "raise scanners in assay.conf, or give the host more processors", true },
	{ "headers", "had more than 1,000 header fields", "", false },
	{ "header-size", "had a larger header than 256 KiB, or a field of more than 64", "",
	  false },
	{ "parts", "had more than 1,000 parts", "", false },
	{ "depth", "had parts that are nested more than 20 deep", "", false },
	{ "text-size", "had more than 4 MiB of text", "", false },
	{ "uris", "had more than 2,000 links", "", false },
};

static struct str size_of(struct doctor *doctor, const char *name)
{
	const struct settings *settings = &doctor->settings;
	struct str limit = str_from(name);

	if (str_eq(limit, STR("message-size")))
		return arena_printf(doctor->arena, " (%.*s)",
		                    STR_FMT(doctor_size(doctor, settings->max_message_size)));
	if (str_eq(limit, STR("scan-timeout")))
		return arena_printf(doctor->arena, " (%" PRId64 " s)",
		                    settings->scan_timeout / 1000);
	if (str_eq(limit, STR("match-limit")))
		return arena_printf(doctor->arena, " (%" PRId64 ")", settings->match_limit);
	return STR("");
}

static enum doctor_level level_of(const struct limit_row *row, double share)
{
	if (row->is_doubt)
		return share > DOUBT_SHARE ? DOCTOR_WARNING : DOCTOR_FINE;
	if (row->mend[0] == '\0')
		return DOCTOR_FINE;
	return share > WARNING_SHARE ? DOCTOR_WARNING
	       : share > HINT_SHARE  ? DOCTOR_HINT
	                             : DOCTOR_FINE;
}

static void tell(struct doctor *doctor, const struct limit_row *row, int64_t count, int64_t all)
{
	double share = (double)count / (double)all;
	enum doctor_level level = level_of(row, share);

	doctor_tell(doctor, level, str_from(level > DOCTOR_FINE ? row->mend : ""),
	            "%" PRId64 " of %" PRId64 " messages %s%.*s", count, all, row->what,
	            STR_FMT(size_of(doctor, row->name)));
}

/* Limits of all mail together, beyond which it is turned away, or passes without a scan. */
struct overload_row {
	const char *name; /* of the setting, too */
	const char *what;
	const char *mend;
};

static const struct overload_row overload_rows[] = {
	{ "max_connections", "there were more connections",
	  "raise max_connections in assay.conf, or let the mail servers open fewer (Postfix: "
	  "maxproc of smtpd in master.cf; Sendmail: MaxDaemonChildren)" },
	{ "max_connections_per_client", "one mail server had more connections",
	  "raise max_connections_per_client in assay.conf, or let that mail server open fewer" },
	{ "max_memory", "the messages needed more memory",
	  "raise max_memory in assay.conf, give the host more memory, or let the mail servers send "
	  "fewer at a time" },
	{ "max_waiting", "more messages waited for a scanner",
	  "assay doctor --only cost,resolver; then give the host more processors, or raise scanners "
	  "or max_waiting in assay.conf" },
};

/* As the filter has it, which may be by default. */
static struct str overload_size(struct doctor *doctor, const char *name)
{
	const struct settings *settings = &doctor->settings;
	const json_t *now = json_object_get(doctor->status, "now");
	struct str limit = str_from(name);
	int64_t count = settings->max_waiting;

	if (str_eq(limit, STR("max_memory")))
		return doctor_size(doctor, json_integer_value(json_object_get(now, "bytes_limit")));
	if (str_eq(limit, STR("max_connections")))
		count = settings->max_connections;
	else if (str_eq(limit, STR("max_connections_per_client")))
		count = settings->max_connections_per_client;
	return arena_printf(doctor->arena, "%" PRId64, count);
}

static void tell_overload(struct doctor *doctor, const struct overload_row *row, int64_t count,
                          int64_t scanned)
{
	double share = (double)count / (double)(count + scanned);
	const char *then = doctor->settings.overload == OVERLOAD_ACCEPT ? "passed without a scan"
	                                                                : "was asked for later";

	doctor_tell(doctor, share > HINT_SHARE ? DOCTOR_WARNING : DOCTOR_HINT, str_from(row->mend),
	            "%" PRId64 " times mail %s (%" PRId64
	            " messages were scanned), since %s than %s (%.*s)",
	            count, then, scanned, row->what, row->name,
	            STR_FMT(overload_size(doctor, row->name)));
}

static void tell_overloads(struct doctor *doctor, int64_t scanned)
{
	const json_t *overloads =
		json_object_get(json_object_get(doctor->status, "messages"), "overload");

	for (size_t i = 0; i < sizeof(overload_rows) / sizeof(overload_rows[0]); i++) {
		int64_t count =
			json_integer_value(json_object_get(overloads, overload_rows[i].name));

		if (count > 0)
			tell_overload(doctor, &overload_rows[i], count, scanned);
	}
}

void doctor_limits(struct doctor *doctor)
{
	const json_t *limits =
		json_object_get(json_object_get(doctor->status, "messages"), "limits");
	int64_t all = json_integer_value(
		json_object_get(json_object_get(doctor->status, "scans"), "count"));

	if (doctor->status == NULL) {
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR(""),
		            "only a running filter knows which limits mail reaches");
		return;
	}
	tell_overloads(doctor, all);
	for (size_t i = 0; all >= FEWEST_MESSAGES && i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t count = json_integer_value(json_object_get(limits, rows[i].name));

		if (count > 0)
			tell(doctor, &rows[i], count, all);
	}
	if (doctor->findings.len == 0)
		doctor_tell(doctor, DOCTOR_FINE, STR(""),
		            all < FEWEST_MESSAGES ? "few messages came since the filter started"
		                                  : "no message has reached a limit");
}
