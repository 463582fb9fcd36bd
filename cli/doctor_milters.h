/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The milters that an MTA's configuration names: Postfix's smtpd_milters (milter(5), with settings
 * of their own in braces) and Sendmail's X lines. Pure.
 */
#ifndef CLI_DOCTOR_MILTERS_H
#define CLI_DOCTOR_MILTERS_H

#include "base/vec.h"

/* Times are milliseconds, -1 where none is given; texts are empty then. */
struct doctor_milter {
	struct str name;    /* of X lines */
	struct str address; /* "unix:assay/assay.sock", "inet:127.0.0.1:8891", as it is written */
	struct str action;  /* when it is down: default_action, or what F= means */
	struct str protocol;
	int64_t connect_ms, command_ms, content_ms; /* C, R, E of T= */
	int64_t send_ms;                            /* S of T= */
};

struct doctor_milters {
	vec_members(struct doctor_milter);
};

/* The value of smtpd_milters with its parameters expanded. */
struct doctor_milters doctor_milters_postfix(struct arena *arena, struct str value);
/* Those of sendmail.cf that InputMailFilters names, in its order; and, with others, those of X
 * lines that it does not name. */
struct doctor_milters doctor_milters_sendmail(struct arena *arena, struct str cf,
                                              struct doctor_milters *unused_r);

/* "30s", "5m", "2h", "300": of Postfix and Sendmail; -1 where it is no time. */
int64_t doctor_milters_time_ms(struct str text);

#endif
