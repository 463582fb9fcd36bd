/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of the mail log: a file that grows and is replaced now and then, standard input, or the
 * journal by journalctl. One thread (waitpid()).
 */
#ifndef CLI_HEALTH_SOURCE_H
#define CLI_HEALTH_SOURCE_H

#include <signal.h>
#include <sys/types.h>

#include "base/error.h"
#include "cli/program.h"

#define HEALTH_SOURCE_LINE_SIZE (64 * 1024)

/* Gets a line without its end; valid until it returns. */
typedef void health_source_line(struct str line, void *context);

/* To be set up by one of the health_source_*() that begin one. */
struct health_source {
	health_source_line *line;
	void *context;
	const volatile sig_atomic_t *stopped; /* ends a wait */
	/* The source's own. */
	const char *path; /* NULL: a pipe */
	int fd;           /* -1: not open */
	ino_t ino;
	struct program journal;
	size_t len;
	bool too_long; /* the line that goes on is left */
	bool ended;    /* no more will come */
	char bytes[HEALTH_SOURCE_LINE_SIZE];
};

/* A file, that need not be there yet; "-" is standard input. `log` has to outlive the source. */
void health_source_log(struct health_source *source, const char *log);
/* What the mail servers wrote since then (since 1970; 0: all), by their units, as which nobody else
 * can write; with `follow` also what they will write. False where journalctl can't be run. */
bool health_source_journal(struct health_source *source, int64_t since_s, bool follow,
                           struct error *err_r);

/* Waits for about two seconds, and hands on each line that came. */
void health_source_wait(struct health_source *source);
/* False, with a sentence, where journalctl ended by itself, and with an error. */
bool health_source_close(struct health_source *source, struct error *err_r);

#endif
