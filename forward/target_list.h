/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an address becomes: the answer of a look-up. Plain values.
 */
#ifndef FORWARD_TARGET_LIST_H
#define FORWARD_TARGET_LIST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

enum target_kind {
	TARGET_ADDRESS, /* to be looked up again; "@domain" means the same user there */
	TARGET_MAILBOX, /* delivered here and no further: "\joe", a command, a file */
	TARGET_UNKNOWN, /* what it stands for could not be read: an :include: file */
};

struct target {
	enum target_kind kind;
	struct str text; /* for TARGET_ADDRESS the address, quotes kept */
	struct source_position at;
};

/*
 * What a table answers. With `doubt`, also where it has nothing: MTAs may read what decided in
 * another way than we do, or not at all; so nothing is dropped on it.
 */
struct target_list {
	vec_members(struct target);
	const char *doubt; /* a clause, "…:12 has a key that …"; NULL where there is none */
};

/* Marks what is found there as doubtful, "FILE:LINE doubt"; the first one counts. */
void target_list_doubt(struct arena *arena, struct target_list *targets,
                       const struct source_position *at, const char *doubt);

#endif
