/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/policy.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "facts/forwarders.h"
#include "forward/address.h"
#include "message/qr_code.h"
#include "scoring/outgoing.h"
#include "scoring/rule_paths.h"

/* One message is scanned while the next is read. */
#define PARSED_PER_SCANNER 2

/* The pins are the slot's, so readers of a policy don't see them. */
struct counted_policy {
	struct policy policy;
	size_t pins; /* under the slot's lock; the slot itself holds one on the current policy */
};

struct policy_slot {
	pthread_mutex_t lock;
	struct counted_policy *current;
};

static struct counted_policy *counted(const struct policy *policy)
{
	return (struct counted_policy *)policy;
}

static struct str system_hostname(struct arena *arena)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0')
		return STR("localhost");
	return arena_str(arena, str_from(name));
}

struct str policy_hostname(struct arena *arena, const struct settings *settings)
{
	return settings->hostname.len > 0 ? settings->hostname : system_hostname(arena);
}

/* If settings and system name the host differently, both are its names. */
static struct str_list own_names(struct arena *arena, const struct settings *settings)
{
	struct str_list names = { 0 };

	if (settings->authserv_id.len > 0)
		vec_push(arena, &names, settings->authserv_id);
	return names;
}

struct forward_settings policy_forward_settings(struct arena *arena,
                                                const struct settings *settings)
{
	struct str_list relayed = { 0 };

	for (size_t i = 0; i < settings->relayed_domains.len; i++)
		vec_push(arena, &relayed, settings->relayed_domains.items[i]);
	/* What is for the SRS domain is on its way to the front door, not forwarded. */
	if (settings->srs != SRS_POLICY_OFF && address_domain_valid(settings->srs_domain))
		vec_push(arena, &relayed, settings->srs_domain);
	if (address_domain_valid(settings->release_srs_domain))
		vec_push(arena, &relayed, settings->release_srs_domain);
	return (struct forward_settings){
		.maps = settings->forward_map,
		.hosted_domains = settings->hosted_domains,
		.local_domains = settings->local_domains,
		.relayed_domains = relayed,
		.kept_senders = settings->srs_exclude_domains,
		.delimiters = settings->recipient_delimiter,
		.delimiters_given = settings_place_of(settings, "recipient_delimiter") != NULL,
		.hostname = policy_hostname(arena, settings),
		.own_names = own_names(arena, settings),
	};
}

static bool read_seal_key(struct policy *policy, struct problems *problems)
{
	const struct settings *settings = &policy->settings;
	struct error err;

	if (settings->seal_key_file.len == 0)
		return true;
	policy->has_seal_key = seal_key_read(arena_cstr(policy->arena, settings->seal_key_file),
	                                     &policy->seal_key, &err);
	if (policy->has_seal_key)
		return true;
	return problems_add(problems, PROBLEM_ERROR,
	                    settings_place(settings, "seal_key_file", settings->seal_key_file),
	                    "seal_key_file: %s", err.text);
}

static bool check_domain(const struct settings *settings, const char *key, struct str domain,
                         struct problems *problems)
{
	return address_domain_valid(domain) ||
	       problems_add(problems, PROBLEM_ERROR, settings_place(settings, key, domain),
	                    "%s: \"%.*s\" is not a domain; write one like srs.example.com", key,
	                    STR_FMT(domain));
}

bool policy_read_srs(struct arena *arena, const struct settings *settings,
                     struct srs_settings *srs_r, struct problems *problems)
{
	struct str domain = settings->srs_domain, other = settings->release_srs_domain;
	struct error err;

	/* What is released may be all that is rewritten. */
	if (domain.len == 0 && settings->srs == SRS_POLICY_OFF)
		domain = other;
	*srs_r = (struct srs_settings){
		/* As A-labels: a sender that was ASCII before stays so. */
		.domain = address_fold_domain(arena, domain),
		.other = address_fold_domain(arena, other),
		.separator = "=+-"[settings->srs_separator],
		.hash_length = (unsigned)settings->srs_hash_length,
		.hash_min = (unsigned)settings->srs_hash_min,
		.max_age_days = (unsigned)(settings->srs_max_age / 86400000),
	};
	if (domain.len == 0 || settings->srs_secret_file.len == 0)
		return problems_add(problems, PROBLEM_ERROR, NULL,
		                    "srs needs srs_domain and srs_secret_file; set both");
	if (!check_domain(settings, "srs_domain", domain, problems) ||
	    (other.len > 0 && !check_domain(settings, "release_srs_domain", other, problems)))
		return false;
	if (!srs_read_secrets(arena, arena_cstr(arena, settings->srs_secret_file), &srs_r->secrets,
	                      &err))
		return problems_add(
			problems, PROBLEM_ERROR,
			settings_place(settings, "srs_secret_file", settings->srs_secret_file),
			"srs_secret_file: %s", err.text);
	return true;
}

/* What srs when-needed needs. */
static bool read_outgoing(struct policy *policy, struct problems *problems)
{
	const struct settings *settings = &policy->settings;
	const struct source_position *at = settings_place(settings, "srs", STR("when-needed"));

	if (settings->srs != SRS_POLICY_WHEN_NEEDED)
		return true;
	if (!outgoing_addresses(policy->arena, settings, &policy->srs_outgoing, problems))
		return false;
	if (policy->srs_outgoing.len == 0)
		return problems_add(problems, PROBLEM_ERROR, at,
		                    "srs when-needed has to know from where mail leaves; set "
		                    "srs_outgoing_addresses");
	if (!settings->network_tests)
		problems_add(problems, PROBLEM_WARNING, at,
		             "srs when-needed can't ask for SPF, so every sender is rewritten; set "
		             "network_tests yes");
	return true;
}

static bool read_srs(struct policy *policy, struct problems *problems)
{
	bool rewrites = policy->settings.srs != SRS_POLICY_OFF;
	/* Without a seal key nothing can be released. */
	bool released = policy->settings.release_srs_domain.len > 0 &&
	                policy->settings.seal_key_file.len > 0;

	if (!rewrites && !released && policy->settings.srs_socketmap.len == 0)
		return true;
	policy->has_srs_secrets =
		policy_read_srs(policy->arena, &policy->settings, &policy->srs, problems) &&
		read_outgoing(policy, problems);
	policy->has_srs = rewrites && policy->has_srs_secrets;
	policy->has_srs_bounces = (rewrites || released) && policy->has_srs_secrets;
	return policy->has_srs_secrets;
}

static void warn_of_gaps(const struct policy *policy, struct problems *problems)
{
	for (size_t i = 0; i < policy->settings.daemons.len; i++) {
		const struct daemon_settings *daemon = &policy->settings.daemons.items[i];

		if (daemon->role == ROLE_FORWARD && !policy->has_seal_key)
			problems_add(problems, PROBLEM_WARNING, &daemon->at,
			             "the forward hop scores all mail again, without the original "
			             "client, because there is no seal_key_file; set one");
	}
}

static void warn_of_qr_codes(const struct policy *policy, struct problems *problems)
{
	if (policy->settings.qr_codes && !qr_codes_available())
		problems_add(problems, PROBLEM_WARNING,
		             settings_place_of(&policy->settings, "qr_codes"),
		             "qr_codes: no codes are read without zbar; install it (Debian: "
		             "libzbar0), or build with it (./configure --with-zbar)");
}

static bool forwards(const struct settings *settings)
{
	return settings_has_hop(settings) || settings->forward_map.len > 0;
}

static bool tags_subjects(const struct settings *settings)
{
	for (size_t i = 0; i < settings->recipients.len; i++)
		if (settings->recipients.items[i].rewrite_subject)
			return true;
	return settings->rewrite_subject;
}

/* Signatures that the receiver of forwarded mail will find broken. */
static void warn_of_signatures(const struct policy *policy, struct problems *problems)
{
	const struct settings *settings = &policy->settings;
	const struct site_text *rewrite = policy->site->rewrite;

	if (!forwards(settings))
		return;
	if (settings->forwarded_subject && tags_subjects(settings))
		problems_add(
			problems, PROBLEM_WARNING, settings_place_of(settings, "forwarded_subject"),
			"the tag breaks DKIM signatures of forwarded mail at its destination, "
			"since most senders sign the Subject; leave forwarded_subject at no, or set "
			"rewrite_subject no");
	for (enum site_rewrite i = SITE_REWRITE_FROM; i <= SITE_REWRITE_TO; i++)
		if (rewrite[i].text.len > 0)
			problems_add(
				problems, PROBLEM_WARNING, &rewrite[i].at,
				"rewrite_header %s breaks DKIM signatures of forwarded mail at "
				"its destination; take it out, or use rewrite_header Subject",
				i == SITE_REWRITE_FROM ? "From" : "To");
}

static unsigned scanner_count(const struct settings *settings)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (settings->scanners > 0)
		return (unsigned)settings->scanners;
	return processors > 0 ? (unsigned)processors : 1;
}

/* Operators of lists serve those who ask by a resolver of their own; one of a provider asks for all
 * its customers. */
static bool has_local_resolver(const struct settings *settings)
{
	const struct str *server;

	vec_foreach (&settings->dns_server, server) {
		ptrdiff_t at = str_find_char(*server, '@');
		struct str text = at < 0 ? *server : str_prefix(*server, (size_t)at);
		struct ip_address address;

		if (!ip_parse(text, &address) ||
		    (!ip_is_private(&address) &&
		     !networks_match(settings->trusted_networks, &address)))
			return false;
	}
	return settings->dns_server.len > 0;
}

/* The databases that assay.conf names; NULL where it names none. */
static struct geo *open_databases(struct arena *arena, const struct settings *settings,
                                  struct problems *problems)
{
	struct geo *geo = settings->geoip_database.len > 0 ? geo_new(arena) : NULL;
	const struct str *path;
	struct error error;

	vec_foreach (&settings->geoip_database, path)
		if (!geo_open_file(geo, *path, &error))
			problems_add(
				problems, PROBLEM_MISTAKE,
				settings_place(settings, "geoip_database", *path),
				"geoip_database: %s; name another file or let this account read "
				"it, rules that need it are off",
				error.text);
	return geo;
}

static bool load_parts(struct policy *policy, struct problems *problems)
{
	const struct settings *settings = &policy->settings;
	struct ruleset_options options = {
		.paths = policy->rule_paths = rule_paths(policy->arena, settings),
		.network_tests = settings->network_tests,
		.trusted_authserv = settings->trusted_authserv.len > 0,
		.local_resolver = has_local_resolver(settings),
		.geo = open_databases(policy->arena, settings, problems),
		.scanners = scanner_count(settings),
		.match_limit = (uint32_t)settings->match_limit,
		.cache_directory = settings->cache_directory,
		.cached_only = settings->cached_only,
		.profile = settings->profile,
		.all_rules = settings->all_rules,
	};
	struct forward_settings forward = policy_forward_settings(policy->arena, settings);
	bool have_key = read_seal_key(policy, problems);
	bool have_srs = read_srs(policy, problems);
	bool have_channels = rule_paths_check(settings, problems);

	policy->rules_stamp = rule_paths_stamp(&policy->rule_paths);
	policy->ruleset = have_channels ? ruleset_load(&options, problems) : NULL;
	policy->semaphore = semaphore_new(PARSED_PER_SCANNER * options.scanners);
	policy->forward_maps = forward_maps_load(policy->arena, &forward, problems);
	return have_key && have_srs && policy->ruleset != NULL && policy->forward_maps != NULL;
}

static const struct network_list *first_given(const struct network_list *networks,
                                              const struct network_list *otherwise)
{
	return networks != NULL && networks->len > 0 ? networks : otherwise;
}

/* List by list, assay.conf has precedence over the rule files. */
static struct relay_settings choose_relays(const struct policy *policy)
{
	const struct settings *settings = &policy->settings;
	const struct site *site = ruleset_site(policy->ruleset);

	return (struct relay_settings){
		.trusted = first_given(settings->trusted_networks, &site->trusted_networks),
		.internal = first_given(settings->internal_networks, &site->internal_networks),
		.msa = &site->msa_networks,
		.origin_headers = site->has_origin_headers ? &site->origin_headers : NULL,
		.sender_header = site->sender_header,
	};
}

/* The threshold and the Subject's tag of rule files, where assay.conf doesn't say them. */
static void adopt_site(struct policy *policy)
{
	const struct site_text *subject = &policy->site->rewrite[SITE_REWRITE_SUBJECT];
	struct settings *settings = &policy->settings;

	if (policy->site->has_required_score &&
	    settings_place_of(settings, "required_score") == NULL)
		settings_set_required_score(settings, policy->site->required_score,
		                            arena_printf(policy->arena, "%s:%u",
		                                         policy->site->required_score_at.file,
		                                         policy->site->required_score_at.line)
		                                    .data);
	if (!subject->given || settings_place_of(settings, "subject_tag") != NULL)
		return;
	policy->subject_from_rules = subject->text.len > 0;
	if (subject->text.len > 0)
		settings_set_subject_tag(
			settings, arena_printf(policy->arena, "%.*s ", STR_FMT(subject->text)));
	else if (settings_place_of(settings, "rewrite_subject") == NULL)
		settings_set_rewrite_subject(settings, false);
}

/* dns_wait, or rbl_timeout of the rule files. */
static void choose_patience(struct policy *policy)
{
	const struct settings *settings = &policy->settings;
	const struct site_dns *dns = &policy->site->dns;
	bool given = settings_place_of(settings, "dns_wait") != NULL;
	const struct site_wait *wait;

	policy->patience =
		(struct dns_patience){ settings->dns_wait, settings->dns_wait / DNS_LEAST_OF_MOST };
	policy->zone_patience =
		arena_calloc(policy->arena, dns->waits.len, sizeof(*policy->zone_patience));
	vec_foreach (&dns->waits, wait) {
		struct dns_patience patience = { wait->most_ms, wait->least_ms };

		if (wait->zone.len > 0)
			policy->zone_patience[policy->zone_patience_count++] =
				(struct dns_zone_patience){ wait->zone, patience };
		else if (!given)
			policy->patience = patience;
	}
}

struct dns_settings policy_dns_settings(const struct policy *policy)
{
	const struct settings *settings = &policy->settings;
	const struct site_dns *dns = &policy->site->dns;

	return (struct dns_settings){
		.servers = settings->dns_server.len > 0 ? settings->dns_server : dns->servers,
		.zones = settings->dns_zone,
		.mixed_case = dns->mixed_case,
		.edns_bytes = dns->edns_bytes,
		.timeout_ms = settings->dns_timeout,
	};
}

static bool read_forwarders(struct policy *policy, struct problems *problems)
{
	const struct str_list *words = &policy->settings.trusted_forwarders;
	struct forwarders *forwarders = arena_new_object(policy->arena, struct forwarders);
	struct error error;
	bool ok = true;

	for (size_t i = 0; i < words->len; i++)
		if (!forwarders_add(policy->arena, words->items[i], forwarders, &error))
			ok = problems_add(problems, PROBLEM_ERROR,
			                  settings_place(&policy->settings, "trusted_forwarders",
			                                 words->items[i]),
			                  "trusted_forwarders: %s", error.text);
	policy->facts_settings.forwarders = words->len > 0 ? forwarders : NULL;
	return ok;
}

static bool read_antivirus(struct policy *policy, struct problems *problems)
{
	struct str text = policy->settings.antivirus;
	const struct source_position *at = settings_place(&policy->settings, "antivirus", text);
	struct antivirus_settings *antivirus;
	struct error error;

	if (text.len == 0)
		return true;
	if (!str_starts(text, STR(CLAMD_SCHEME)))
		return problems_add(problems, PROBLEM_ERROR, at,
		                    "antivirus \"%.*s\": write clamd:unix:/path of clamd's socket, "
		                    "or clamd:inet:ADDRESS:PORT",
		                    STR_FMT(text));
	antivirus = arena_new_object(policy->arena, struct antivirus_settings);
	antivirus->timeout_ms = policy->settings.antivirus_timeout;
	policy->antivirus = antivirus;
	return clamd_address_parse(policy->arena, "antivirus",
	                           str_from_offset(text, sizeof(CLAMD_SCHEME) - 1),
	                           &antivirus->address, &error) ||
	       problems_add(problems, PROBLEM_ERROR, at, "%s", error.text);
}

struct policy *policy_build(struct arena *arena, const struct settings *settings,
                            struct problems *problems)
{
	struct policy *policy = &arena_new_object(arena, struct counted_policy)->policy;
	bool ok;

	policy->arena = arena;
	policy->settings = *settings;
	policy->hostname = policy_hostname(arena, settings);
	policy->facts_settings = (struct facts_settings){
		.trusted_clients = settings->trusted_networks,
		.authservs = settings->trusted_authserv.len > 0 ? &policy->settings.trusted_authserv
		                                                : NULL,
		.network_tests = settings->network_tests,
		.spf = settings->spf,
		.dkim = settings->dkim,
		.dmarc = settings->dmarc,
		.reuse_received_spf = settings->reuse_received_spf,
		.hostname = policy->hostname,
		.hostname_given = settings->hostname.len > 0,
	};
	ok = read_forwarders(policy, problems);
	ok = read_antivirus(policy, problems) && ok;
	ok = load_parts(policy, problems) && ok;
	if (!ok) {
		policy_free(policy);
		return NULL;
	}
	policy->site = ruleset_site(policy->ruleset);
	policy->reputation = reputation_settings(policy->ruleset);
	policy->facts_settings.relays = choose_relays(policy);
	policy->facts_settings.geo = policy->site->geo;
	policy->facts_settings.newest_received_spf = policy->site->newest_received_spf;
	if (policy->site->has_reuse_received_spf &&
	    settings_place_of(settings, "reuse_received_spf") == NULL)
		policy->facts_settings.reuse_received_spf = policy->site->reuse_received_spf;
	adopt_site(policy);
	choose_patience(policy);
	warn_of_gaps(policy, problems);
	warn_of_qr_codes(policy, problems);
	warn_of_signatures(policy, problems);
	policy->loaded_us = clock_monotonic_us();
	return policy;
}

static struct policy *load(const char *path, bool cached_only, struct problems *problems)
{
	struct arena *arena = arena_new();
	struct settings settings;

	settings_init(&settings, arena);
	settings.cached_only = cached_only;
	if (path != NULL && !settings_read(&settings, arena, path, problems)) {
		arena_free(arena);
		return NULL;
	}
	return policy_build(arena, &settings, problems);
}

struct policy *policy_load(const char *path, struct problems *problems)
{
	return load(path, false, problems);
}

struct policy *policy_load_soon(const char *path, struct problems *problems)
{
	return load(path, true, problems);
}

void policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	ruleset_free(policy->ruleset);
	semaphore_free(policy->semaphore);
	arena_free(policy->arena);
}

struct policy_slot *policy_slot_new(struct policy *policy)
{
	struct policy_slot *slot = memory_calloc(1, sizeof(*slot));

	pthread_mutex_init(&slot->lock, NULL);
	slot->current = counted(policy);
	slot->current->pins = 1;
	return slot;
}

void policy_slot_free(struct policy_slot *slot)
{
	if (slot == NULL)
		return;
	policy_unpin(slot, &slot->current->policy);
	pthread_mutex_destroy(&slot->lock);
	free(slot);
}

const struct policy *policy_pin(struct policy_slot *slot)
{
	const struct policy *policy;

	pthread_mutex_lock(&slot->lock);
	slot->current->pins++;
	policy = &slot->current->policy;
	pthread_mutex_unlock(&slot->lock);
	return policy;
}

void policy_unpin(struct policy_slot *slot, const struct policy *policy)
{
	bool last;

	pthread_mutex_lock(&slot->lock);
	last = --counted(policy)->pins == 0;
	pthread_mutex_unlock(&slot->lock);
	if (last)
		policy_free(&counted(policy)->policy);
}

void policy_publish(struct policy_slot *slot, struct policy *policy)
{
	const struct policy *old;

	counted(policy)->pins = 1;
	pthread_mutex_lock(&slot->lock);
	old = &slot->current->policy;
	slot->current = counted(policy);
	pthread_mutex_unlock(&slot->lock);
	policy_unpin(slot, old);
}

void policy_restore(struct policy_slot *slot, const struct policy *policy)
{
	const struct policy *old;

	pthread_mutex_lock(&slot->lock);
	old = &slot->current->policy;
	slot->current = counted(policy);
	slot->current->pins++;
	pthread_mutex_unlock(&slot->lock);
	policy_unpin(slot, old);
}
