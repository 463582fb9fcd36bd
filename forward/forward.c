/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expansion as the MTA does it: tables with whole addresses first (virtual aliases), form by form
 * through all of them; then, for local domains, tables of bare names (local aliases); each result
 * again, until nothing more is found. Whatever is not certain makes the expansion `incomplete`,
 * and then nothing is dropped on it.
 */
#include "forward/forward.h"

#include <stdatomic.h>

#include "forward/address.h"
#include "forward/domains.h"
#include "forward/map.h"
#include "forward/table.h"

/* How often a result is looked up again; more is taken for a loop. */
#define FORWARD_MAX_DEPTH 10
/* How many destinations one recipient may have. */
#define FORWARD_MAX_DESTINATIONS 10000
#define DEFAULT_DELIMITERS       "+"

struct forward_maps {
	struct forward_map *maps;
	size_t map_count;
	/* Sets of domains: the name, or ".name" for all below it. */
	struct map *hosted;
	struct map *local;
	struct map *relayed;
	struct map *kept_senders;
	struct map *virtual_domains;
	struct map *key_domains;
	bool hosted_given;
	bool guess_local; /* which of several domains bare names hold in is not known */
	struct file_list files;
	struct str delimiters;
	atomic_bool distrusted; /* the files have changed, and can't be loaded */
};

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

struct forward_maps *forward_maps_load(struct arena *arena, const struct forward_settings *settings,
                                       struct problems *problems)
{
	struct forward_maps *maps = arena_new_object(arena, struct forward_maps);
	struct map_load load = { arena, problems, &maps->files, map_new(arena, MAP_EXACT),
		                 map_new(arena, MAP_EXACT) };
	size_t errors_before = problems->errors;

	maps->virtual_domains = load.virtual_domains;
	maps->key_domains = load.key_domains;
	maps->delimiters = settings->delimiters;
	maps->hosted = domains_read(&load, &settings->hosted_domains, "hosted_domains");
	maps->local = domains_read(&load, &settings->local_domains, "local_domains");
	maps->relayed = domains_read(&load, &settings->relayed_domains, "relayed_domains");
	maps->kept_senders = domains_read(&load, &settings->kept_senders, "srs_exclude_domains");
	maps->hosted_given = map_len(maps->hosted) > 0;
	if (settings->hostname.len > 0)
		domains_add(arena, maps->hosted, address_fold_domain(arena, settings->hostname),
		            "hostname", NULL);
	open_maps(&load, &settings->maps, maps);
	judge_bare_names(&load, settings->hostname, maps);
	return problems->errors == errors_before ? maps : NULL;
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
static bool is_hosted_domain(const struct forward_maps *maps, struct str domain)
{
	if (domain.len == 0)
		return false;
	if (domains_have(maps->hosted, domain) || domains_have(maps->local, domain) ||
	    map_get(maps->virtual_domains, domain) != NULL)
		return true;
	/* Without a list, the tables are all that is known of what is ours. */
	return !maps->hosted_given && map_get(maps->key_domains, domain) != NULL;
}

static bool is_our_domain(const struct forward_maps *maps, struct str domain)
{
	return is_hosted_domain(maps, domain) ||
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

bool forward_is_hosted(const struct forward_maps *maps, struct str address)
{
	return test_address(maps, address, is_hosted_domain);
}

bool forward_is_ours(const struct forward_maps *maps, struct str address)
{
	return test_address(maps, address, is_our_domain);
}

static bool is_kept_domain(const struct forward_maps *maps, struct str domain)
{
	return is_our_domain(maps, domain) ||
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
static bool is_local_domain(const struct forward_maps *maps, struct str domain)
{
	if (domain.len == 0)
		return true;
	if (map_len(maps->local) > 0)
		return domains_have(maps->local, domain);
	return is_hosted_domain(maps, domain) && map_get(maps->virtual_domains, domain) == NULL;
}

/* One look-up. */

struct walk {
	struct arena *arena;
	const struct forward_maps *maps;
	struct expansion *expansion;
	struct map *seen; /* key → struct visit */
};

struct visit {
	bool active; /* being expanded: to meet it again is a loop */
};

/* An address in the forms that tables have it. */
struct parts {
	struct str key;       /* user+ext@domain */
	struct str local;     /* user+ext */
	struct str user;      /* user */
	struct str extension; /* +ext, or empty */
	struct str domain;
};

struct found {
	struct target_list targets;
	bool without_extension; /* the form that matched did not have it */
	bool local;             /* the tables of bare names */
	bool guessed;           /* a bare name matched, which may not hold in this domain */
	const char *failed;     /* the map that gave no answer */
};

static struct parts split_parts(const struct walk *walk, struct str key)
{
	struct parts parts = { .key = key };

	address_split(key, &parts.local, &parts.domain);
	parts.user = parts.local;
	for (size_t i = 1; i < parts.local.len; i++) {
		if (str_find_char(walk->maps->delimiters, parts.local.data[i]) < 0)
			continue;
		parts.user = str_prefix(parts.local, i);
		parts.extension = str_from_offset(parts.local, i);
		break;
	}
	return parts;
}

struct form {
	struct str key;
	bool without_extension;
	bool whole; /* the address as it is */
	bool local; /* for tables of bare names */
	bool bare;  /* the domain was left out */
};

/* Looks one form up in all tables of a kind, in their order. */
static enum lookup_result look_up_form(const struct walk *walk, const struct form *form,
                                       struct found *found_r)
{
	for (size_t i = 0; i < walk->maps->map_count; i++) {
		const struct forward_map *map = &walk->maps->maps[i];
		enum lookup_result result;

		if ((map->type->keys == MAP_KEYS_LOCAL) != form->local ||
		    (map->type->keys == MAP_KEYS_PATTERN && !form->whole))
			continue;
		result = forward_map_lookup(walk->arena, map, form->key, &found_r->targets);
		if (result == LOOKUP_FAILED)
			found_r->failed = map->name;
		if (result != LOOKUP_NONE)
			return result;
	}
	return LOOKUP_NONE;
}

/* The forms of virtual(5), or of aliases(5), the most particular one first. */
static size_t make_forms(const struct walk *walk, const struct parts *parts, bool local,
                         struct form forms[5])
{
	bool bare = is_local_domain(walk->maps, parts->domain);
	bool extended = parts->extension.len > 0;
	bool full = !local && parts->domain.len > 0;
	struct str domain = parts->domain;
	size_t count = 0;

	if (full)
		forms[count++] = (struct form){ .key = parts->key };
	if (full && extended)
		forms[count++] = (struct form){
			.key = arena_printf(walk->arena, "%.*s@%.*s", STR_FMT(parts->user),
			                    STR_FMT(domain)),
			.without_extension = true,
		};
	if (bare)
		forms[count++] = (struct form){ .key = parts->local, .bare = true };
	if (bare && extended)
		forms[count++] = (struct form){
			.key = parts->user,
			.without_extension = true,
			.bare = true,
		};
	if (full)
		forms[count++] =
			(struct form){ .key = arena_printf(walk->arena, "@%.*s", STR_FMT(domain)) };
	for (size_t i = 0; i < count; i++) {
		forms[i].whole = str_eq(forms[i].key, parts->key);
		forms[i].local = local;
	}
	return count;
}

static enum lookup_result look_up(const struct walk *walk, const struct parts *parts,
                                  struct found *found_r)
{
	struct form forms[5];
	size_t count = make_forms(walk, parts, found_r->local, forms);

	for (size_t i = 0; i < count; i++) {
		enum lookup_result result = look_up_form(walk, &forms[i], found_r);

		found_r->without_extension = !found_r->local && forms[i].without_extension;
		if (result == LOOKUP_NONE)
			continue;
		found_r->guessed =
			forms[i].bare && parts->domain.len > 0 && walk->maps->guess_local;
		return result;
	}
	return LOOKUP_NONE;
}

/* Expansion. */

static void walk_address(struct walk *walk, struct str address, const struct source_position *at,
                         unsigned depth);

/* The first reason is told. */
static void set_incomplete(struct walk *walk, struct str trouble)
{
	if (!walk->expansion->incomplete)
		walk->expansion->trouble = trouble;
	walk->expansion->incomplete = true;
}

static void add_destination(struct walk *walk, struct str address, bool external,
                            const struct source_position *at)
{
	struct destination destination = { address, external, *at };

	if (walk->expansion->len == FORWARD_MAX_DESTINATIONS)
		set_incomplete(walk, STR("it has too many destinations"));
	else
		vec_push(walk->arena, walk->expansion, destination);
}

/* An address that nothing more is known of. */
static void add_final(struct walk *walk, struct str address, const struct source_position *at)
{
	struct str domain = address_domain(walk->arena, address);
	bool external = domain.len > 0 && !is_our_domain(walk->maps, domain);

	add_destination(walk, address, external, at);
}

/* The target for this address: "@domain" is the same user there, and +ext goes along. */
static struct str resolve_target(const struct walk *walk, const struct parts *parts,
                                 const struct found *found, struct str target)
{
	struct str local, domain;

	if (target.data[0] == '@')
		return arena_printf(walk->arena, "%.*s%.*s",
		                    STR_FMT(address_quote(walk->arena, parts->local)),
		                    STR_FMT(target));
	if (!found->without_extension)
		return target;
	address_split(target, &local, &domain);
	local = arena_printf(walk->arena, "%.*s%.*s", STR_FMT(address_unquote(walk->arena, local)),
	                     STR_FMT(parts->extension));
	local = address_quote(walk->arena, local);
	if (domain.len == 0)
		return local;
	return arena_printf(walk->arena, "%.*s@%.*s", STR_FMT(local), STR_FMT(domain));
}

/* An alias "joe" that names "joe", or joe at any local domain, means the mailbox. */
static bool is_self(const struct walk *walk, const struct parts *parts, struct str address,
                    bool local)
{
	struct str key = address_key(walk->arena, address), user, domain;

	address_split(key, &user, &domain);
	return str_eq(key, parts->key) ||
	       (local && is_local_domain(walk->maps, domain) && str_eq(user, parts->local));
}

/* Follows what was found; true where the address was among its own results. */
static bool follow(struct walk *walk, const struct parts *parts, const struct found *found,
                   struct source_position *self_r, unsigned depth)
{
	bool self = false;

	for (size_t i = 0; i < found->targets.len; i++) {
		const struct target *target = &found->targets.items[i];
		struct str address = target->text;

		if (target->kind == TARGET_UNKNOWN)
			set_incomplete(walk, arena_printf(walk->arena, "%.*s can't be read",
			                                  STR_FMT(address)));
		if (target->kind != TARGET_ADDRESS) {
			add_destination(walk, address, false, &target->at);
			continue;
		}
		address = resolve_target(walk, parts, found, address);
		if (is_self(walk, parts, address, found->local)) {
			self = true;
			*self_r = target->at;
			continue;
		}
		walk_address(walk, address, &target->at, depth + 1);
	}
	return self;
}

/*
 * Virtual aliases, then local ones where the virtual ones have nothing or name the address itself.
 * `at` is what named the address.
 */
static void walk_tables(struct walk *walk, struct str address, const struct parts *parts,
                        const struct source_position *at, unsigned depth)
{
	struct source_position self = *at;

	for (int local = 0; local <= 1; local++) {
		struct found found = { .local = local };
		enum lookup_result result = look_up(walk, parts, &found);

		if (result == LOOKUP_FAILED) {
			set_incomplete(walk,
			               arena_printf(walk->arena, "forward_map %s gives no answer",
			                            found.failed));
			break;
		}
		if (result == LOOKUP_NONE)
			continue;
		if (found.guessed)
			set_incomplete(walk, STR("a name in a table decides, which may hold in "
			                         "another domain only; set local_domains"));
		if (!follow(walk, parts, &found, &self, depth))
			return;
	}
	add_final(walk, address, &self);
}

static void walk_address(struct walk *walk, struct str address, const struct source_position *at,
                         unsigned depth)
{
	struct str key = address_key(walk->arena, address);
	struct visit *visit = map_get(walk->seen, key);
	struct parts parts = split_parts(walk, key);

	if (visit != NULL && !visit->active)
		return; /* named twice: one copy */
	if (visit != NULL || depth > FORWARD_MAX_DEPTH ||
	    walk->expansion->len == FORWARD_MAX_DESTINATIONS) {
		set_incomplete(walk, arena_printf(walk->arena,
		                                  "the tables lead to %.*s too often, or too far",
		                                  STR_FMT(address)));
		return;
	}
	visit = arena_new_object(walk->arena, struct visit);
	visit->active = true;
	map_set(walk->seen, key, visit);
	walk_tables(walk, address, &parts, at, depth);
	visit->active = false;
}

/* Nothing in any table, and not hosted. */
static bool is_foreign(const struct walk *walk, struct str address)
{
	const struct expansion *expansion = walk->expansion;

	return expansion->len == 1 && expansion->items[0].at.file == NULL &&
	       !is_hosted_domain(walk->maps, address_domain(walk->arena, address));
}

static enum recipient_class classify(const struct walk *walk, struct str address)
{
	bool external = false, mailbox = false;

	if (is_foreign(walk, address))
		return forward_is_ours(walk->maps, address) ? RECIPIENT_RELAYED : RECIPIENT_UNKNOWN;
	for (size_t i = 0; i < walk->expansion->len; i++) {
		external |= walk->expansion->items[i].external;
		mailbox |= !walk->expansion->items[i].external;
	}
	if (external)
		return mailbox ? RECIPIENT_BOTH : RECIPIENT_FORWARDED;
	return RECIPIENT_HOSTED;
}

const char *forward_class_name(enum recipient_class class)
{
	static const char *const names[] = {
		[RECIPIENT_UNKNOWN] = "unknown",     [RECIPIENT_HOSTED] = "hosted",
		[RECIPIENT_FORWARDED] = "forwarded", [RECIPIENT_BOTH] = "both",
		[RECIPIENT_RELAYED] = "relayed",
	};

	return names[class];
}

const struct expansion *forward_expand(struct arena *arena, const struct forward_maps *maps,
                                       struct str address)
{
	struct expansion *expansion = arena_new_object(arena, struct expansion);
	struct walk walk = { arena, maps, expansion, map_new(arena, MAP_EXACT) };
	static const struct source_position nowhere = { 0 };

	if (atomic_load_explicit(&maps->distrusted, memory_order_relaxed))
		set_incomplete(&walk, STR("a table has changed and can't be loaded"));
	walk_address(&walk, address, &nowhere, 0);
	expansion->class = classify(&walk, address);
	return expansion;
}
