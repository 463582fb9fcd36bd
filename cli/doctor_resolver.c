/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whom does the filter ask, and are they good for DNS lists? A public resolver is refused by them,
 * one that is far costs each message its way thirty times, one that makes up answers lists
 * everybody.
 */
#include <inttypes.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor_check.h"
#include "cli/doctor_public.h"
#include "facts/dns.h"
#include "facts/dns_servers.h"

#define TIMEOUT_MS 3000
/* A name that is always there, and whose answer may be kept for days. */
#define KNOWN_NAME "a.root-servers.net"
/* A resolver on this host, or beside it, takes less for what it has in its cache. */
#define NEAR_US 5000
#define FAR_US  20000
/* In the time between two questions, the life of what is in a cache gets shorter. */
#define PAUSE_US 1300000
#define ROUNDS   4
/* systemd's resolver; and whom that asks in turn. */
#define RESOLVED_ADDRESS "127.0.0.53"
#define RESOLVED_CONF    "/run/systemd/resolve/resolv.conf"

#define OWN_RESOLVER                                                                               \
	"apt install unbound; in assay.conf: dns_server 127.0.0.1; systemctl restart assayd"

struct answer {
	enum dns_status status;
	int64_t took_us;
	int64_t life_us;
};

/* One question to one server, whatever was asked before. */
static struct answer ask(struct doctor *doctor, struct str server, struct str name)
{
	struct dns_settings settings = { .timeout_ms = TIMEOUT_MS };
	struct answer result = { .status = DNS_FAILED };
	const struct dns_answer *answer;
	struct dns_query *query;
	struct error error;
	struct dns *dns;
	int64_t began;

	vec_push(doctor->arena, &settings.servers, server);
	dns = dns_new(&settings, &error);
	if (dns == NULL)
		return result;
	began = clock_monotonic_us();
	query = dns_query_start(dns, name, DNS_A);
	answer = dns_query_wait(query, deadline_in_ms(TIMEOUT_MS + 1000));
	result.took_us = clock_monotonic_us() - began;
	result.status = answer != NULL ? answer->status : DNS_TIMEOUT;
	if (answer != NULL)
		result.life_us = answer->expires_us - clock_monotonic_us();
	dns_query_free(query);
	dns_free(dns);
	return result;
}

static void tell_public(struct doctor *doctor, struct str server, const char *owner, const char *by)
{
	doctor_tell(doctor, DOCTOR_WARNING, STR(OWN_RESOLVER),
	            "%.*s is a public resolver, of %s%s: DNS lists refuse it, and what they would "
	            "say is missing from each score",
	            STR_FMT(server), owner, by);
}

/* Nobody has registered it. */
static struct str made_up_name(struct doctor *doctor)
{
	unsigned char bytes[12];
	char name[sizeof(bytes) + 1] = "";

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return STR("");
	for (size_t i = 0; i < sizeof(bytes); i++)
		name[i] = (char)('a' + bytes[i] % 26);
	return arena_printf(doctor->arena, "assay-%s.com", name);
}

static bool makes_up(struct doctor *doctor, struct str server)
{
	struct str name = made_up_name(doctor);

	if (name.len == 0 || ask(doctor, server, name).status != DNS_OK)
		return false;
	doctor_tell(doctor, DOCTOR_WARNING, STR(OWN_RESOLVER),
	            "%.*s makes up answers: it has an address for %.*s, which nobody has "
	            "registered; rules that look whether a name exists are wrong by that",
	            STR_FMT(server), STR_FMT(name));
	return true;
}

/* What it takes for what it was just asked, and whether that gets older meanwhile. */
static void judge_cache(struct doctor *doctor, struct str server, struct answer first)
{
	int64_t least_us = INT64_MAX;
	struct answer last = first;
	bool ages;

	usleep(PAUSE_US);
	for (int i = 0; i < ROUNDS && last.status != DNS_TIMEOUT; i++) {
		last = ask(doctor, server, STR(KNOWN_NAME));
		if (last.took_us < least_us)
			least_us = last.took_us;
	}
	ages = last.life_us < first.life_us - PAUSE_US / 3;
	if (makes_up(doctor, server))
		return;
	if (!ages && least_us > NEAR_US)
		doctor_tell(doctor, DOCTOR_WARNING, STR(OWN_RESOLVER),
		            "%.*s keeps no answers: what it was just asked takes it %" PRId64
		            " ms again",
		            STR_FMT(server), least_us / 1000);
	else if (least_us > FAR_US)
		doctor_tell(doctor, DOCTOR_HINT, STR(OWN_RESOLVER),
		            "%.*s is far: an answer that it has takes %" PRId64
		            " ms, and a message asks thirty questions",
		            STR_FMT(server), least_us / 1000);
	else
		doctor_tell(doctor, DOCTOR_FINE, STR(""),
		            "%.*s answers in %.1f ms what it was asked before", STR_FMT(server),
		            (double)least_us / 1000);
}

/* "nameserver ADDRESS" lines of systemd's resolver. */
static bool look_behind_resolved(struct doctor *doctor)
{
	struct str text, line, word, address;
	struct error error;
	bool found = false;

	if (!cli_read_file(doctor->arena, RESOLVED_CONF, &text, &error))
		return false;
	while (str_next_line(&text, &line)) {
		const char *owner;

		if (!str_next_word(&line, &word) || !str_eq(word, STR("nameserver")) ||
		    !str_next_word(&line, &address))
			continue;
		owner = doctor_public_resolver(address);
		if (owner == NULL)
			continue;
		tell_public(doctor, address, owner, ", which " RESOLVED_ADDRESS " asks");
		found = true;
	}
	return found;
}

/* False where it gives no answer. */
static bool look_at(struct doctor *doctor, struct str server)
{
	const char *owner = doctor_public_resolver(server);
	struct answer first;

	if (owner != NULL) {
		/* What else is asked of it would tell strangers of this host. */
		tell_public(doctor, server, owner, "");
		return true;
	}
	if (str_starts(server, STR(RESOLVED_ADDRESS)) && look_behind_resolved(doctor))
		return true;
	first = ask(doctor, server, STR(KNOWN_NAME));
	if (first.status == DNS_OK || first.status == DNS_NODATA || first.status == DNS_NXDOMAIN) {
		judge_cache(doctor, server, first);
		return true;
	}
	doctor_tell(doctor, DOCTOR_WARNING,
	            arena_printf(doctor->arena,
	                         "dig @%.*s " KNOWN_NAME
	                         "; start it, or name another by dns_server "
	                         "in assay.conf",
	                         STR_FMT(server)),
	            "%.*s gives no answer (%s)", STR_FMT(server), dns_status_name(first.status));
	return false;
}

void doctor_resolver(struct doctor *doctor)
{
	struct dns_settings settings = { .servers = doctor->settings.dns_server };
	struct dns_server_reports servers;
	const struct dns_server_report *server;
	struct dns_servers *found;
	struct error error;
	bool any = false;

	if (!doctor->settings.network_tests) {
		doctor_tell(
			doctor, DOCTOR_HINT, STR("take network_tests no out of assay.conf"),
			"network_tests no: neither DNS lists nor SPF, DKIM and DMARC are asked for");
		return;
	}
	found = dns_servers_new(doctor->arena, &settings, &error);
	if (found == NULL) {
		doctor_tell(doctor, DOCTOR_FAULT, STR(OWN_RESOLVER), "%s", error.text);
		return;
	}
	dns_servers_report(found, doctor->arena, &servers);
	vec_foreach (&servers, server)
		any = look_at(doctor, server->address) || any;
	if (!any)
		doctor_tell(doctor, DOCTOR_WARNING, STR(OWN_RESOLVER),
		            "no resolver answers: each message is scored without the network, and "
		            "waits for it first");
}
