/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/forward.h"

#include "forward/address.h"
#include "forward/domains.h"
#include "forward/loaded_maps.h"
#include "forward/table.h"

static void open_maps(const struct map_load *load, const struct str_list *names,
                      struct forward_maps *maps)
{
	maps->maps = arena_calloc(load->arena, names->len, sizeof(*maps->maps));
	for (size_t i = 0; i < names->len; i++)
		if (forward_map_open(load, names->items[i], &maps->maps[maps->map_count]))
			maps->map_count++;
}

/* How many domains of a set, of which `own` is not counted, bare names may hold in. */
static size_t count_candidates(const struct map *domains, const struct forward_maps *maps,
                               struct str own)
{
	size_t count = 0;

	for (size_t i = 0; i < map_len(domains); i++) {
		struct str name;

		map_at(domains, i, &name);
		if (str_starts(name, STR(".")))
			count += 2;
		else
			count += map_get(maps->virtual_domains, name) == NULL && !str_eq(name, own);
	}
	return count;
}

/*
 * Without local_domains, a name in aliases may be that of a forward in one hosted domain and of a
 * mailbox in another: mail for that mailbox must not be dropped.
 */
static void judge_bare_names(const struct map_load *load, struct str hostname,
                             struct forward_maps *maps)
{
	struct str own = address_fold_domain(load->arena, hostname);
	bool aliases = false;

	if (map_len(maps->local) > 0)
		return;
	maps->guess_local = count_candidates(maps->hosted_given ? maps->hosted : maps->key_domains,
	                                     maps, own) > 1;
	for (size_t i = 0; i < maps->map_count; i++)
		aliases |= maps->maps[i].type->keys == MAP_KEYS_LOCAL;
	if (aliases && maps->guess_local)
		problems_add(load->problems, PROBLEM_WARNING, NULL,
		             "forward_map: in which of the hosted domains names in aliases hold "
		             "is not known, so nothing that they forward is dropped; set "
		             "local_domains to those where they do");
}

/* Without a list, a target in a domain of ours that has no key in a table looks external. */
static void judge_hosted_domains(const struct map_load *load, const struct forward_maps *maps)
{
	if (maps->map_count > 0 && !maps->hosted_given)
		problems_add(load->problems, PROBLEM_WARNING, NULL,
		             "forward_map: which domains are hosted here is not known, so nothing "
		             "that the tables forward is dropped; set hosted_domains");
}

struct forward_maps *forward_maps_load(struct arena *arena, const struct forward_settings *settings,
                                       struct problems *problems)
{
	struct forward_maps *maps = arena_new_object(arena, struct forward_maps);
	struct map_load load = { arena, problems, &maps->files, map_new(arena, MAP_EXACT),
		                 map_new(arena, MAP_EXACT) };
	size_t errors_before = problems->errors;
	struct str_list own_names = { 0 };

	maps->virtual_domains = load.virtual_domains;
	maps->key_domains = load.key_domains;
	maps->delimiters = settings->delimiters;
	maps->delimiters_given = settings->delimiters_given;
	maps->hosted = domains_read(&load, &settings->hosted_domains, "hosted_domains");
	maps->local = domains_read(&load, &settings->local_domains, "local_domains");
	maps->relayed = domains_read(&load, &settings->relayed_domains, "relayed_domains");
	maps->kept_senders = domains_read(&load, &settings->kept_senders, "srs_exclude_domains");
	maps->hosted_given = map_len(maps->hosted) > 0;
	if (settings->hostname.len > 0)
		domains_add(arena, maps->hosted, address_fold_domain(arena, settings->hostname),
		            "hostname", NULL);
	maps->hostname = address_fold_domain(arena, settings->hostname);
	vec_push(arena, &own_names, settings->hostname);
	for (size_t i = 0; i < settings->own_names.len; i++)
		vec_push(arena, &own_names, settings->own_names.items[i]);
	maps->own = own_names_find(arena, &own_names);
	open_maps(&load, &settings->maps, maps);
	judge_hosted_domains(&load, maps);
	judge_bare_names(&load, settings->hostname, maps);
	return problems->errors == errors_before ? maps : NULL;
}

const char *forward_maps_doubt(const struct forward_maps *maps, struct arena *arena)
{
	const char *path = files_index_older(&maps->files, arena);

	if (files_changed(&maps->files))
		return "a table has just been changed";
	if (path != NULL)
		return arena_printf(arena, "%s is newer than its index; run postmap or newaliases",
		                    path)
		        .data;
	return NULL;
}

bool forward_maps_stale(const struct forward_maps *maps)
{
	return files_changed(&maps->files);
}

void forward_maps_distrust(struct forward_maps *maps)
{
	atomic_store(&maps->distrusted, true);
}

/* `domain` is folded. */
bool loaded_maps_host(const struct forward_maps *maps, struct str domain)
{
	if (domain.len == 0)
		return false;
	if (domains_have(maps->hosted, domain) || domains_have(maps->local, domain) ||
	    map_get(maps->virtual_domains, domain) != NULL)
		return true;
	/* Without a list, the tables are all that is known of what is ours. */
	return !maps->hosted_given && map_get(maps->key_domains, domain) != NULL;
}

bool loaded_maps_own(const struct forward_maps *maps, struct str domain)
{
	return loaded_maps_host(maps, domain) ||
	       (domain.len > 0 && domains_have(maps->relayed, domain));
}

static bool test_address(const struct forward_maps *maps, struct str address,
                         bool (*test)(const struct forward_maps *, struct str domain))
{
	struct arena *arena = arena_new();
	bool answer = test(maps, address_domain(arena, address));

	arena_free(arena);
	return answer;
}

static bool is_ours_or_own(const struct forward_maps *maps, struct str domain)
{
	return loaded_maps_own(maps, domain) ||
	       (domain.len > 0 && own_names_answer(maps->own, domain, STR("")) == OWN_YES);
}

bool forward_is_ours(const struct forward_maps *maps, struct str address)
{
	return test_address(maps, address, is_ours_or_own);
}

static bool is_kept_domain(const struct forward_maps *maps, struct str domain)
{
	return loaded_maps_own(maps, domain) ||
	       (domain.len > 0 && domains_have(maps->kept_senders, domain));
}

struct str forward_domain_reason(struct arena *arena, const struct forward_maps *maps,
                                 struct str address)
{
	struct str domain = address_domain(arena, address);
	const struct domain_reason *reason = domains_find(maps->hosted, domain);
	const struct table_entry *entry = map_get(maps->virtual_domains, domain);

	if (reason == NULL)
		reason = domains_find(maps->local, domain);
	if (entry == NULL && !maps->hosted_given)
		entry = map_get(maps->key_domains, domain);
	if (reason == NULL && entry != NULL)
		return arena_printf(arena, "%s:%u", entry->at.file, entry->at.line);
	if (reason == NULL)
		reason = domains_find(maps->relayed, domain);
	if (reason == NULL && domain.len > 0 &&
	    own_names_answer(maps->own, domain, STR("")) == OWN_YES)
		return STR("a name of this host");
	if (reason == NULL)
		return STR("");
	if (reason->at.file == NULL)
		return str_from(reason->setting);
	return arena_printf(arena, "%s, %s:%u", reason->setting, reason->at.file, reason->at.line);
}

bool forward_keeps_sender(const struct forward_maps *maps, struct str sender)
{
	return test_address(maps, sender, is_kept_domain);
}

/* Names in a virtual alias domain never reach the local aliases. */
bool loaded_maps_have_names(const struct forward_maps *maps, struct str domain)
{
	if (domain.len == 0)
		return true;
	if (map_len(maps->local) > 0)
		return domains_have(maps->local, domain);
	return loaded_maps_host(maps, domain) && map_get(maps->virtual_domains, domain) == NULL;
}
