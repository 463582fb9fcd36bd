/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Do the DNS lists that the rules ask serve us, and do they tell the truth? */
#include <string.h>

#include "cli/cli.h"
#include "cli/doctor_check.h"
#include "facts/dns_list.h"
#include "facts/lookups.h"

/* Of the check's own limit. */
#define PROBE_MS 30000

struct list_view {
	struct str zone, state, reason, advice;
};

static void tell(struct doctor *doctor, const struct list_view *list)
{
	if (str_eq(list->state, STR("suspended")))
		doctor_tell(doctor, DOCTOR_WARNING, list->advice, "%.*s is not asked: %.*s",
		            STR_FMT(list->zone), STR_FMT(list->reason));
	else if (str_eq(list->state, STR("unconfirmed")))
		doctor_tell(doctor, DOCTOR_HINT,
		            arena_printf(doctor->arena,
		                         "look whether %.*s is still in service; else give its "
		                         "rules a score of 0",
		                         STR_FMT(list->zone)),
		            "%.*s has no test entry (RFC 5782)", STR_FMT(list->zone));
}

static void summarize(struct doctor *doctor, size_t count, const char *source)
{
	if (count == 0)
		doctor_tell(doctor, DOCTOR_FINE, STR(""), "the rules ask no DNS list");
	else if (doctor->findings.len == 0)
		doctor_tell(doctor, DOCTOR_FINE, STR(""), "%zu DNS lists are used, by %s", count,
		            source);
}

static struct str member(const json_t *object, const char *key)
{
	return str_from(json_string_value(json_object_get(object, key)));
}

/* What a running filter has seen, which is more than a probe shows. */
static void take_status(struct doctor *doctor, const json_t *lists)
{
	const json_t *item;
	size_t i;

	json_array_foreach(lists, i, item)
	{
		struct list_view list = { member(item, "list"), member(item, "state"),
			                  member(item, "reason"), member(item, "advice") };

		tell(doctor, &list);
	}
	summarize(doctor, json_array_size(lists), "what the filter knows of them");
}

static void probe(struct doctor *doctor, const struct policy *policy)
{
	struct dns_settings dns = policy_dns_settings(policy);
	const struct dns_list_report *report;
	struct dns_list_reports reports;
	struct lookups *lookups;
	struct error error;
	size_t count = 0;

	lookups = lookups_new(&dns, policy->settings.spf_timeout, &error);
	if (lookups == NULL) {
		doctor_tell(doctor, DOCTOR_WARNING, STR("assay doctor --only resolver"), "%s",
		            error.text);
		return;
	}
	dns_lists_probe(lookups->dns);
	dns_lists_settle(deadline_in_ms(PROBE_MS));
	dns_lists_report(doctor->arena, &reports);
	vec_foreach (&reports, report) {
		struct list_view list = { report->zone, str_from(dns_list_state_name(report)),
			                  str_from(dns_list_trouble_text(report->trouble)),
			                  str_from(dns_list_advice(report->trouble)) };

		if (report->kinds == 0)
			continue;
		tell(doctor, &list);
		count++;
	}
	lookups_free(lookups);
	summarize(doctor, count, "their test entries");
}

void doctor_lists(struct doctor *doctor)
{
	const json_t *lists = json_object_get(doctor->status, "lists");
	struct cli_conf conf = { .path = doctor->path };
	struct problems problems;
	struct policy *policy;

	if (json_is_array(lists)) {
		take_status(doctor, lists);
		return;
	}
	problems_init(&problems, doctor->arena);
	policy = cli_load_policy(&conf, &problems);
	if (policy == NULL) {
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR("assay check-config"),
		            "without rules it isn't known which lists they ask");
		return;
	}
	probe(doctor, policy);
	policy_free(policy);
}
