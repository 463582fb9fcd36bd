/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one line in the log for each message. */
#ifndef MILTER_LOG_LINE_H
#define MILTER_LOG_LINE_H

#include "milter/session_private.h"

/*
 * "client=NAME[IP], from=<…>, nrcpt=…, size=…, score=…, required=…, action=…, tests=A=1.2,B=…,
 * time=…ms", and limits=…, note=… where there is something to say. `note` may be empty. What
 * strangers chose is written so that it can't be taken for another field (log_text.h).
 */
struct str log_line(const struct session_ending *ending, struct str note);

/* The same for one that was not scanned, and is to be sent again; a NUL follows it. */
struct str log_line_refused(const struct session *session, struct str note);

#endif
