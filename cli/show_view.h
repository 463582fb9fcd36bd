/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The views of `assay show`: what rules see of a message, written into a sheet. The message and the
 * facts are those that rules were tried on. One thread.
 */
#ifndef CLI_SHOW_VIEW_H
#define CLI_SHOW_VIEW_H

#include "cli/sheet.h"
#include "facts/facts.h"

struct show_message {
	struct arena *arena;
	const struct facts *facts;
	const struct message *message;
};

/* Header fields, decoded and as they stand in the message. */
void show_header(const struct show_message *shown, struct sheet *sheet);
/* What header rules see under a name such as "From:addr" or "ALL"; false where that is no such
 * name. */
bool show_field(const struct show_message *shown, struct str request, struct sheet *sheet,
                struct error *err_r);
/* The envelope, each relay as it was read, and the texts that rules see of them. */
void show_relays(const struct show_message *shown, struct sheet *sheet);
/* The pieces of text that `body` and `rawbody` rules see one by one. */
void show_body(const struct show_message *shown, struct sheet *sheet);
void show_rawbody(const struct show_message *shown, struct sheet *sheet);
/* Each HTML part: elements, links, titles, comments, scripts, colours and sizes. */
void show_html(const struct show_message *shown, struct sheet *sheet);
/* Each URI: where it was found, all forms that `uri` rules see, hosts, domains, link texts. */
void show_uris(const struct show_message *shown, struct sheet *sheet);
/* The tree of MIME parts, with name, type, size and digests. */
void show_attachments(const struct show_message *shown, struct sheet *sheet);
/* What the message itself says of who sent it: signatures, ARC, and fields that other hosts wrote.
 */
void show_auth(const struct show_message *shown, struct sheet *sheet);

#endif
