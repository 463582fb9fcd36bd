/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The folder of messages that were judged wrongly, for work on rules and for learning: DIR/ham/ and
 * DIR/spam/ by what they really are, each message in a file of its own that others can't read.
 * Thread-safe; blocks on the disk.
 */
#ifndef RELEASE_MISTAKES_H
#define RELEASE_MISTAKES_H

#include "base/arena.h"
#include "base/error.h"

enum mistake_class {
	MISTAKE_HAM,
	MISTAKE_SPAM,
};

/*
 * Keeps a message, durably, under a name that is the same for the same message (hexadecimal
 * digits), and takes it from the other class if it was there. The path, in the arena; NULL with the
 * reason.
 */
const char *mistakes_keep(struct arena *arena, const char *directory, enum mistake_class class,
                          struct str identity, struct str text, struct error *err_r);

#endif
