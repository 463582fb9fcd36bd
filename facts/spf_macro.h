/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SPF macro strings: RFC 7208 section 7 and the grammar of section 12. A text is checked once when
 * a record is read, and may be expanded after that only. Pure functions; results in the arena;
 * expansion is bounded by SPF_EXPANSION_MAX.
 */
#ifndef FACTS_SPF_MACRO_H
#define FACTS_SPF_MACRO_H

#include "base/arena.h"

/* Octets that an expansion may have before it is cut to a name or to a text. */
#define SPF_EXPANSION_MAX 65536

enum spf_macro_use {
	SPF_MACRO_STRING,      /* macro-string: the value of an unknown modifier */
	SPF_MACRO_DOMAIN_SPEC, /* domain-spec */
	SPF_MACRO_EXPLAIN,     /* explain-string: spaces, and the letters c, r and t, are allowed */
};

/* True where the text follows the grammar; else *problem_r says what is wrong. */
bool spf_macro_check(struct str text, enum spf_macro_use use, const char **problem_r);
/* Whether %{p} is in a text that was checked. */
bool spf_macro_uses_client_name(struct str text);

struct spf_macro_values {
	struct str sender;      /* s: local-part@domain */
	struct str local;       /* l */
	struct str domain;      /* o: the sender's */
	struct str current;     /* d: whose record is evaluated */
	struct str ip;          /* i: dotted quad, or dotted nibbles */
	struct str client_name; /* p: validated name of the client, or "unknown" */
	struct str ip_version;  /* v: "in-addr" or "ip6" */
	struct str helo;        /* h */
	struct str pretty_ip;   /* c */
	struct str receiver;    /* r */
	struct str time;        /* t: seconds since 1970 */
};

/* False where the result would be over SPF_EXPANSION_MAX. `text` was checked. */
bool spf_macro_expand(struct arena *arena, struct str text, const struct spf_macro_values *values,
                      struct str *expanded_r);

#endif
