/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of firms that senders borrow, and the domains that are theirs: `brand` and its kin in rule
 * files. Filled by one thread while a rule set is loaded, read by any number after that; in the
 * rule set's arena. Nothing fails.
 */
#ifndef RULES_MODEL_BRAND_H
#define RULES_MODEL_BRAND_H

#include "base/map.h"
#include "message/skeleton.h"

struct brand {
	struct str name; /* as written, with spaces */
	struct skeleton letters;
	bool alone;              /* its name is a word, too: it counts only with nothing but
	                          * words of service beside it */
	struct str_list domains; /* "example.com" with all below it; "example.*" in any country */
};

struct brand_table {
	vec_of(struct brand *) brands;
	struct map *by_name;                  /* struct brand */
	vec_of(struct brand *) by_letter[64]; /* by the first letter */
	struct map *words;                    /* of service, in lower case */
	struct map *domains; /* of all; those with ".*" without it in `countries` */
	struct map *countries;
};

/* A name in a text. */
struct brand_found {
	const struct brand *brand;
	size_t first, end; /* of the skeleton's letters */
	bool disguised;    /* other letters only look like the name */
};

void brand_table_init(struct arena *arena, struct brand_table *table);
/* The brand of a name ("_" stands for a space), made where there is none yet. */
struct brand *brand_named(struct arena *arena, struct brand_table *table, struct str name);
/* Adds a domain, in lower case, that lives as long as the table. */
void brand_add_domain(struct arena *arena, struct brand_table *table, struct brand *brand,
                      struct str domain);
/* Takes it out again; so may a site that has another use for the word. */
void brand_forget(struct brand_table *table, struct str name);

/* The first brand that a sender's name claims, from letter `from` on; false where there is none.
 * Not in parentheses, nor behind "via", "at" and their like: those say where a person works. */
bool brand_find_in_name(const struct brand_table *table, struct str text,
                        const struct skeleton *skeleton, size_t from, struct brand_found *found_r);
/* The first whose name stands anywhere as words of their own, but for those that are words, too. */
bool brand_find(const struct brand_table *table, struct str text, const struct skeleton *skeleton,
                size_t from, struct brand_found *found_r);

/* Is the host, in lower case, the brand's? `domain` is where it is registered. */
bool brand_owns(const struct brand *brand, struct str host, struct str domain);

/* Is the host, in lower case, that of any brand that was ever added? */
bool brand_owns_any(const struct brand_table *table, struct str host, struct str domain);
/* Has the domain the brand's name, or what looks like it, somewhere in it? */
bool brand_is_in_domain(struct arena *arena, const struct brand *brand, struct str domain);

#endif
