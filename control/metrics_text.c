/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/metrics_text.h"

#include <inttypes.h>

#include "base/strbuf.h"
#include "base/utf8.h"

struct label {
	const char *name;
	struct str value;
};

/* What every metric begins with. */
static void describe(struct strbuf *out, const char *name, const char *type, const char *help)
{
	strbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_label(struct strbuf *out, const struct label *label, const char *before)
{
	struct str value = utf8_repair(out->arena, label->value);

	strbuf_printf(out, "%s%s=\"", before, label->name);
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];

		if (c == '"' || c == '\\' || c == '\n')
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, c == '\n' ? 'n' : c);
	}
	strbuf_add_char(out, '"');
}

static void add_name(struct strbuf *out, const char *name, const struct label *labels, size_t count)
{
	strbuf_add(out, str_from(name));
	for (size_t i = 0; i < count; i++)
		add_label(out, &labels[i], i == 0 ? "{" : ",");
	strbuf_printf(out, "%s ", count > 0 ? "}" : "");
}

static void add_count(struct strbuf *out, const char *name, const struct label *labels,
                      size_t count, uint64_t value)
{
	add_name(out, name, labels, count);
	strbuf_printf(out, "%" PRIu64 "\n", value);
}

static void add_seconds(struct strbuf *out, const char *name, const struct label *labels,
                        size_t count, int64_t us)
{
	add_name(out, name, labels, count);
	strbuf_printf(out, "%s%" PRId64 ".%06" PRId64 "\n", us < 0 ? "-" : "",
	              (us < 0 ? -us : us) / 1000000, (us < 0 ? -us : us) % 1000000);
}

static void counter(struct strbuf *out, const char *name, const char *help, uint64_t value)
{
	describe(out, name, "counter", help);
	add_count(out, name, NULL, 0, value);
}

static void gauge(struct strbuf *out, const char *name, const char *help, uint64_t value)
{
	describe(out, name, "gauge", help);
	add_count(out, name, NULL, 0, value);
}

static void gauge_seconds(struct strbuf *out, const char *name, const char *help, int64_t us)
{
	describe(out, name, "gauge", help);
	add_seconds(out, name, NULL, 0, us);
}

static void add_process(struct strbuf *out, const struct status *status)
{
	const struct label version = { "version", status->version };

	describe(out, "assay_build_info", "gauge", "1, with the version of assayd.");
	add_count(out, "assay_build_info", &version, 1, 1);
	gauge_seconds(out, "assay_start_time_seconds", "When assayd was started, since 1970.",
	              status->time_us - status->uptime_us);
	gauge(out, "assay_resident_memory_bytes", "Memory of the process.", status->memory_bytes);
	gauge(out, "assay_memory_short", "1 while the system has no memory left.",
	      status->memory_short);
}

static void add_rules(struct strbuf *out, const struct status_policy *policy, int64_t time_us)
{
	const struct label id = { "id", policy->id };

	describe(out, "assay_rules_info", "gauge", "1, with the id of the rules in force.");
	add_count(out, "assay_rules_info", &id, 1, 1);
	gauge(out, "assay_rules", "Rules in force that can hit.", policy->rules);
	gauge_seconds(out, "assay_rules_loaded_time_seconds",
	              "When the rules in force were loaded, since 1970.", time_us - policy->age_us);
	gauge_seconds(out, "assay_rules_changed_time_seconds",
	              "When the newest rule file was changed, since 1970.", policy->newest_us);
	gauge(out, "assay_last_reload_successful", "0 where the last reload was refused.",
	      !policy->has_reload || policy->reload.reloaded);
	gauge_seconds(out, "assay_last_reload_time_seconds",
	              "When the last reload ended, since 1970; 0: there was none.",
	              policy->has_reload ? policy->reload.time_us : 0);
}

static void add_messages(struct strbuf *out, const struct status *status)
{
	const struct status_messages *messages;
	const struct status_count *limit;

	describe(out, "assay_messages_total", "counter",
	         "Messages by listener of the mail server and by what became of them.");
	vec_foreach (&status->messages, messages) {
		const struct label labels[] = { { "action", messages->action },
			                        { "listener", messages->listener } };

		add_count(out, "assay_messages_total", labels, 2, messages->count);
	}
	counter(out, "assay_message_bytes_total", "Bytes of all messages.", status->bytes);
	describe(out, "assay_limits_reached_total", "counter",
	         "Messages that reached a limit of what is looked at.");
	vec_foreach (&status->limits, limit) {
		const struct label label = { "limit", limit->name };

		add_count(out, "assay_limits_reached_total", &label, 1, limit->count);
	}
}

static void add_overloads(struct strbuf *out, const struct status *status)
{
	const struct status_count *limit;

	describe(out, "assay_overload_total", "counter",
	         "Messages that were turned away, or not scanned, beyond a limit.");
	vec_foreach (&status->overloads, limit) {
		const struct label label = { "limit", limit->name };

		add_count(out, "assay_overload_total", &label, 1, limit->count);
	}
}

static void add_scans(struct strbuf *out, const struct status *status)
{
	static const char name[] = "assay_scan_duration_seconds";

	describe(out, name, "histogram", "From the end of a message to its answer.");
	for (size_t i = 0; i < STATUS_SCAN_BUCKETS; i++)
		strbuf_printf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
		              (double)status_scan_bounds_us[i] / 1e6, status->scans_within[i]);
	strbuf_printf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, status->scans);
	strbuf_printf(out, "%s_sum ", name);
	add_seconds(out, "", NULL, 0, status->scan_us);
	strbuf_printf(out, "%s_count %" PRIu64 "\n", name, status->scans);
}

static void add_now(struct strbuf *out, const struct status *status)
{
	gauge(out, "assay_connections", "Connections from mail servers.", status->connections);
	gauge(out, "assay_connections_limit", "Connections that may be open at once.",
	      status->connections_limit);
	gauge(out, "assay_messages_in_flight", "Messages between MAIL FROM and their answer.",
	      status->messages_in_flight);
	gauge(out, "assay_message_memory_bytes", "Memory that messages have.",
	      status->bytes_in_flight);
	gauge(out, "assay_message_memory_limit_bytes", "Memory that messages may have together.",
	      status->bytes_limit);
	gauge(out, "assay_scanners", "Messages that can be matched at once.", status->scanners);
	gauge(out, "assay_scanners_busy", "Messages that are matched now.", status->scanners_busy);
	gauge(out, "assay_messages_waiting", "Messages that wait for a scanner, or for memory.",
	      status->waiting);
	gauge(out, "assay_messages_waiting_limit", "Messages that may wait at once.",
	      status->waiting_limit);
}

static void add_dns(struct strbuf *out, const struct status_dns *dns)
{
	const struct status_dns_server *server;

	counter(out, "assay_dns_queries_total", "Questions, those answered by the cache included.",
	        dns->asked);
	counter(out, "assay_dns_cache_hits_total", "Questions answered by the cache.", dns->cached);
	counter(out, "assay_dns_joined_total",
	        "Questions that waited for the same of somebody else.", dns->joined);
	counter(out, "assay_dns_timeouts_total", "Questions without an answer in time.",
	        dns->timeouts);
	counter(out, "assay_dns_failures_total", "Questions that servers failed to answer.",
	        dns->failures);
	gauge(out, "assay_dns_in_flight", "Questions on their way.", dns->in_flight);
	gauge(out, "assay_dns_dead", "1 while no server answers.", dns->dead);
	describe(out, "assay_dns_server_queries_total", "counter", "Packets sent to a server.");
	vec_foreach (&dns->servers, server) {
		const struct label labels[] = { { "server", server->address },
			                        { "zone", server->zone } };

		add_count(out, "assay_dns_server_queries_total", labels, 2, server->asked);
	}
	describe(out, "assay_dns_server_replies_total", "counter", "Replies of a server.");
	vec_foreach (&dns->servers, server) {
		const struct label labels[] = { { "server", server->address },
			                        { "zone", server->zone } };

		add_count(out, "assay_dns_server_replies_total", labels, 2, server->answered);
	}
}

static uint64_t list_asked(const struct status_list *list)
{
	return list->asked;
}

static uint64_t list_listed(const struct status_list *list)
{
	return list->listed;
}

static uint64_t list_unanswered(const struct status_list *list)
{
	return list->timeouts + list->failures;
}

static uint64_t list_suspended(const struct status_list *list)
{
	return list->suspended;
}

static void add_lists(struct strbuf *out, const struct status *status)
{
	static const struct {
		const char *name, *type, *help;
		uint64_t (*value)(const struct status_list *list);
	} metrics[] = {
		{ "assay_list_queries_total", "counter", "Questions to a DNS list.", list_asked },
		{ "assay_list_listed_total", "counter", "Answers that something is listed.",
		  list_listed },
		{ "assay_list_unanswered_total", "counter", "Questions without a useful answer.",
		  list_unanswered },
		{ "assay_list_suspended", "gauge", "1 while a list isn't asked.", list_suspended },
	};
	const struct status_list *list;

	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		if (status->lists.len > 0)
			describe(out, metrics[i].name, metrics[i].type, metrics[i].help);
		vec_foreach (&status->lists, list) {
			const struct label label = { "list", list->zone };

			add_count(out, metrics[i].name, &label, 1, metrics[i].value(list));
		}
	}
}

static void add_store(struct strbuf *out, const struct status_store *store, int64_t time_us)
{
	gauge(out, "assay_store_up", "0 while drops can't be recorded.", store->works);
	counter(out, "assay_store_records_written_total", "Records written.", store->written);
	counter(out, "assay_store_records_lost_total", "Records that found no room.", store->lost);
	counter(out, "assay_store_commits_total", "Transactions.", store->commits);
	gauge(out, "assay_store_records_waiting", "Records that wait to be written.",
	      store->queued);
	gauge(out, "assay_store_journal_bytes", "What waits on this host for a server.",
	      (uint64_t)store->journal_bytes);
	gauge_seconds(out, "assay_store_last_commit_time_seconds",
	              "When records were last written, since 1970; 0: never.",
	              store->commit_age_us >= 0 ? time_us - store->commit_age_us : 0);
}

static void add_learning(struct strbuf *out, const struct status_learning *learning)
{
	const struct label ham = { "class", STR("ham") }, spam = { "class", STR("spam") };

	gauge(out, "assay_learning_up", "0 while what is learned can't be read or written.",
	      learning->works);
	describe(out, "assay_learned_messages", "gauge", "What the site's model has learned.");
	add_count(out, "assay_learned_messages", &ham, 1, learning->ham);
	add_count(out, "assay_learned_messages", &spam, 1, learning->spam);
	gauge(out, "assay_lessons_waiting", "Lessons that wait to be written.", learning->waiting);
}

static void add_antivirus(struct strbuf *out, const struct status_antivirus *antivirus)
{
	const struct status_count *count;

	gauge(out, "assay_antivirus_up",
	      "0 while the virus scanner is dead; 1 also where none is asked.", antivirus->works);
	describe(out, "assay_antivirus_scans_total", "counter",
	         "Messages by what the virus scanner said of them.");
	vec_foreach (&antivirus->scans, count) {
		const struct label label = { "result", count->name };

		add_count(out, "assay_antivirus_scans_total", &label, 1, count->count);
	}
	describe(out, "assay_antivirus_wait_seconds_total", "counter",
	         "How long messages waited for the virus scanner, all together.");
	add_seconds(out, "assay_antivirus_wait_seconds_total", NULL, 0, antivirus->waited_us);
}

static void add_adapted(struct strbuf *out, const struct status *status)
{
	const struct status_adapted *entry;

	if (status->adapted.len > 0)
		describe(out, "assay_adapted_discard_score", "gauge",
		         "Lowered drop thresholds of destinations.");
	vec_foreach (&status->adapted, entry) {
		const struct label label = { "destination", entry->destination };

		add_name(out, "assay_adapted_discard_score", &label, 1);
		strbuf_printf(out, "%g\n", (double)entry->threshold / 1000);
	}
}

/* How many troubles there are by name: of lists, there may be several. */
static void add_troubles(struct strbuf *out, const struct status *status)
{
	gauge(out, "assay_degraded", "1 while something doesn't work as it should.",
	      status->troubles.len > 0);
	if (status->troubles.len > 0)
		describe(out, "assay_troubles", "gauge", "What doesn't work as it should.");
	for (size_t i = 0; i < status->troubles.len; i++) {
		const struct label label = { "name", status->troubles.items[i].name };
		uint64_t count = 0;
		bool before = false;

		for (size_t j = 0; j < status->troubles.len; j++) {
			bool same = str_eq(status->troubles.items[j].name, label.value);

			count += same;
			before = before || (same && j < i);
		}
		if (!before)
			add_count(out, "assay_troubles", &label, 1, count);
	}
}

struct str metrics_text(struct arena *arena, const struct status *status)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	add_process(&out, status);
	add_troubles(&out, status);
	add_rules(&out, &status->policy, status->time_us);
	add_messages(&out, status);
	add_overloads(&out, status);
	add_scans(&out, status);
	add_now(&out, status);
	add_dns(&out, &status->dns);
	add_lists(&out, status);
	add_store(&out, &status->store, status->time_us);
	add_learning(&out, &status->learning);
	add_antivirus(&out, &status->antivirus);
	add_adapted(&out, status);
	return strbuf_str(&out);
}
