/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text as an eye takes it: "PаyPaI", "P4YPAL" and "𝐏𝐚𝐲𝐏𝐚𝐥" have the same skeleton (the term of UTS
 * #39, section 4; only what looks like ASCII is folded, and digits that stand for letters are,
 * too). Pure but for the arena; nothing fails.
 */
#ifndef MESSAGE_SKELETON_H
#define MESSAGE_SKELETON_H

#include "base/vec.h"

/* What a character is to those who compare skeletons. */
struct skeleton_char {
	uint32_t code;    /* in lower case and folded; several for one character ("m" is "rn") */
	uint32_t at, end; /* the bytes of the text that it stands for */
	bool begins_word; /* after white space, punctuation, or what is written together like
	                   * "payPal"; always so in scripts that are written without spaces */
	bool begins_run;  /* after white space or punctuation, but an apostrophe or "&" */
};

struct skeleton {
	vec_members(struct skeleton_char);
};

/* Appends the letters and digits of the text, in UTF-8, at most `max` of them; what is broken
 * counts as punctuation, what has no width as nothing. */
void skeleton_make(struct arena *arena, struct str text, size_t max, struct skeleton *skeleton);

#endif
