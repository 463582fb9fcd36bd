/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log: syslog's mail facility or stderr, one line per call. Control characters in what is
 * logged and the like (base/shown.h) are written as \ooo, so that no sender can forge a line.
 * Thread-safe once log_open() has run; before that, lines go to stderr. Nothing can fail.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_destination {
	LOG_TO_STDERR,
	LOG_TO_SYSLOG,
};

/*
 * `ident` must stay valid. With LOG_TO_STDERR each line begins with "ident: ", or, where stderr is
 * a stream of the journal, with its priority, "<3>" for an error, "<4>" for a warning, else "<6>".
 */
void log_open(const char *ident, enum log_destination destination);

/* `id` is the MTA's queue id, or NULL; the line is "id: text". Errors and warnings are marked as
 * such. */
void log_info(const char *id, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const char *id, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *id, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
