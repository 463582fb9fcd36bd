/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/status_output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/shown.h"
#include "base/strbuf.h"

static const json_t *get(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(get(object, key));

	return text != NULL ? text : "";
}

static double number_of(const json_t *object, const char *key)
{
	return json_number_value(get(object, key));
}

static int64_t count_of(const json_t *object, const char *key)
{
	return (int64_t)json_integer_value(get(object, key));
}

static double megabytes(const json_t *object, const char *key)
{
	return number_of(object, key) / (1 << 20);
}

#define TIME_SIZE 40

/* "12 s", "5 min", "3 h 20 min", "4 d 2 h" */
static const char *time_text(double seconds, char text[TIME_SIZE])
{
	int64_t s = (int64_t)seconds;

	if (s < 120)
		snprintf(text, TIME_SIZE, "%" PRId64 " s", s);
	else if (s < 7200)
		snprintf(text, TIME_SIZE, "%" PRId64 " min", s / 60);
	else if (s < 2 * 86400)
		snprintf(text, TIME_SIZE, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
	else
		snprintf(text, TIME_SIZE, "%" PRId64 " d %" PRId64 " h", s / 86400, s / 3600 % 24);
	return text;
}

static void print_troubles(FILE *out, const json_t *troubles)
{
	const json_t *trouble;
	char time[TIME_SIZE];
	size_t i;

	json_array_foreach(troubles, i, trouble)
	{
		fprintf(out, "degraded   %s: %s", text_of(trouble, "name"),
		        text_of(trouble, "text"));
		if (number_of(trouble, "age_seconds") >= 1)
			fprintf(out, "; for %s",
			        time_text(number_of(trouble, "age_seconds"), time));
		if (count_of(trouble, "count") > 1)
			fprintf(out, ", %" PRId64 " times", count_of(trouble, "count"));
		putc('\n', out);
	}
}

static void print_rules(FILE *out, const json_t *policy)
{
	const json_t *reload = get(policy, "reload"), *problem;
	char time[TIME_SIZE];
	size_t i;

	fprintf(out, "rules      %s, %" PRId64 " from %" PRId64 " files, loaded %s ago%s\n",
	        text_of(policy, "id"), count_of(policy, "rules"), count_of(policy, "files"),
	        time_text(number_of(policy, "age_seconds"), time),
	        json_is_true(get(policy, "provisional")) ? ", still being compiled" : "");
	if (!json_is_object(reload))
		return;
	fprintf(out, "reload     the last one (%s) %s\n", text_of(reload, "why"),
	        json_is_true(get(reload, "reloaded")) ? "is in force" : "was refused");
	json_array_foreach(get(reload, "problems"), i, problem) fprintf(
		out, "           %s: %s\n", text_of(problem, "severity"), text_of(problem, "text"));
}

static void print_messages(FILE *out, const json_t *messages)
{
	const char *listener, *action;
	json_t *actions, *count;

	json_object_foreach((json_t *)get(messages, "by_listener"), listener, actions)
	{
		int64_t all = 0;

		json_object_foreach(actions, action, count) all += json_integer_value(count);
		fprintf(out, "mail       %s: %" PRId64, listener, all);
		json_object_foreach(actions, action, count)
		{
			if (json_integer_value(count) > 0)
				fprintf(out, ", %s %" PRId64, action,
				        (int64_t)json_integer_value(count));
		}
		putc('\n', out);
	}
}

static void print_scans(FILE *out, const json_t *scans)
{
	int64_t all = count_of(scans, "count"), before = 0;
	const json_t *bucket;
	size_t i;

	if (all == 0)
		return;
	fprintf(out, "scans      %.1f ms on average; up to",
	        number_of(scans, "sum_seconds") * 1000 / (double)all);
	json_array_foreach(get(scans, "within"), i, bucket)
	{
		int64_t count = count_of(bucket, "count");

		if (count > before)
			fprintf(out, " %g ms: %.1f %%%s", number_of(bucket, "seconds") * 1000,
			        100.0 * (double)count / (double)all, count < all ? "," : "");
		before = count;
	}
	if (before < all)
		fprintf(out, " longer: 100 %%");
	putc('\n', out);
}

static void print_counts(FILE *out, const json_t *counts, const char *title)
{
	const char *name, *before = title;
	json_t *count;

	json_object_foreach((json_t *)counts, name, count)
	{
		if (json_integer_value(count) == 0)
			continue;
		fprintf(out, "%s%s %" PRId64, before, name, (int64_t)json_integer_value(count));
		before = ", ";
	}
	if (before[0] == ',')
		putc('\n', out);
}

static void print_now(FILE *out, const json_t *now, const json_t *memory)
{
	fprintf(out,
	        "now        %" PRId64 " of %" PRId64 " connections, %" PRId64
	        " messages with %.1f of %.0f MB, %" PRId64 " of %" PRId64
	        " scanners at work, %" PRId64 " of %" PRId64 " messages wait; %.0f MB of memory\n",
	        count_of(now, "connections"), count_of(now, "connections_limit"),
	        count_of(now, "messages"), megabytes(now, "bytes"), megabytes(now, "bytes_limit"),
	        count_of(now, "scanners_busy"), count_of(now, "scanners"),
	        count_of(now, "waiting_for_scanner"), count_of(now, "waiting_limit"),
	        megabytes(memory, "resident_bytes"));
}

static void print_dns(FILE *out, const json_t *dns, const json_t *lists)
{
	const json_t *item;
	size_t i;

	fprintf(out,
	        "dns        %" PRId64 " asked, %" PRId64 " from the cache, %" PRId64
	        " joined others, %" PRId64 " timed out, %" PRId64 " failed%s\n",
	        count_of(dns, "asked"), count_of(dns, "cached"), count_of(dns, "joined"),
	        count_of(dns, "timeouts"), count_of(dns, "failures"),
	        json_is_true(get(dns, "dead")) ? "; no server answers" : "");
	json_array_foreach(get(dns, "servers"), i, item)
		fprintf(out, "           %s%s%s: %" PRId64 " sent, %" PRId64 " answered\n",
	                text_of(item, "address"), *text_of(item, "zone") != '\0' ? " for " : "",
	                text_of(item, "zone"), count_of(item, "asked"), count_of(item, "answered"));
	json_array_foreach(lists, i, item) fprintf(
		out,
		"list       %s: %s, %" PRId64 " asked, %" PRId64 " listed, %" PRId64
		" without an answer, %.0f ms\n",
		text_of(item, "list"), text_of(item, "state"), count_of(item, "asked"),
		count_of(item, "listed"), count_of(item, "timeouts") + count_of(item, "failures"),
		number_of(item, "mean_seconds") * 1000);
}

static void print_store(FILE *out, const json_t *store)
{
	char time[TIME_SIZE];

	fprintf(out, "store      %s: %s; %" PRId64 " records written in %" PRId64 " commits",
	        text_of(store, "where"),
	        json_is_true(get(store, "works")) ? "works" : text_of(store, "state"),
	        count_of(store, "written"), count_of(store, "commits"));
	if (json_is_number(get(store, "last_commit_seconds")))
		fprintf(out, ", the last %s ago",
		        time_text(number_of(store, "last_commit_seconds"), time));
	fprintf(out, "; %" PRId64 " wait, %" PRId64 " lost", count_of(store, "queued"),
	        count_of(store, "lost"));
	if (count_of(store, "journal_bytes") > 0)
		fprintf(out, "; %.1f MB in the journal", megabytes(store, "journal_bytes"));
	putc('\n', out);
}

static void print_learning(FILE *out, const json_t *learning)
{
	fprintf(out,
	        "learning   %" PRId64 " good messages and %" PRId64 " of spam, %" PRId64
	        " models in memory, %" PRId64 " lessons wait%s%s\n",
	        count_of(learning, "ham"), count_of(learning, "spam"), count_of(learning, "models"),
	        count_of(learning, "waiting"), *text_of(learning, "trouble") != '\0' ? "; " : "",
	        text_of(learning, "trouble"));
}

static void print_antivirus(FILE *out, const json_t *antivirus)
{
	const char *name;
	json_t *count;

	if (antivirus == NULL)
		return;
	fprintf(out, "antivirus  %s: %s", text_of(antivirus, "where"),
	        json_is_true(get(antivirus, "works")) ? "works" : "dead, asked only now and then");
	json_object_foreach((json_t *)get(antivirus, "scans"), name, count)
	{
		if (json_integer_value(count) > 0)
			fprintf(out, ", %s %" PRId64, name, (int64_t)json_integer_value(count));
	}
	putc('\n', out);
}

static void print_adapted(FILE *out, const json_t *adapted)
{
	char time[TIME_SIZE];
	const json_t *entry;
	size_t i;

	json_array_foreach(adapted, i, entry) fprintf(
		out, "adapted    %s: forwards are dropped from %g on instead of %g, since %s\n",
		text_of(entry, "destination"), number_of(entry, "threshold"),
		number_of(entry, "configured"), time_text(number_of(entry, "age_seconds"), time));
}

static void print_all(FILE *out, const json_t *status)
{
	char time[TIME_SIZE];

	fprintf(out, "assayd %s, pid %" PRId64 ", up %s, configuration %s: %s\n",
	        text_of(status, "version"), count_of(status, "pid"),
	        time_text(number_of(status, "uptime_seconds"), time),
	        *text_of(status, "configuration") != '\0' ? text_of(status, "configuration")
	                                                  : "built in",
	        text_of(status, "state"));
	print_troubles(out, get(status, "troubles"));
	print_rules(out, get(status, "policy"));
	print_messages(out, get(status, "messages"));
	print_scans(out, get(status, "scans"));
	print_counts(out, get(get(status, "messages"), "limits"), "limits     ");
	print_counts(out, get(get(status, "messages"), "overload"), "overload   ");
	print_now(out, get(status, "now"), get(status, "memory"));
	print_dns(out, get(status, "dns"), get(status, "lists"));
	print_store(out, get(status, "store"));
	print_learning(out, get(status, "learning"));
	print_antivirus(out, get(status, "antivirus"));
	print_adapted(out, get(status, "adapted"));
}

struct str status_output_text(struct arena *arena, const json_t *status)
{
	struct str text = STR(""), line;
	struct strbuf shown;
	char *data = NULL;
	FILE *out = open_memstream(&data, &text.len);

	strbuf_init(&shown, arena);
	if (out != NULL) {
		print_all(out, status);
		fclose(out);
	}
	text.data = data;
	while (str_next_line(&text, &line)) {
		strbuf_add(&shown, shown_text(arena, line));
		strbuf_add_char(&shown, '\n');
	}
	free(data);
	return strbuf_str(&shown);
}
