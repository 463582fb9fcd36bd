/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces of reading one Received field that have a file of their own. For received.c. */
#ifndef FACTS_RECEIVED_LINE_H
#define FACTS_RECEIVED_LINE_H

#include <string.h>

#include "base/arena.h"
#include "facts/relay.h"

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
	struct str helo;      /* named as such: "HELO x", "helo=x" */
	struct str helo_word; /* "HELO", "EHLO" */
	struct str ident;
	struct str with_ident; /* "ident@name" */
	struct str proxied;    /* "(proxying for 192.0.2.1)" */
	struct str note;       /* the first comment without an address or HELO */
	struct str single;     /* the first comment without white space */
	enum address_style style;
	bool has_helo_comment; /* (HELO x): the word is then what DNS says */
	bool has_helo_key;     /* helo=x: the same */
	bool word_is_ip;
	bool has_suffix; /* more comes after the address in its comment */
	bool no_lookup;  /* the comment says that no name was looked up */
	bool ident_only; /* "ident@[192.0.2.1]": there was no name */
	bool attached;   /* "host(192.0.2.1)" */
	bool padded;     /* "( [192.0.2.1])" */
	bool glued;      /* "(name[192.0.2.1])" */
	bool has_port;   /* after the address */
	bool helo_first; /* the HELO comment stands before the address */
	bool helo_last;  /* nothing follows the value of helo= */
	bool padded_end; /* "([192.0.2.1] )" */
	bool nested;     /* a comment is in a comment */
	bool far;        /* the address is in a later comment than servers put it */
	size_t comments;
	size_t words;  /* outside comments */
	size_t before; /* this many of them in front of the first comment */
};

/* The first address anywhere in a text; false where there is none. */
bool received_find_ip(struct str text, struct str *ip_r);

void received_read_from(struct str text, struct received_from *from_r);

struct received {
	struct str line;  /* after "from " */
	struct str by_on; /* after " by " */
	struct received_from from;
	bool odd_case;  /* "From": written by no mail server, so nothing more is read into it */
	bool looked_up; /* the server looks names up: no name means that there is none */
};

/*
 * Puts the client's address, HELO and name into the relay: the servers' ways to write them are told
 * apart here.
 */
void received_name_client(struct received *received, struct relay *relay);
/* The offset of " by " outside comments, else the first one, else -1. */
ptrdiff_t received_find_by(struct str line);
/* Is it a handover without an address inside one host, or one that is so by its nature? */
bool received_is_local(const struct received *received);
/* Is "(", "with", "via" or "for" after the server's name? */
bool received_has_usual_rest(struct str by_on);
/* Whether the server is Exim, by what it writes. */
bool received_is_exim(struct str line);

static inline bool received_has(struct str line, const char *text)
{
	return str_find(line, (struct str){ text, strlen(text) }) >= 0;
}

/* The first word of a line with single spaces, and what follows it. */
static inline struct str received_first_word(struct str text)
{
	ptrdiff_t space = str_find_char(text, ' ');

	return space < 0 ? text : str_prefix(text, (size_t)space);
}

static inline struct str received_after_first(struct str text)
{
	return str_trim_left(str_from_offset(text, received_first_word(text).len));
}

#endif
