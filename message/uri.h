/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * URIs in text and HTML, in the forms that rules match: as written and canonical (escapes decoded
 * where they need none, host in lower case and punycode, numeric hosts as dotted quads). Plain
 * values in the message's arena. Nothing fails.
 */
#ifndef MESSAGE_URI_H
#define MESSAGE_URI_H

#include "message/html_facts.h"
#include "message/uri_list.h"

/*
 * Appends every URI that a mail client would make clickable in text, up to `max` items in the
 * list. The text is a paragraph of the displayed text in UTF-8.
 */
void uri_find_in_text(struct arena *arena, struct str text, size_t max, struct uri_list *uris);
/* Appends the targets of an HTML document's links, with their texts. */
void uri_add_links(struct arena *arena, const struct html_link_list *links, size_t max,
                   struct uri_list *uris);
/* Appends "domainkeys:" and the domain (d=) of a DKIM-Signature or DomainKey-Signature field. */
void uri_add_signer(struct arena *arena, struct str field, size_t max, struct uri_list *uris);
/* Appends a URI that stands as such in a file: type "parsed", without a limit of its own. */
void uri_add(struct arena *arena, struct str written, struct uri_list *uris);
/* A list of the same entries to which others may be added. */
struct uri_list uri_list_copy(struct arena *arena, const struct uri_list *uris);
/* "a", "img", "parsed", … for one bit. */
const char *uri_type_name(enum uri_type type);

/* "www.mail.example.co.uk" → "example.co.uk"; empty for IP addresses and bare suffixes. */
struct str uri_registered_domain(struct arena *arena, struct str host);
/* The same by these domains; NULL: by the public suffix list. */
struct str uri_domain_in(struct arena *arena, const struct uri_domains *domains, struct str host);
/* Whether the text after the last dot is a top-level domain that exists, by the same. */
bool uri_tld_in(const struct uri_domains *domains, struct str host);
/*
 * A host name in lower case and, if it has characters beyond ASCII, in punycode (IDNA 2008). If
 * that isn't possible, only in lower case.
 */
struct str uri_host_to_ascii(struct arena *arena, struct str host);
/* Is it a dot to those who resolve names? IDNA's three (RFC 3490 section 3.1), U+2024, U+FE52. */
bool uri_is_dot(unsigned code);
/* A syntactically valid name of at least two labels (RFC 1035, underscores allowed in front). */
bool uri_is_host_name(struct str host);
/* "192.0.2.1" or an IPv6 address. */
bool uri_is_ip_address(struct str host);
/* The host to which a URI leads, in lower case ASCII, and its domain by these domains, or NULL;
 * false if there is none. */
bool uri_host_in(struct arena *arena, const struct uri_domains *domains, struct str uri,
                 struct uri_host *host_r);

#endif
