/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expansion as the MTA does it: tables with whole addresses first (virtual aliases), form by form
 * through all of them; then, for local domains, tables of bare names (local aliases); each result
 * again, until nothing more is found. Whatever is not certain makes the expansion `incomplete`,
 * and then nothing is dropped on it.
 */
#include "forward/forward.h"

#include "forward/address.h"
#include "forward/domains.h"
#include "forward/loaded_maps.h"

/* How often a result is looked up again; more is taken for a loop. */
#define FORWARD_MAX_DEPTH 10
/* How many destinations one recipient may have. */
#define FORWARD_MAX_DESTINATIONS 10000

/* One look-up. */

struct walk {
	struct arena *arena;
	const struct forward_maps *maps;
	struct expansion *expansion;
	struct str mta_name; /* what the MTA calls itself; or empty */
	struct map *seen;    /* key → struct visit */
};

struct visit {
	bool active; /* being expanded: to meet it again is a loop */
};

/* An address in the forms that tables have it. */
struct parts {
	struct str address;   /* as it was named */
	struct str key;       /* user+ext@domain */
	struct str exact;     /* the same in its own case, quoted where it must be */
	struct str local;     /* user+ext */
	struct str user;      /* user */
	struct str extension; /* +ext, or empty */
	struct str domain;
};

/* What named an address: its place, and whether that was in a table of bare names. */
struct origin {
	struct source_position at;
	bool local;
	unsigned depth;
};

struct found {
	struct target_list targets;
	bool local;         /* the tables of bare names */
	bool stripped;      /* the form that matched did not have the extension */
	bool bare;          /* nor the domain */
	const char *failed; /* the map that gave no answer */
};

/* The first reason is told. */
static void set_incomplete(struct walk *walk, struct str trouble)
{
	if (!walk->expansion->incomplete)
		walk->expansion->trouble = trouble;
	walk->expansion->incomplete = true;
}

static bool is_own(const struct walk *walk, struct str domain)
{
	return domain.len > 0 &&
	       own_names_answer(walk->maps->own, domain, walk->mta_name) == OWN_YES;
}

/* Bare names hold there, as far as is known. */
static bool has_names(const struct walk *walk, struct str domain)
{
	return loaded_maps_have_names(walk->maps, domain) || is_own(walk, domain);
}

/* It wasn't configured, and it may not be the only such domain. */
static bool is_guess(const struct walk *walk, struct str domain)
{
	return domain.len > 0 &&
	       (walk->maps->guess_local || !loaded_maps_have_names(walk->maps, domain));
}

/* Which names Postfix never takes apart. */
static bool is_whole_name(struct str local, struct str delimiters)
{
	if (str_eq(local, STR("postmaster")) || str_eq(local, STR("mailer-daemon")) ||
	    str_eq(local, STR("double-bounce")))
		return true;
	return str_find_char(delimiters, '-') >= 0 &&
	       (str_starts(local, STR("owner-")) ||
	        (local.len > 8 && str_ends_ci(local, STR("-request"))));
}

static void split_extension(const struct walk *walk, struct parts *parts)
{
	struct str delimiters = walk->maps->delimiters;
	size_t i = 0;

	parts->user = parts->local;
	if (is_whole_name(parts->local, delimiters))
		return;
	while (i < parts->local.len && str_find_char(delimiters, parts->local.data[i]) < 0)
		i++;
	if (i == 0 || i + 1 >= parts->local.len)
		return;
	parts->user = str_prefix(parts->local, i);
	parts->extension = str_from_offset(parts->local, i);
}

static struct str exact_address(struct arena *arena, struct str address)
{
	struct str local, domain;

	address_split(address, &local, &domain);
	local = address_quote(arena, address_unquote(arena, local));
	while (domain.len > 0 && domain.data[domain.len - 1] == '.')
		domain.len--;
	if (domain.len == 0)
		return local;
	return arena_printf(arena, "%.*s@%.*s", STR_FMT(local), STR_FMT(domain));
}

static struct parts split_parts(const struct walk *walk, struct str address)
{
	struct parts parts = { .address = address };

	parts.key = address_key(walk->arena, address);
	parts.exact = exact_address(walk->arena, address);
	address_split(parts.key, &parts.local, &parts.domain);
	split_extension(walk, &parts);
	return parts;
}

struct form {
	struct str key;
	struct str exact; /* for patterns, which are tried with whole addresses alone; or empty */
	bool stripped;
	bool local; /* for tables of bare names */
	bool bare;  /* the domain was left out */
};

/* Looks one form up in all tables of a kind, in their order. */
static enum lookup_result look_up_form(struct walk *walk, const struct form *form,
                                       struct found *found_r)
{
	for (size_t i = 0; i < walk->maps->map_count; i++) {
		const struct forward_map *map = &walk->maps->maps[i];
		bool pattern = map->type->keys == MAP_KEYS_PATTERN;
		enum lookup_result result;

		if ((map->type->keys == MAP_KEYS_LOCAL) != form->local ||
		    (pattern && form->exact.len == 0))
			continue;
		result = forward_map_lookup(walk->arena, map, pattern ? form->exact : form->key,
		                            &found_r->targets);
		if (found_r->targets.doubt != NULL)
			set_incomplete(walk, arena_printf(walk->arena,
			                                  "%s, which not every MTA reads alike",
			                                  found_r->targets.doubt));
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
	bool bare = has_names(walk, parts->domain);
	bool extended = parts->extension.len > 0;
	bool full = !local && parts->domain.len > 0;
	struct str domain = parts->domain;
	size_t count = 0;

	if (full)
		forms[count++] = (struct form){ .key = parts->key, .exact = parts->exact };
	if (full && extended)
		forms[count++] = (struct form){
			.key = arena_printf(walk->arena, "%.*s@%.*s", STR_FMT(parts->user),
			                    STR_FMT(domain)),
			.stripped = true,
		};
	if (bare)
		forms[count++] = (struct form){ .key = parts->local, .bare = true };
	if (bare && extended)
		forms[count++] = (struct form){
			.key = parts->user,
			.stripped = true,
			.bare = true,
		};
	if (full)
		forms[count++] =
			(struct form){ .key = arena_printf(walk->arena, "@%.*s", STR_FMT(domain)) };
	for (size_t i = 0; i < count; i++)
		forms[i].local = local;
	return count;
}

static enum lookup_result look_up(struct walk *walk, const struct parts *parts,
                                  struct found *found_r)
{
	struct form forms[5];
	size_t count = make_forms(walk, parts, found_r->local, forms);

	for (size_t i = 0; i < count; i++) {
		enum lookup_result result = look_up_form(walk, &forms[i], found_r);

		found_r->stripped = forms[i].stripped;
		if (result == LOOKUP_NONE)
			continue;
		found_r->bare = forms[i].bare;
		return result;
	}
	return LOOKUP_NONE;
}

/* What else an MTA might have found. */

static bool has_entry(struct walk *walk, struct str key, struct str exact, bool local)
{
	struct form form = { .key = key, .exact = exact, .local = local };
	struct found found = { 0 };

	return look_up_form(walk, &form, &found) != LOOKUP_NONE;
}

/* Sendmail's "user+*" goes before "user" for any extension. */
static void doubt_star(struct walk *walk, const struct parts *parts, bool local)
{
	struct str key =
		arena_printf(walk->arena, "%.*s%.1s*", STR_FMT(parts->user), parts->extension.data);

	if (!local && parts->domain.len > 0)
		key = arena_printf(walk->arena, "%.*s@%.*s", STR_FMT(key), STR_FMT(parts->domain));
	if (has_entry(walk, key, STR(""), local))
		set_incomplete(walk, arena_printf(walk->arena,
		                                  "%.*s is in a table, which Sendmail "
		                                  "alone takes for a pattern",
		                                  STR_FMT(key)));
}

static void doubt_completed(struct walk *walk, const struct parts *parts, struct str domain)
{
	struct str catch_all = arena_printf(walk->arena, "@%.*s", STR_FMT(domain));
	struct str address =
		arena_printf(walk->arena, "%.*s%.*s", STR_FMT(parts->local), STR_FMT(catch_all));
	struct str exact =
		arena_printf(walk->arena, "%.*s%.*s", STR_FMT(parts->exact), STR_FMT(catch_all));

	if (domain.len > 0 && domain.data[0] != '.' &&
	    (has_entry(walk, address, exact, false) || has_entry(walk, catch_all, STR(""), false)))
		set_incomplete(walk, arena_printf(walk->arena,
		                                  "%.*s is in a table too, which the MTA may make "
		                                  "of the name alone",
		                                  STR_FMT(address)));
}

/* How many domains a bare name is tried with; where there are more, it is not certain anyway. */
#define COMPLETIONS_MAX 16

/* The MTA adds a domain of its own to a bare name, and looks for that first. */
static void doubt_bare_name(struct walk *walk, const struct parts *parts)
{
	const struct forward_maps *maps = walk->maps;
	const struct map *domains = map_len(maps->local) > 0 ? maps->local : maps->hosted;
	size_t count = map_len(domains);

	if (count > COMPLETIONS_MAX)
		set_incomplete(walk, STR("a name without a domain may mean any of many; set "
		                         "local_domains"));
	for (size_t i = 0; i < count && i < COMPLETIONS_MAX; i++) {
		struct str domain;

		map_at(domains, i, &domain);
		doubt_completed(walk, parts, domain);
	}
	doubt_completed(walk, parts, maps->hostname);
}

/* An address of ours that MTAs may rewrite before they look it up. */
static void doubt_address(struct walk *walk, const struct parts *parts)
{
	const char *doubt = address_doubt(walk->arena, parts->address);

	if (doubt == NULL && parts->local.len == 0 && parts->domain.len > 0)
		doubt = "has no local part";
	if (doubt != NULL)
		set_incomplete(
			walk, arena_printf(walk->arena, "%.*s %s", STR_FMT(parts->address), doubt));
}

/* All reasons why what was found in tables may not be what the MTA finds. */
static void doubt_found(struct walk *walk, const struct parts *parts, const struct found *found,
                        const struct origin *origin)
{
	doubt_address(walk, parts);
	if (found->bare && is_guess(walk, parts->domain))
		set_incomplete(walk, STR("a name in a table decides, which may hold in "
		                         "another domain only; set local_domains"));
	if (found->bare && !found->local)
		set_incomplete(walk, STR("a name without a domain decides, which not every MTA "
		                         "looks for in such a table"));
	if (found->stripped && !walk->maps->delimiters_given)
		set_incomplete(walk, STR("an address without its extension decides; set "
		                         "recipient_delimiter to that of the MTA"));
	if (parts->extension.len > 0)
		doubt_star(walk, parts, found->local);
	if (parts->domain.len == 0 && !origin->local)
		doubt_bare_name(walk, parts);
	/* What names in aliases become, Sendmail takes through the virtual tables, Postfix only
	 * where it is not local. */
	if (!found->local && origin->local && has_names(walk, parts->domain))
		set_incomplete(walk, arena_printf(walk->arena,
		                                  "an alias leads to %.*s, which another kind of "
		                                  "table has too",
		                                  STR_FMT(parts->address)));
}

/* Expansion. */

static void walk_address(struct walk *walk, struct str address, const struct origin *origin);

static void add_destination(struct walk *walk, struct str address, bool external,
                            const struct source_position *at)
{
	struct destination destination = { address, external, *at };

	if (walk->expansion->len == FORWARD_MAX_DESTINATIONS)
		set_incomplete(walk, STR("it has too many destinations"));
	else
		vec_push(walk->arena, walk->expansion, destination);
}

/* False for what is, or may be, here: a bare name, a domain of ours, a name of this host. */
static bool is_external(struct walk *walk, struct str address, bool from_table)
{
	const struct forward_maps *maps = walk->maps;
	struct str domain = address_domain(walk->arena, address);
	enum own_answer own;

	if (domain.len == 0 || loaded_maps_own(maps, domain))
		return false;
	own = own_names_answer(maps->own, domain, walk->mta_name);
	if (own == OWN_PERHAPS)
		set_incomplete(walk, arena_printf(walk->arena, "%.*s may be a name of this host",
		                                  STR_FMT(domain)));
	if (!from_table)
		return own == OWN_NO;
	if (map_get(maps->key_domains, domain) != NULL)
		set_incomplete(walk, arena_printf(walk->arena,
		                                  "%.*s has addresses in a table, but is not in "
		                                  "hosted_domains",
		                                  STR_FMT(domain)));
	if (!maps->hosted_given)
		set_incomplete(walk, STR("hosted_domains is not set"));
	return own == OWN_NO;
}

/* An address that nothing more is known of. */
static void add_final(struct walk *walk, struct str address, const struct source_position *at)
{
	add_destination(walk, address, is_external(walk, address, at->file != NULL), at);
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
	if (!found->stripped || found->local)
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
	       (local && has_names(walk, domain) && str_eq(user, parts->local));
}

/* Follows what was found; true if the address was among its own results. */
static bool follow(struct walk *walk, const struct parts *parts, const struct found *found,
                   struct source_position *self_r, unsigned depth)
{
	bool self = false;

	for (size_t i = 0; i < found->targets.len; i++) {
		const struct target *target = &found->targets.items[i];
		struct origin origin = { target->at, found->local, depth + 1 };
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
		walk_address(walk, address, &origin);
	}
	return self;
}

/* Virtual aliases, then local ones where the virtual ones have nothing or name the address itself.
 */
static void walk_tables(struct walk *walk, const struct parts *parts, const struct origin *origin)
{
	struct source_position self = origin->at;

	/* A bare name in an alias is that of a user or another alias. */
	for (int local = origin->local && parts->domain.len == 0; local <= 1; local++) {
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
		doubt_found(walk, parts, &found, origin);
		if (!follow(walk, parts, &found, &self, origin->depth))
			return;
	}
	if (has_names(walk, parts->domain) || loaded_maps_own(walk->maps, parts->domain))
		doubt_address(walk, parts);
	add_final(walk, parts->address, &self);
}

static void walk_address(struct walk *walk, struct str address, const struct origin *origin)
{
	struct parts parts = split_parts(walk, address);
	struct visit *visit = map_get(walk->seen, parts.key);

	if (visit != NULL && !visit->active)
		return; /* named twice: one copy */
	if (visit != NULL || origin->depth > FORWARD_MAX_DEPTH ||
	    walk->expansion->len == FORWARD_MAX_DESTINATIONS) {
		set_incomplete(walk, arena_printf(walk->arena,
		                                  "the tables lead to %.*s too often, or too far",
		                                  STR_FMT(address)));
		return;
	}
	visit = arena_new_object(walk->arena, struct visit);
	visit->active = true;
	map_set(walk->seen, parts.key, visit);
	walk_tables(walk, &parts, origin);
	visit->active = false;
}

/* Nothing in any table, and not hosted. */
static bool is_foreign(const struct walk *walk, struct str address)
{
	const struct expansion *expansion = walk->expansion;
	struct str domain = address_domain(walk->arena, address);

	return expansion->len == 1 && expansion->items[0].at.file == NULL &&
	       !loaded_maps_host(walk->maps, domain) && !is_own(walk, domain);
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

static const struct expansion *expand(struct arena *arena, const struct forward_maps *maps,
                                      struct str address, struct str mta_name,
                                      const struct origin *origin)
{
	struct expansion *expansion = arena_new_object(arena, struct expansion);
	struct walk walk = { arena, maps, expansion, mta_name, map_new(arena, MAP_EXACT) };

	if (atomic_load_explicit(&maps->distrusted, memory_order_relaxed))
		set_incomplete(&walk, STR("a table has changed and can't be loaded"));
	walk_address(&walk, address, origin);
	expansion->class = classify(&walk, address);
	return expansion;
}

const struct expansion *forward_expand_for(struct arena *arena, const struct forward_maps *maps,
                                           struct str address, struct str mta_name)
{
	struct origin nowhere = { 0 };

	return expand(arena, maps, address, mta_name, &nowhere);
}

const struct expansion *forward_expand_reversed(struct arena *arena,
                                                const struct forward_maps *maps, struct str sender,
                                                struct str mta_name)
{
	struct origin srs = { .at = { .file = "SRS" } };

	return expand(arena, maps, sender, mta_name, &srs);
}

const struct expansion *forward_expand(struct arena *arena, const struct forward_maps *maps,
                                       struct str address)
{
	return forward_expand_for(arena, maps, address, STR(""));
}
