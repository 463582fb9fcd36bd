/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The URIs of a message, and what is known of URIs: plain values in its arena.
 */
#ifndef MESSAGE_URI_LIST_H
#define MESSAGE_URI_LIST_H

#include "base/map.h"
#include "base/vec.h"
#include "message/reading.h"

enum uri_source {
	URI_IN_TEXT = 1 << 0, /* found in displayed text */
	URI_IN_LINK = 1 << 1, /* the target of an HTML attribute */
	URI_IN_HEADER = 1 << 2,
};

/* Where a URI was found, and how: SpamAssassin's types. Names: uri_type_name(). */
enum uri_type {
	URI_TYPE_PARSED = 1 << 0,     /* in displayed text */
	URI_TYPE_UNLINKED = 1 << 1,   /* a bare domain, which mail readers may not make a link of */
	URI_TYPE_SCHEMELESS = 1 << 2, /* without "http:", "mailto:" … */
	URI_TYPE_A = 1 << 3,          /* the rest: the HTML element that links to it */
	URI_TYPE_AREA = 1 << 4,
	URI_TYPE_BASE = 1 << 5,
	URI_TYPE_BGSOUND = 1 << 6,
	URI_TYPE_BODY = 1 << 7,
	URI_TYPE_EMBED = 1 << 8,
	URI_TYPE_FORM = 1 << 9,
	URI_TYPE_FRAME = 1 << 10,
	URI_TYPE_IFRAME = 1 << 11,
	URI_TYPE_IMG = 1 << 12,
	URI_TYPE_LINK = 1 << 13,
	URI_TYPE_META = 1 << 14,
	URI_TYPE_SCRIPT = 1 << 15,
	URI_TYPE_TABLE = 1 << 16,
	URI_TYPE_TD = 1 << 17,
	URI_TYPE_TR = 1 << 18,
	URI_TYPE_DOMAINKEYS = 1 << 19, /* the domain of a signature; has no variants */
};
#define URI_TYPE_COUNT 20

/* A host that a URI (one of its variants) leads to. */
struct uri_host {
	struct str host;   /* lower case ASCII; an IP address as a dotted quad */
	struct str domain; /* its registered domain, or the address itself */
};

struct uri_host_list {
	vec_members(struct uri_host);
};

struct uri {
	struct str raw;       /* as written, entities and transfer encoding decoded; a scheme in
	                       * front where the text had none */
	struct str canonical; /* the form that names the host best; may equal raw */
	struct str scheme; /* lower case: "http", "https", "mailto", …; "http" where only www. */
	struct str host;   /* lower case ASCII, without port and credentials; empty where none */
	struct str domain; /* registered domain of the host by the public suffix list, or empty;
	                    * an IP address is its own */
	unsigned sources;  /* bits of enum uri_source */
	unsigned types;    /* bits of enum uri_type */
	struct str_list variants;   /* all forms that `uri` rules match, `raw` among them: decoded,
	                             * without default port, redirectors' targets … */
	struct uri_host_list hosts; /* of all variants, each once */
	struct str_list anchor_texts; /* what <a> elements show for it, each text once */
};

/*
 * Where domains are registered, in the order of splitting: names of four labels, of three, of two,
 * and top-level domains, in lower case ASCII as keys. Without any top-level domain, the others add
 * to the public suffix list; with some, all of them take its place.
 */
struct uri_domains {
	const struct map *four_level;
	const struct map *three_level;
	const struct map *two_level;
	const struct map *top_level;
};

/* What is known of URIs besides what is built in. */
struct uri_knowledge {
	/* Redirectors that don't show their target: gives the target within a web address
	 * ("http://host/…", repaired), which must live as long as the arena. May be NULL. */
	bool (*find_target)(void *context, struct str uri, struct str *target_r);
	void *context;
	const struct uri_domains *domains; /* or NULL */
	enum reading_version reading;
	bool incomplete; /* said by find_target(): not every target was looked for */
};

/* Each URI once. All zero is an empty list. */
struct uri_list {
	vec_members(struct uri);
	const struct uri_knowledge *knowledge; /* or NULL */
	struct map *index;                     /* by raw; made when first needed */
	struct map *domains;                   /* of hosts seen so far */
	size_t variant_bytes;                  /* of all entries; capped */
	bool is_full;                          /* there were more than the maximum, or than fit */
	bool is_truncated;                     /* a URI was longer than HTML_MAX_URI and cut */
};

#endif
