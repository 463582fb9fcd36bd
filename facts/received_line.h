/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces of reading one Received field that have a file of their own. For received.c. */
#ifndef FACTS_RECEIVED_LINE_H
#define FACTS_RECEIVED_LINE_H

#include "facts/received.h"

/* How the client authenticated; empty where it did not. `line` has single spaces. */
struct str received_auth(struct arena *arena, struct str line);

/* How the comment with the client's address is written; it tells what the first word is. */
enum address_style {
	ADDRESS_NONE,
	ADDRESS_WORD,    /* from [192.0.2.1] by …, from host [192.0.2.1] by … */
	ADDRESS_BRACKET, /* from host ([192.0.2.1]) by … */
	ADDRESS_NAMED,   /* from host (name [192.0.2.1]) by … */
	ADDRESS_BARE,    /* from host (192.0.2.1) by …, from host (ident@192.0.2.1) by … */
};

/* The client as the part between "from" and "by" describes it. */
struct received_from {
	struct str word; /* the first one: a host's name or an address, brackets kept */
	struct str name; /* the name beside the address in a comment */
	struct str ip;
	struct str helo;  /* named as such: "HELO x", "helo=x" */
	struct str ident;
	struct str proxied; /* "(proxying for 192.0.2.1)" */
	struct str note;  /* the first comment without an address or HELO */
	enum address_style style;
	bool has_helo_comment; /* (HELO x): the word is then what DNS says */
	bool has_helo_key;     /* helo=x: the same */
	bool word_is_ip;
	bool has_suffix;       /* more stands behind the address in its comment */
	bool no_lookup;        /* the comment says that no name was looked up */
	bool ident_only;       /* "ident@[192.0.2.1]": there was no name */
	bool attached;         /* "host(192.0.2.1)" */
	bool local;            /* "localhost", a socket: no host handed it over */
	size_t words;          /* outside comments */
};

/* The first address anywhere in a text; false where there is none. */
bool received_find_ip(struct str text, struct str *ip_r);

void received_read_from(struct str text, struct received_from *from_r);

#endif
