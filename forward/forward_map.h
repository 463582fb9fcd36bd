/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Look-up tables that say what an address becomes: one table of map types in forward_map.c, a file
 * for each type. A map is opened while the policy is built, by one thread; all its memory is the
 * policy's arena. Afterwards any number of threads look up; a type that talks to a server may
 * block for its time limit, and may fail, which is an answer of its own.
 */
#ifndef FORWARD_FORWARD_MAP_H
#define FORWARD_FORWARD_MAP_H

#include "base/map.h"
#include "base/problems.h"
#include "forward/files.h"
#include "forward/target_list.h"

enum lookup_result {
	LOOKUP_NONE,
	LOOKUP_FOUND,
	LOOKUP_FAILED, /* the server or file did not answer: nothing is known */
};

/* What keys a type's tables have. */
enum map_keys {
	MAP_KEYS_ADDRESS, /* virtual(5): user@domain, user, @domain */
	MAP_KEYS_LOCAL,   /* aliases(5): user, for local domains */
	MAP_KEYS_PATTERN, /* whole addresses only, in their own case; what they match is not listed
	                   */
};

/* Passed through a load. */
struct map_load {
	struct arena *arena;
	struct problems *problems;
	struct file_list *files;
	struct map *virtual_domains; /* "example.com anything" in a table */
	struct map *key_domains;     /* domains of the keys user@domain and @domain */
};

struct forward_map_type {
	const char *name;
	enum map_keys keys;
	/* Opens what follows "name:"; NULL with problems where it can't. */
	void *(*open)(const struct map_load *load, struct str spec);
	/* Looks up a key made by address_key(), or for MAP_KEYS_PATTERN the address with its case;
	 * the answer may be in `arena` or the map. */
	enum lookup_result (*lookup)(struct arena *arena, void *data, struct str key,
	                             struct target_list *targets_r);
};

struct forward_map {
	const struct forward_map_type *type;
	const char *name; /* as in the configuration, but for a password */
	void *data;
};

/* Opens "type:rest"; false with problems added. */
bool forward_map_open(const struct map_load *load, struct str name, struct forward_map *map_r);

enum lookup_result forward_map_lookup(struct arena *arena, const struct forward_map *map,
                                      struct str key, struct target_list *targets_r);

extern const struct forward_map_type forward_map_texthash;
extern const struct forward_map_type forward_map_aliases;
extern const struct forward_map_type forward_map_pcre;
extern const struct forward_map_type forward_map_regexp;
extern const struct forward_map_type forward_map_sqlite;
extern const struct forward_map_type forward_map_redis;
extern const struct forward_map_type forward_map_rediss;
extern const struct forward_map_type forward_map_redis_unix;
extern const struct forward_map_type forward_map_socketmap;

#endif
