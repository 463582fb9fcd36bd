/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Postfix's configuration, read and changed by its own postconf(1), so that comments and order of
 * main.cf and master.cf stay. Not thread-safe (it runs a program).
 */
#ifndef CLI_POSTCONF_H
#define CLI_POSTCONF_H

#include "base/error.h"
#include "base/vec.h"

struct postconf {
	struct arena *arena;
	const char *directory; /* that has main.cf; NULL: Postfix's own */
};

/* A parameter's value, whether main.cf sets it or not. */
bool postconf_value(const struct postconf *pc, const char *name, struct str *value_r,
                    struct error *err_r);
/* Does main.cf set it? Then also its value there. */
bool postconf_is_set(const struct postconf *pc, struct str name, bool *set_r, struct str *value_r,
                     struct error *err_r);
/* A service of master.cf, such as "smtp/inet", on one line; empty where there is none. */
bool postconf_service(const struct postconf *pc, struct str name, struct str *line_r,
                      struct error *err_r);

/* Several parameters with their values, expanded, as lines "NAME = VALUE"; of all of them, Postfix
 * would ask the DNS for some. */
bool postconf_values(const struct postconf *pc, const char *const *names, size_t count,
                     struct str *lines_r, struct error *err_r);
/* All services of a kind, such as inet, a line each; and what services set for themselves, as lines
 * "smtp/inet/smtpd_milters = …", with their parameters expanded. */
bool postconf_services(const struct postconf *pc, const char *kind, struct str *lines_r,
                       struct error *err_r);
bool postconf_overrides(const struct postconf *pc, struct str *lines_r, struct error *err_r);

/* Sets a parameter, or removes it from main.cf. */
bool postconf_set(const struct postconf *pc, struct str name, struct str value,
                  struct error *err_r);
bool postconf_unset(const struct postconf *pc, struct str name, struct error *err_r);
/* Writes a service (the whole line), or removes it. */
bool postconf_set_service(const struct postconf *pc, struct str name, struct str line,
                          struct error *err_r);
bool postconf_remove_service(const struct postconf *pc, struct str name, struct error *err_r);

/* Runs `postfix COMMAND`, such as reload. */
bool postconf_postfix(const struct postconf *pc, const char *command, struct error *err_r);

#endif
