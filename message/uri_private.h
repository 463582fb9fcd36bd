/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the URI reader share. */
#ifndef MESSAGE_URI_PRIVATE_H
#define MESSAGE_URI_PRIVATE_H

#include "base/strbuf.h"
#include "message/html_facts.h"
#include "message/uri_list.h"

/*
 * Appends the written form without line ends and outer space, and then every other form that a
 * mail reader or browser would make of it, each once. Each is cut at HTML_MAX_URI; true if one was.
 * `knowledge` may be NULL.
 */
bool uri_add_variants(struct arena *arena, struct str written,
                      const struct uri_knowledge *knowledge, struct str_list *variants);

/*
 * The entry of a URI, new or old; NULL where the list is full. With `needs_domain`, NULL also for
 * one that leads to no valid host.
 */
struct uri *uri_list_add(struct arena *arena, struct uri_list *uris, struct str raw, size_t max,
                         bool needs_domain);

/* Where a character of the set is first, from `start` on, or the length of the text. */
size_t uri_find_any(struct str text, size_t start, const char *set);

/* The three texts one after the other. */
struct str uri_join(struct arena *arena, struct str a, struct str b, struct str c);

/* Percent-escapes of printable characters decoded, others of the unprintable encoded; all of them
 * decoded where 4.0.3 is the reading. */
struct str uri_decode_escapes(struct arena *arena, struct str uri, enum reading_version reading);
bool uri_has_escape(struct str uri);

/* What the list knows of domains; or NULL. */
const struct uri_domains *uri_domains_of(const struct uri_list *uris);
enum reading_version uri_reading_of(const struct uri_list *uris);

#endif
