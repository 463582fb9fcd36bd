/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The domains that an MTA takes for itself without being told: localhost, the host's names, and its
 * addresses as literals (RFC 5321 section 4.1.3). What it finds out by the DNS or from settings of
 * its own cannot be known here, so a third answer is "perhaps".
 */
#ifndef FORWARD_OWN_NAMES_H
#define FORWARD_OWN_NAMES_H

#include "base/vec.h"

struct own_names;

enum own_answer {
	OWN_NO,
	OWN_PERHAPS, /* a name without a dot, the host's parent domain, another literal … */
	OWN_YES,
};

/*
 * What the system says now: gethostname(), its lines in /etc/hosts, the search domains, and the
 * addresses of all interfaces; never the DNS. `names` are further names of this host. Lives in
 * `arena`; read-only afterwards, so thread-safe.
 */
const struct own_names *own_names_find(struct arena *arena, const struct str_list *names);

/* The same where the system is said to be another: its name, and the paths of the files. */
const struct own_names *own_names_find_in(struct arena *arena, const struct str_list *names,
                                          struct str host, const char *hosts_file,
                                          const char *resolv_file);

/*
 * Of a domain in the form of address_fold_domain(). `mta_name` is what the MTA calls itself, in any
 * case; empty where it is not known.
 */
enum own_answer own_names_answer(const struct own_names *own, struct str domain,
                                 struct str mta_name);

#endif
