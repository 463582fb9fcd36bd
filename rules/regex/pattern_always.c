/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns that match any text. */
#include "rules/regex/pattern_tree.h"

/* Does it match where a text begins or ends, whichever is asked for, and take no text? */
static bool matches_nothing(const struct pattern_node *node, enum pattern_node_assertion at,
                            bool *moved)
{
	bool any = false;

	switch (node->type) {
	case NODE_SET:
	case NODE_ANYTHING:
		return false;
	case NODE_REPEAT:
		any = node->min == 0 || matches_nothing(node->children.items[0], at, moved);
		*moved = true;
		return any;
	case NODE_CHOICE:
		for (size_t i = 0; i < node->children.len && !any; i++)
			any = matches_nothing(node->children.items[i], at, moved);
		*moved = true;
		return any;
	case NODE_SEQUENCE:
		for (size_t i = 0; i < node->children.len; i++)
			if (!matches_nothing(node->children.items[i], at, moved))
				return false;
		/* Once text may have been taken, and not be given back, no text begins. */
		return node->assertion == ASSERTION_NONE ||
		       (node->assertion == at && (at == ASSERTION_END || !*moved));
	}
	return false;
}

bool pattern_tree_always_matches(const struct pattern_node *tree)
{
	bool moved = false;

	return matches_nothing(tree, ASSERTION_START, &moved) ||
	       matches_nothing(tree, ASSERTION_END, &moved);
}
