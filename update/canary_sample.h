/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mail on which new rules are tried: a sample that is built in, and folders of the site. */
#ifndef UPDATE_CANARY_SAMPLE_H
#define UPDATE_CANARY_SAMPLE_H

#include "scoring/settings.h"

struct canary_message {
	struct str name; /* a path, or "sample/ham:3" */
	struct str text;
	bool spam;
};

struct canary_sample {
	vec_members(struct canary_message);
};

/* Copies of dropped mail that were made since so many seconds are taken. */
#define CANARY_COPIES_S   86400
#define CANARY_COPIES_MAX 500

/* At most so many of a folder are taken, from all over it; and of all folders so many bytes. */
#define CANARY_FOLDER_MAX 2000
#define CANARY_BYTES_MAX  (256 << 20)

/*
 * The built-in sample, what was dropped in the last day where copies are kept (as spam), and what
 * is in `ham` and `spam` of each directory of canary_mail: a message a file, mbox files, Maildirs.
 * Warnings tell what can't be read. All is in the arena. Blocks on the disk.
 */
void canary_sample_read(struct arena *arena, const struct settings *settings,
                        struct canary_sample *sample_r, struct problems *problems);

#endif
