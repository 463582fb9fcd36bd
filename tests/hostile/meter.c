/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What single messages cost: meter [--rules PATH]... [--runs N] FILE... prints an object of JSON a
 * line for each file: processor time of the whole pipeline and of reading alone (parse, decode,
 * render, URIs, relays), the most memory that was taken above what the program had before, and the
 * limits that were hit. The first line tells the time of a fixed piece of work, by which figures of
 * slow machines and of builds with sanitizers can be judged. Each message has a process of its own,
 * so that nothing is warm and the memory is its own; of several runs the fastest counts.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "facts/facts.h"
#include "facts/facts_gather.h"
#include "scoring/assay.h"

struct cost {
	double total_ms;
	double read_ms;
	long peak_kib;
	char limits[256];
};

static double cpu_ms(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

/* A line of /proc/self/status in KiB. */
static long status_kib(const char *key)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long value = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			value = atol(line + strlen(key));
	if (file != NULL)
		fclose(file);
	return value;
}

static struct str read_file(struct arena *arena, const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat status;
	char *data;
	ssize_t got;

	if (fd < 0 || fstat(fd, &status) != 0) {
		perror(path);
		exit(1);
	}
	data = arena_alloc(arena, (size_t)status.st_size + 1);
	got = read(fd, data, (size_t)status.st_size);
	close(fd);
	return (struct str){ data, got > 0 ? (size_t)got : 0 };
}

/* What the pipeline does before the rules. */
static void read_only(const struct policy *policy, struct str raw, const struct envelope *envelope)
{
	struct arena *arena = arena_new();
	struct message_limits limits = message_default_limits();
	struct facts_input input = { .envelope = envelope, .deadline = deadline_in_ms(60000) };

	limits.max_bytes = (size_t)policy->settings.max_message_size;
	input.message = message_parse(arena, raw, &limits);
	input.headers = &input.message->headers;
	facts_gather(arena, &input, &policy->facts_settings);
	arena_free(arena);
}

static void measure(const struct policy *policy, const char *path, struct cost *cost)
{
	struct arena *arena = arena_new();
	struct str raw = read_file(arena, path);
	struct envelope envelope = { .received_at = time(NULL) };
	struct assay_input input = { .envelope = &envelope, .stored = true };
	const struct assay *assay;
	size_t max = (size_t)policy->settings.max_message_size;
	long before = status_kib("VmRSS:");
	double started = cpu_ms();

	input.raw = str_prefix(raw, max);
	input.truncated = raw.len > max;
	input.deadline = deadline_in_ms(policy->settings.scan_timeout);
	assay = assay_message(arena, policy, &input);
	cost->total_ms = cpu_ms() - started;
	cost->peak_kib = status_kib("VmHWM:") - before;
	for (size_t i = 0; i < assay->limits.len; i++)
		snprintf(cost->limits + strlen(cost->limits),
		         sizeof(cost->limits) - strlen(cost->limits), "%s\"%.*s\"",
		         i > 0 ? "," : "", STR_FMT(assay->limits.items[i]));
	started = cpu_ms();
	read_only(policy, input.raw, &envelope);
	cost->read_ms = cpu_ms() - started;
}

/* In a process of its own; false where that ended badly. */
static bool measure_apart(const struct policy *policy, const char *path, struct cost *cost)
{
	int ends[2], status;
	ssize_t got;
	pid_t child;

	if (pipe(ends) != 0 || (child = fork()) < 0)
		abort();
	if (child == 0) {
		struct cost own = { 0 };

		measure(policy, path, &own);
		_exit(write(ends[1], &own, sizeof(own)) == sizeof(own) ? 0 : 1);
	}
	close(ends[1]);
	got = read(ends[0], cost, sizeof(*cost));
	close(ends[0]);
	waitpid(child, &status, 0);
	return status == 0 && got == sizeof(*cost);
}

static bool report(const struct policy *policy, const char *path, int runs)
{
	struct cost best = { 0 }, cost;
	struct stat status;

	for (int i = 0; i < runs; i++) {
		if (!measure_apart(policy, path, &cost)) {
			printf("{\"file\":\"%s\",\"died\":true}\n", path);
			return false;
		}
		if (i == 0 || cost.total_ms < best.total_ms)
			best = cost;
	}
	printf("{\"file\":\"%s\",\"bytes\":%ld,\"cpu_ms\":%.2f,\"read_ms\":%.2f,\"peak_kib\":%ld,"
	       "\"limits\":[%s]}\n",
	       path, stat(path, &status) == 0 ? (long)status.st_size : 0, best.total_ms,
	       best.read_ms, best.peak_kib, best.limits);
	fflush(stdout);
	return true;
}

/* Bytes through a hash one by one: about 10 ms on a processor of 2020. */
static double fixed_work_ms(void)
{
	static char bytes[1 << 20];
	double started = cpu_ms();
	volatile uint64_t hash;

	for (int i = 0; i < 10; i++)
		hash = str_hash((struct str){ bytes, sizeof(bytes) });
	(void)hash;
	return cpu_ms() - started;
}

static struct policy *load(struct str_list *rules)
{
	struct arena *arena = arena_new(), *problem_arena = arena_new();
	struct problems problems;
	struct settings settings;
	struct policy *policy;

	problems_init(&problems, problem_arena);
	settings_init(&settings, arena);
	settings.rules = *rules;
	settings.network_tests = false;
	settings.scanners = 1;
	policy = policy_build(arena, &settings, &problems);
	for (size_t i = 0; policy == NULL && i < problems.len; i++)
		fprintf(stderr, "%.*s\n", STR_FMT(problems.items[i].text));
	arena_free(problem_arena);
	return policy;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "rules", required_argument, NULL, 'r' },
		                                 { "runs", required_argument, NULL, 'n' },
		                                 { 0 } };
	struct arena *arena = arena_new();
	struct str_list rules = { 0 };
	struct policy *policy;
	int runs = 1, option, status = 0;

	while ((option = getopt_long(argc, argv, "r:n:", options, NULL)) != -1) {
		if (option == 'r')
			vec_push(arena, &rules, str_from(optarg));
		else if (option == 'n')
			runs = atoi(optarg);
		else
			return 64;
	}
	policy = load(&rules);
	if (policy == NULL)
		return 78;
	/* What loading left free would hide what messages take. */
	memory_trim();
	printf("{\"fixed_work_ms\":%.2f}\n", fixed_work_ms());
	fflush(stdout);
	for (; optind < argc; optind++)
		if (!report(policy, argv[optind], runs))
			status = 1;
	policy_free(policy);
	arena_free(arena);
	return status;
}
