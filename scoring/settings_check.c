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

void settings_check(const struct settings *settings, struct problems *problems)
{
	check_scores(settings, problems);
	check_networks(settings, "trusted_networks", settings->trusted_networks, problems);
	check_networks(settings, "internal_networks", settings->internal_networks, problems);
	check_own_name(settings, "hostname", settings->hostname, problems);
	check_own_name(settings, "authserv_id", settings->authserv_id, problems);
	check_socket_mode(settings, problems);
	check_srs(settings, problems);
}
