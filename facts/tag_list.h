/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * "name=value; name=value": the form of DKIM signatures and keys (RFC 6376 section 3.2), of ARC
 * sets and of DMARC records. Pure functions; slices of the input, the list in the arena.
 */
#ifndef FACTS_TAG_LIST_H
#define FACTS_TAG_LIST_H

#include "base/vec.h"

struct tag {
	struct str name;  /* as written: names differ by case */
	struct str value; /* without white space around it; folds may be inside */
	size_t offset;    /* of what follows "=", white space included, in the text */
	size_t len;       /* of that, up to the semicolon or the end */
};

struct tag_list {
	vec_members(struct tag);
};

/* False where it is not well formed, or a name comes twice; *why_r says what is wrong. */
bool tag_list_parse(struct arena *arena, struct str text, struct tag_list *list_r,
                    const char **why_r);

/* The tag of a name, or NULL. */
const struct tag *tag_list_find(const struct tag_list *list, const char *name);
/* Its value; `otherwise` where there is none. */
struct str tag_list_value(const struct tag_list *list, const char *name, struct str otherwise);

/* A colon-separated list has the word, case ignored; white space around words is. */
bool tag_value_has(struct str value, struct str word);

/* The text without its white space, as in the base64 of a tag. */
struct str tag_value_packed(struct arena *arena, struct str value);

#endif
