/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/settings_check.h"

#include <string.h>

#include "base/decimal.h"
#include "facts/networks.h"
#include "scoring/settings_place.h"

static const struct source_position *place(const struct settings *settings, const char *key)
{
	return settings_place_of(settings, key);
}

/* Most good mail scores about 0. Only a tag can be undone by its reader. */
static void check_threshold(const char *key, enum problem_severity severity, int32_t score,
                            const struct source_position *at, struct problems *problems)
{
	char text[DECIMAL_TEXT_SIZE];

	if (score <= 0)
		problems_add(
			problems, severity, at,
			"%s %s: good mail scores about 0, so all of it would be meant; write a "
			"score above 0",
			key, decimal_format(score, text));
}

static void check_discard(const struct settings *settings, int32_t discard,
                          const struct source_position *at, struct problems *problems)
{
	char low[DECIMAL_TEXT_SIZE], high[DECIMAL_TEXT_SIZE];

	check_threshold("forward_discard_score", PROBLEM_ERROR, discard, at, problems);
	if (discard > 0 && discard < settings->required_score)
		problems_add(problems, PROBLEM_WARNING, at,
		             "forward_discard_score %s is below required_score %s: forwards are "
		             "dropped that are not even spam; raise it, or lower required_score",
		             decimal_format(discard, low),
		             decimal_format(settings->required_score, high));
}

static void check_scores(const struct settings *settings, struct problems *problems)
{
	const struct recipient_settings *recipient;
	const struct destination_settings *destination;

	check_threshold("required_score", PROBLEM_WARNING, settings->required_score,
	                place(settings, "required_score"), problems);
	check_discard(settings, settings->forward_discard_score,
	              place(settings, "forward_discard_score"), problems);
	vec_foreach (&settings->recipients, recipient)
		check_threshold("required_score", PROBLEM_WARNING, recipient->required_score,
		                &recipient->at, problems);
	vec_foreach (&settings->destinations, destination) {
		if (!destination->keep &&
		    destination->forward_discard_score != settings->forward_discard_score)
			check_discard(settings, destination->forward_discard_score,
			              &destination->at, problems);
	}
}

/* A network that is nobody's own. */
static void check_networks(const struct settings *settings, const char *key,
                           const struct network_list *networks, struct problems *problems)
{
	if (networks != NULL && networks_hold_strangers(networks))
		problems_add(problems, PROBLEM_ERROR, place(settings, key),
		             "%s has more addresses than anybody owns, so strangers are believed; "
		             "name your own networks",
		             key);
}

/* They are written into fields with a grammar, such as Authentication-Results. */
static void check_own_name(const struct settings *settings, const char *key, struct str name,
                           struct problems *problems)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];

		if (c > ' ' && c != 0x7f && strchr("()<>[]@,;:\\\"/?=", c) == NULL)
			continue;
		problems_add(problems, PROBLEM_ERROR, place(settings, key),
		             "%s: \"%.*s\" is no name of a host; write one like mx1.example.com",
		             key, STR_FMT(name));
		return;
	}
}

static void check_socket_mode(const struct settings *settings, struct problems *problems)
{
	if ((settings->socket_mode & 0222) == 0)
		problems_add(problems, PROBLEM_ERROR, place(settings, "socket_mode"),
		             "socket_mode %04o lets nobody connect, which takes the permission to "
		             "write; 0660 is usual",
		             (unsigned)settings->socket_mode);
}

static void check_srs(const struct settings *settings, struct problems *problems)
{
	if (settings->srs_hash_min > settings->srs_hash_length)
		problems_add(problems, PROBLEM_WARNING, place(settings, "srs_hash_min"),
		             "srs_hash_min %lld is above srs_hash_length %lld, so no bounce to a "
		             "sender that is rewritten from now on is accepted; write at most %lld",
		             (long long)settings->srs_hash_min,
		             (long long)settings->srs_hash_length,
		             (long long)settings->srs_hash_length);
}

/* A floor above the configured threshold leaves nothing to lower. */
static void check_floor(const struct settings *settings, int32_t discard, struct str name,
                        const struct source_position *at, struct problems *problems)
{
	char low[DECIMAL_TEXT_SIZE], high[DECIMAL_TEXT_SIZE];

	if (settings->adapt_discard && settings->adapt_discard_floor > discard)
		problems_add(
			problems, PROBLEM_WARNING, at,
			"adapt_discard_floor %s is above forward_discard_score %s%s%.*s, which so "
			"never goes down; lower the floor",
			decimal_format(settings->adapt_discard_floor, high),
			decimal_format(discard, low), name.len > 0 ? " of destination " : "",
			STR_FMT(name));
}

static void check_floors(const struct settings *settings, struct problems *problems)
{
	const struct source_position *at = place(settings, "adapt_discard_floor");
	const struct destination_settings *destination;

	if (at == NULL)
		at = place(settings, "forward_discard_score");
	check_floor(settings, settings->forward_discard_score, STR(""), at, problems);
	vec_foreach (&settings->destinations, destination)
		if (!destination->keep &&
		    destination->forward_discard_score != settings->forward_discard_score)
			check_floor(settings, destination->forward_discard_score, destination->name,
			            &destination->at, problems);
}

static void warn_unless(bool fine, const struct settings *settings, const char *key,
                        const char *text, struct problems *problems)
{
	if (!fine && place(settings, key) != NULL)
		problems_add(problems, PROBLEM_WARNING, place(settings, key), "%s: %s", key, text);
}

/* What waits no longer than a message does. */
static void check_times(const struct settings *settings, struct problems *problems)
{
	static const char cut[] =
		"longer than scan_timeout, which ends it; shorten it, or lengthen that";

	warn_unless(settings->dns_wait <= settings->scan_timeout, settings, "dns_wait", cut,
	            problems);
	warn_unless(settings->spf_timeout <= settings->scan_timeout, settings, "spf_timeout", cut,
	            problems);
	warn_unless(settings->antivirus_timeout <= settings->scan_timeout, settings,
	            "antivirus_timeout", cut, problems);
	warn_unless(
		settings->discarded_copies.age_ms <= settings->records_keep, settings,
		"discarded_copies",
		"longer than records_keep, and what has no record can't be released; shorten it, "
		"or lengthen that",
		problems);
}

/* What has no effect without another key. */
static void check_needs(const struct settings *settings, struct problems *problems)
{
	bool has_page = !str_eq(settings->web, STR("none")) && settings->web.len > 0;

	warn_unless(settings->max_connections_per_client <= settings->max_connections, settings,
	            "max_connections_per_client",
	            "more than max_connections, so it limits nothing; lower it, or write 0",
	            problems);
	warn_unless(
		!settings->spam_report_link ||
			(settings->web_url.len > 0 && settings->web_key_file.len > 0 &&
	                 settings->seal_key_file.len > 0),
		settings, "spam_report_link",
		"no link is written without web_url, web_key_file and seal_key_file; set all three",
		problems);
	warn_unless(
		!has_page || settings->web_key_file.len > 0 || settings->web_staff_header.len > 0 ||
			settings->web_account_header.len > 0,
		settings, "web",
		"nobody could see anything, so assay web won't start; set web_key_file, for links, "
		"or web_staff_header or web_account_header",
		problems);
	warn_unless(!settings->web_customers_release || settings->discarded_copies.age_ms > 0,
	            settings, "web_customers_release",
	            "there is nothing to release without copies; set discarded_copies", problems);
	warn_unless(settings->antivirus.len > 0 || settings->antivirus_action == ANTIVIRUS_DISCARD,
	            settings, "antivirus_action", "nothing is scanned for viruses; set antivirus",
	            problems);
}

void settings_check(const struct settings *settings, struct problems *problems)
{
	check_scores(settings, problems);
	check_networks(settings, "trusted_networks", settings->trusted_networks, problems);
	check_networks(settings, "internal_networks", settings->internal_networks, problems);
	check_own_name(settings, "hostname", settings->hostname, problems);
	check_own_name(settings, "authserv_id", settings->authserv_id, problems);
	check_socket_mode(settings, problems);
	check_srs(settings, problems);
	check_floors(settings, problems);
	check_times(settings, problems);
	check_needs(settings, problems);
}
