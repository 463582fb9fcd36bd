/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What forward_maps_load() made: inside of forward.c, which answers about domains, and expand.c,
 * which answers about addresses. Read-only but for `distrusted`.
 */
#ifndef FORWARD_LOADED_MAPS_H
#define FORWARD_LOADED_MAPS_H

#include <stdatomic.h>

#include "forward/files.h"
#include "forward/forward_map.h"
#include "forward/own_names.h"

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
	const struct own_names *own;
	struct str hostname; /* folded; or empty */
	struct str delimiters;
	bool delimiters_given;
	atomic_bool distrusted; /* the files have changed, and can't be loaded */
};

/* The domain is hosted here, or relayed for its owner; `domain` is folded. */
bool loaded_maps_host(const struct forward_maps *maps, struct str domain);
bool loaded_maps_own(const struct forward_maps *maps, struct str domain);
/* The domain is one where bare names hold, as far as is known; the empty one always is. */
bool loaded_maps_have_names(const struct forward_maps *maps, struct str domain);

#endif
