/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/list_state.h"

#include "base/deadline.h"
#include "base/log.h"
#include "base/log_limit.h"
#include "facts/dns_list.h"
#include "facts/dns_list_file.h"

/* The file is written anew at least so often, so that its age shows whether the process is there.
 */
#define WRITE_US (INT64_C(20) * 1000000)

static bool any_asked(const struct dns_list_reports *reports)
{
	const struct dns_list_report *report;

	vec_foreach (reports, report) {
		if (report->kinds != 0)
			return true;
	}
	return false;
}

static void write_file(struct str path)
{
	static struct log_limit limit = { .interval_us = INT64_C(3600) * 1000000 };
	struct arena *arena = arena_new();
	struct dns_list_reports reports;
	struct error error;
	unsigned left_out;

	dns_lists_report(arena, &reports);
	if (any_asked(&reports) &&
	    !dns_list_file_write(arena_cstr(arena, path), &reports, &error) &&
	    log_limit_pass(&limit, &left_out))
		log_warning(NULL, "lists_file %s; assay lists can't see what this process knows",
		            error.text);
	arena_free(arena);
}

void list_state_tick(struct dns *dns, struct str path)
{
	static int64_t written_us = INT64_MIN;
	int64_t now_us = clock_monotonic_us();

	dns_lists_probe(dns);
	if (path.len == 0 || (written_us != INT64_MIN && now_us - written_us < WRITE_US))
		return;
	written_us = now_us;
	write_file(path);
}
