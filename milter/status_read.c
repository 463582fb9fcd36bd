/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/status_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/trouble.h"
#include "facts/antivirus.h"
#include "facts/dns_list.h"
#include "facts/lookups.h"
#include "milter/admission.h"
#include "milter/connection_limits.h"
#include "milter/in_flight.h"
#include "milter/reload.h"
#include "milter/statistics.h"
#include "scoring/adapted_now.h"

static void read_policy(const struct policy *policy, struct arena *arena,
                        struct status_policy *status)
{
	struct ruleset_summary summary;

	ruleset_summarize(policy->ruleset, &summary);
	status->id = arena_printf(arena, "%016" PRIx64, summary.id);
	status->age_us = clock_monotonic_us() - policy->loaded_us;
	status->rules = summary.rules;
	status->files = summary.files;
	status->newest_us = summary.newest * 1000000;
	status->provisional = ruleset_is_provisional(policy->ruleset);
	status->has_reload = reload_last(arena, &status->reload);
}

static void read_scanners(const struct policy *policy, struct status *status)
{
	struct semaphore_counts messages, scanners;

	semaphore_count(policy->semaphore, &messages);
	ruleset_count_scanners(policy->ruleset, &scanners);
	status->scanners = scanners.permits;
	status->scanners_busy = scanners.taken;
	status->waiting = messages.waiting + scanners.waiting;
	status->waiting_limit = (size_t)policy->settings.max_waiting;
}

static size_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long long pages = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%*u %llu", &pages) != 1)
		pages = 0;
	fclose(file);
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void read_memory(const struct service *service, struct status *status)
{
	status->connections = connection_limits_count();
	status->connections_limit = connection_limits_max() < admission_max()
	                                    ? connection_limits_max()
	                                    : admission_max();
	status->messages_in_flight = in_flight_messages();
	if (service->memory != NULL) {
		status->waiting += budget_waiting(service->memory);
		status->bytes_in_flight = budget_used(service->memory);
		status->bytes_limit = budget_limit(service->memory);
	}
	status->memory_bytes = resident_bytes();
	status->memory_short = memory_is_short();
}

static void read_dns(const struct service *service, struct arena *arena, struct status_dns *status)
{
	struct dns_counters counters = dns_counters(service->lookups->dns);
	struct dns_server_reports servers;
	const struct dns_server_report *server;

	status->asked = counters.queries;
	status->cached = counters.cache_hits;
	status->joined = counters.joined;
	status->timeouts = counters.timeouts;
	status->failures = counters.failures;
	status->in_flight = counters.in_flight;
	status->dead = counters.dead;
	dns_report_servers(service->lookups->dns, arena, &servers);
	vec_foreach (&servers, server) {
		struct status_dns_server copy = {
			.address = server->address,
			.zone = server->zone,
			.asked = server->asked,
			.answered = server->answered,
		};

		vec_push(arena, &status->servers, copy);
	}
}

static void read_lists(struct arena *arena, struct status *status)
{
	struct dns_list_reports reports;
	const struct dns_list_report *report;

	dns_lists_report(arena, &reports);
	vec_foreach (&reports, report) {
		struct status_list list = {
			.zone = report->zone,
			.state = str_from(dns_list_state_name(report)),
			.reason = str_from(dns_list_trouble_text(report->trouble)),
			.advice = str_from(dns_list_advice(report->trouble)),
			.asked = report->asked,
			.listed = report->listed,
			.timeouts = report->timeouts,
			.failures = report->failures,
			.refused = report->refused,
			.suspended = report->trouble != DNS_LIST_FINE,
			.age_us = clock_monotonic_us() - report->since_us,
		};

		if (report->kinds == 0)
			continue;
		list.mean_us = report->asked > 0 ? report->waited_us / (int64_t)report->asked
		                                 : report->probe_took_us;
		vec_push(arena, &status->lists, list);
	}
}

/* What follows the name and password of a URI, with its scheme. */
static struct str without_password(struct arena *arena, struct str uri)
{
	ptrdiff_t scheme = str_find(uri, STR("://")), at = str_rfind_char(uri, '@');

	if (scheme < 0 || at < scheme)
		return arena_str(arena, uri);
	return arena_printf(arena, "%.*s://%.*s", (int)scheme, uri.data,
	                    STR_FMT(str_from_offset(uri, (size_t)at + 1)));
}

static void read_store(const struct service *service, const struct settings *settings,
                       struct arena *arena, struct status_store *status)
{
	struct recorder_counters counters;

	recorder_count(service->recorder, &counters);
	status->where = without_password(arena, settings->store);
	status->state = arena_str(arena, str_from(counters.state));
	status->works = counters.works;
	status->written = counters.written;
	status->lost = counters.lost;
	status->commits = counters.commits;
	status->queued = counters.queued;
	status->waiting = counters.waiting;
	status->commit_age_us =
		counters.commit_us > 0 ? clock_monotonic_us() - counters.commit_us : -1;
	status->journal_bytes = counters.journal_bytes;
}

static void read_learning(const struct service *service, struct arena *arena,
                          struct status_learning *status)
{
	struct lessons_cache_report state;

	lessons_cache_tell(service->lessons, &state);
	status->works = state.works;
	status->trouble = arena_str(arena, str_from(state.trouble));
	status->has_taught = state.has_taught;
	status->ham = state.taught.ham;
	status->spam = state.taught.spam;
	status->models = state.models;
	status->waiting = state.waiting;
}

static void read_antivirus(const struct settings *settings, struct arena *arena,
                           struct status_antivirus *status)
{
	struct antivirus_counts counts;

	antivirus_count(&counts);
	status->where = arena_str(arena, settings->antivirus);
	status->works = !counts.dead;
	status->waited_us = counts.waited_us;
	for (enum antivirus_state state = 0; state < ANTIVIRUS_STATE_COUNT; state++) {
		struct status_count count = { str_from(antivirus_state_name(state)),
			                      counts.scans[state] };

		vec_push(arena, &status->scans, count);
	}
}

static void read_adapted(const struct settings *settings, struct arena *arena,
                         struct status *status)
{
	const struct adapted_destination *d;
	struct adapted adapted;

	adapted_now_get(arena, &adapted);
	vec_foreach (&adapted, d) {
		struct status_adapted entry = { .destination = d->domain };

		entry.configured =
			settings_for_destination(settings, d->domain).forward_discard_score;
		entry.threshold = adapted_threshold(entry.configured, d->steps,
		                                    settings->adapt_discard_floor);
		entry.age_us = status->time_us - d->changed_s * 1000000;
		if (settings->adapt_discard && entry.threshold < entry.configured)
			vec_push(arena, &status->adapted, entry);
	}
}

static void add_trouble(struct arena *arena, struct status *status, const char *name,
                        struct str text, int64_t age_us, uint64_t count)
{
	struct status_trouble trouble = { str_from(name), text, age_us, count };

	vec_push(arena, &status->troubles, trouble);
}

static void judge_reload(struct arena *arena, struct status *status)
{
	const struct reload_result *reload = &status->policy.reload;

	if (!status->policy.has_reload || reload->reloaded)
		return;
	add_trouble(
		arena, status, "reload",
		arena_printf(arena,
	                     "the last reload (%.*s) was refused, and what was loaded before is in "
	                     "force: %.*s",
	                     STR_FMT(reload->why),
	                     STR_FMT(reload->problems.len > 0 ? reload->problems.items[0].text
	                                                      : STR(""))),
		status->time_us - reload->time_us, 0);
}

static void judge_lists(struct arena *arena, struct status *status)
{
	const struct status_list *list;

	vec_foreach (&status->lists, list) {
		if (list->suspended)
			add_trouble(arena, status, "list",
			            arena_printf(arena, "%.*s is not asked: %.*s; %.*s",
			                         STR_FMT(list->zone), STR_FMT(list->reason),
			                         STR_FMT(list->advice)),
			            list->age_us, list->refused);
	}
}

/* What the log has told the beginning of, and not the end. */
static void take_troubles(struct arena *arena, struct status *status)
{
	struct trouble_reports reports;
	const struct trouble_report *report;

	troubles_report(arena, &reports);
	vec_foreach (&reports, report)
		add_trouble(arena, status, report->name.data, report->text,
		            clock_monotonic_us() - report->since_us, report->count);
}

static bool has_trouble(const struct status *status, const char *name)
{
	const struct status_trouble *trouble;

	vec_foreach (&status->troubles, trouble) {
		if (str_eq(trouble->name, str_from(name)))
			return true;
	}
	return false;
}

static void judge(struct arena *arena, struct status *status)
{
	take_troubles(arena, status);
	judge_reload(arena, status);
	judge_lists(arena, status);
	if (!status->store.works && status->store.state.len > 0 && !has_trouble(status, "store"))
		add_trouble(arena, status, "store", status->store.state, 0, 0);
	if (status->memory_short)
		add_trouble(arena, status, "memory",
		            STR("the system has no memory left, and new messages wait; lower "
		                "max_memory or raise the limit of the process"),
		            0, 0);
}

void status_read(const struct service *service, struct arena *arena, struct status *status_r)
{
	const struct policy *policy = policy_pin(service->slot);

	*status_r = (struct status){
		.version = STR(ASSAY_VERSION),
		.pid = getpid(),
		.configuration = str_from(service->configuration),
		.time_us = (int64_t)time(NULL) * 1000000,
		.uptime_us = clock_monotonic_us() - service->started_us,
	};
	read_policy(policy, arena, &status_r->policy);
	read_scanners(policy, status_r);
	read_memory(service, status_r);
	statistics_read(arena, status_r);
	read_dns(service, arena, &status_r->dns);
	read_lists(arena, status_r);
	read_store(service, &policy->settings, arena, &status_r->store);
	read_learning(service, arena, &status_r->learning);
	read_antivirus(&policy->settings, arena, &status_r->antivirus);
	read_adapted(&policy->settings, arena, status_r);
	judge(arena, status_r);
	policy_unpin(service->slot, policy);
}
