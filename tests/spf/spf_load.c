/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many SPF checks at once: spf_load SERVER DNS_TIMEOUT_MS TIMEOUT_MS ROUNDS LIST, where each line
 * of LIST is "IP HELO SENDER RESULT". In each round all checks are started, from a few threads,
 * before any is awaited. Says what was wrong or late, and how much memory was used;
 * tests/spf/load.py runs it. A RESULT of "any" is not compared.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/memory.h"
#include "facts/spf.h"

#define THREADS 4
/* Scheduling on a busy machine, with sanitizers. */
#define GRACE_US 1500000

struct item {
	struct spf_input input;
	struct str expected;
	struct spf_check *check;
	int64_t started_us;
};

struct load {
	struct spf *spf;
	int64_t timeout_ms;
	vec_members(struct item);
	unsigned thread; /* the next one's number */
	pthread_mutex_t lock;
	unsigned wrong, late, timed_out;
	int64_t longest_us;
	int64_t sum_us;
};

static void read_list(struct arena *arena, struct load *load, const char *path)
{
	FILE *file = fopen(path, "r");
	char ip[64], helo[256], sender[256], expected[32];

	if (file == NULL) {
		perror(path);
		exit(2);
	}
	while (fscanf(file, "%63s %255s %255s %31s", ip, helo, sender, expected) == 4) {
		struct item *item = vec_add(arena, load);

		item->input.client_ip = arena_str(arena, str_from(ip));
		item->input.helo = arena_str(arena, str_from(helo));
		item->input.sender = arena_str(arena, str_from(sender));
		item->input.receiver = STR("us.example");
		item->expected = arena_str(arena, str_from(expected));
	}
	fclose(file);
}

static void judge(struct load *load, const struct item *item, const struct spf_result *result,
                  int64_t took_us)
{
	bool wrong = !str_eq(item->expected, STR("any")) &&
	             !str_eq(item->expected, str_from(spf_status_name(result->mail_from.status)));

	pthread_mutex_lock(&load->lock);
	load->wrong += wrong;
	load->late += took_us > load->timeout_ms * 1000 + GRACE_US;
	load->timed_out += result->timed_out;
	load->sum_us += took_us;
	if (took_us > load->longest_us)
		load->longest_us = took_us;
	pthread_mutex_unlock(&load->lock);
	if (wrong)
		printf("%.*s %.*s: %s (%.*s), not %.*s\n", STR_FMT(item->input.client_ip),
		       STR_FMT(item->input.sender), spf_status_name(result->mail_from.status),
		       STR_FMT(result->mail_from.problem), STR_FMT(item->expected));
}

static void *run_part(void *context)
{
	struct load *load = context;
	unsigned thread;

	pthread_mutex_lock(&load->lock);
	thread = load->thread++;
	pthread_mutex_unlock(&load->lock);
	for (size_t i = thread; i < load->len; i += THREADS) {
		load->items[i].started_us = clock_monotonic_us();
		load->items[i].check = spf_check_start(load->spf, &load->items[i].input);
		/* As a client that hangs up. */
		if (i % 97 == 96) {
			spf_check_abandon(load->items[i].check);
			load->items[i].check = NULL;
		}
	}
	for (size_t i = thread; i < load->len; i += THREADS) {
		struct item *item = &load->items[i];
		struct arena *arena = arena_new();

		if (item->check != NULL)
			judge(load, item, spf_check_await(arena, item->check, deadline_never()),
			      clock_monotonic_us() - item->started_us);
		arena_free(arena);
	}
	return NULL;
}

static long resident_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static void run_round(struct load *load, int round)
{
	pthread_t threads[THREADS];

	load->thread = 0;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, run_part, load) != 0)
			abort();
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("round %d: %zu checks, %u wrong, %u late, %u timed out, mean %lld ms, "
	       "longest %lld ms, peak memory %ld KiB\n",
	       round, load->len, load->wrong, load->late, load->timed_out,
	       (long long)(load->sum_us / (int64_t)load->len / 1000),
	       (long long)(load->longest_us / 1000), resident_kib());
	load->sum_us = 0;
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct load load = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct dns_settings settings = { 0 };
	struct dns_counters counters;
	struct error error;
	long first_kib = 0;
	int status, rounds;
	struct dns *dns;

	if (argc != 6) {
		fprintf(stderr, "usage: spf_load SERVER DNS_TIMEOUT_MS TIMEOUT_MS ROUNDS LIST\n");
		return 2;
	}
	vec_push(arena, &settings.servers, str_from(argv[1]));
	settings.timeout_ms = atoi(argv[2]);
	load.timeout_ms = atoi(argv[3]);
	rounds = atoi(argv[4]);
	read_list(arena, &load, argv[5]);
	dns = dns_new(&settings, &error);
	if (dns == NULL) {
		fprintf(stderr, "%s\n", error.text);
		return 2;
	}
	load.spf = spf_new(dns, load.timeout_ms);
	for (int round = 1; round <= rounds; round++) {
		run_round(&load, round);
		if (round == (rounds + 1) / 2)
			first_kib = resident_kib();
	}
	counters = dns_counters(dns);
	printf("%llu questions, %llu from the cache, %llu joined, %llu time-outs, %llu failures\n",
	       (unsigned long long)counters.queries, (unsigned long long)counters.cache_hits,
	       (unsigned long long)counters.joined, (unsigned long long)counters.timeouts,
	       (unsigned long long)counters.failures);
	dns_free(dns);
	spf_free(load.spf);
	status = load.wrong > 0 || load.late > 0;
	if (rounds > 2 && resident_kib() > first_kib + first_kib / 10) {
		printf("memory grew from %ld to %ld KiB\n", first_kib, resident_kib());
		status = 1;
	}
	arena_free(arena);
	return status;
}
