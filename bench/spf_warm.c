/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much processor time SPF takes when the DNS cache has all answers: spf_warm [CHECKS]. A check
 * is both identities, from spf_check_start() to the result in the message's arena.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "facts/spf.h"
#include "tests/unit/fake_dns.h"

#define TTL 3600

static const struct fake_record records[] = {
	{ "short.example", DNS_TXT, "v=spf1 ip4:192.0.2.1 -all" },
	{ "mail.short.example", DNS_TXT, "v=spf1 a -all" },
	{ "mail.short.example", DNS_A, "192.0.2.1" },
	/* As large senders have it: includes of includes, many networks. */
	{ "large.example", DNS_TXT,
	  "v=spf1 include:_spf.large.example include:other.example ~all" },
	{ "_spf.large.example", DNS_TXT,
	  "v=spf1 include:_1.large.example include:_2.large.example include:_3.large.example ~all" },
	{ "_1.large.example", DNS_TXT,
	  "v=spf1 ip4:198.51.100.0/25 ip4:203.0.113.0/24 ip4:198.18.0.0/20 ip4:198.18.32.0/19 "
	  "ip4:198.18.64.0/18 ip4:198.18.128.0/20 ip4:198.19.0.0/19 ip4:198.19.64.0/18 ~all" },
	{ "_2.large.example", DNS_TXT,
	  "v=spf1 ip6:2001:db8:4000::/36 ip6:2001:db8:6000::/36 ip6:2001:db8:8000::/36 "
	  "ip6:2001:db8:a000::/36 ip6:2001:db8:c000::/36 ~all" },
	{ "_3.large.example", DNS_TXT, "v=spf1 ip4:198.51.100.128/27 ip4:198.51.100.160/28 ~all" },
	{ "other.example", DNS_TXT, "v=spf1 mx a:out.other.example/28 -all" },
	{ "other.example", DNS_MX, "mx1.other.example" },
	{ "other.example", DNS_MX, "mx2.other.example" },
	{ "mx1.other.example", DNS_A, "203.0.113.200" },
	{ "mx2.other.example", DNS_A, "203.0.113.201" },
	{ "out.other.example", DNS_A, "192.0.2.3" },
	{ "macros.example", DNS_TXT,
	  "v=spf1 exists:%{ir}.%{v}._spf.%{d} exists:%{l1r+-}._user.%{d2} -all exp=why.%{d}" },
	{ "why.macros.example", DNS_TXT, "%{i} is not one of %{d}'s mailers" },
	{ 0 },
};

static double cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void run(struct spf *spf, const char *what, struct spf_input input, int checks)
{
	const struct spf_result *result;
	struct arena *arena;
	double started = 0;

	/* The first fill the cache. */
	for (int i = -100; i < checks; i++) {
		if (i == 0)
			started = cpu_us();
		arena = arena_new();
		result = spf_check_await(arena, spf_check_start(spf, &input), deadline_never());
		if (i + 1 == checks)
			printf("%-44s %-9s %2zu lookups %8.2f us a check\n", what,
			       spf_status_name(result->mail_from.status),
			       result->mail_from.lookup_count + result->helo_check.lookup_count,
			       (cpu_us() - started) / checks);
		arena_free(arena);
	}
}

int main(int argc, char **argv)
{
	struct fake_zone zone = { records, TTL, 0 };
	struct dns *dns = dns_new_from(fake_answer, &zone);
	struct spf *spf = spf_new(dns, 0);
	struct spf_input input = { STR("192.0.2.1"), STR("mail.short.example"),
		                   STR("joe@short.example"), STR("us.example") };
	int checks = argc > 1 ? atoi(argv[1]) : 100000;
	struct dns_counters counters;

	run(spf, "one network, and HELO with an address", input, checks);
	input.sender = STR("joe@large.example");
	run(spf, "six includes, twenty networks, MX and A", input, checks);
	input.sender = STR("joe-x+y@macros.example");
	input.client_ip = STR("2001:db8::1");
	run(spf, "macros and an explanation, over IPv6", input, checks);
	input.sender = STR("joe@nothing.example");
	run(spf, "no record", input, checks);
	counters = dns_counters(dns);
	printf("%llu questions, %llu from the cache\n", (unsigned long long)counters.queries,
	       (unsigned long long)counters.cache_hits);
	dns_free(dns);
	spf_free(spf);
	return 0;
}
