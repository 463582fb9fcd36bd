/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways through the tree of parts. */
#include "message/mime.h"

static struct mime_part *next_outside(const struct mime_part *part)
{
	while (part != NULL && part->next_sibling == NULL)
		part = part->parent;
	return part != NULL ? part->next_sibling : NULL;
}

struct mime_part *mime_next(const struct mime_part *part)
{
	return part->first_child != NULL ? part->first_child : next_outside(part);
}

/* The first part of a type in a multipart, those nearest to it first; or NULL. */
static struct mime_part *find_nearest(struct mime_part *multipart, struct str type)
{
	const struct mime_part *end = next_outside(multipart);
	struct mime_part *found = NULL;

	for (struct mime_part *part = mime_next(multipart); part != end; part = mime_next(part))
		if (part->first_child == NULL && str_eq(part->type, type) &&
		    (found == NULL || part->depth < found->depth))
			found = part;
	return found;
}

void mime_choose_alternatives(struct mime_part *root, struct str preferred)
{
	for (struct mime_part *part = root; part != NULL; part = mime_next(part)) {
		const struct mime_part *chosen = NULL, *end = next_outside(part);

		if (str_eq(part->type, STR("multipart/alternative")))
			chosen = find_nearest(part, preferred);
		if (chosen == NULL)
			continue;
		for (struct mime_part *other = mime_next(part); other != end;
		     other = mime_next(other))
			other->is_beside_body |= other != chosen;
	}
}
