/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other programs that a command runs, without a shell. Not thread-safe (waitpid()). */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include <sys/types.h>

#include "base/error.h"
#include "base/vec.h"

/*
 * Runs a program, found in PATH, with the arguments (the first is its name) and waits for its end.
 * What it writes to stdout is put into the arena; its stdin is empty. False, with a sentence, where
 * it can't be run or ends with another status than 0; what it wrote to stderr is in the sentence.
 */
bool program_run(struct arena *arena, const struct str_list *arguments, struct str *output_r,
                 struct error *err_r);

/* One that runs, and is read from meanwhile. */
struct program {
	struct str name;
	pid_t pid;
	int output; /* what it writes to stdout */
};

/*
 * Starts a program as program_run() does, but for stderr, which is our own. False, with a sentence,
 * where it can't be run. The name's bytes have to outlive it.
 */
bool program_start(const struct str_list *arguments, struct program *program_r,
                   struct error *err_r);
/* Closes the pipe and waits for its end. False, with a sentence, where it ended with another status
 * than 0. */
bool program_finish(struct program *program, struct error *err_r);

#endif
