/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What binds a seal to a message: hashes of its body and of the fields that readers see. White
 * space at the ends of lines and empty lines at the end don't count (as in RFC 6376 section 3.4.4),
 * nor do line ends of any kind count more than LF, for MTAs change those on the way from front to
 * hop. Anything else makes another message. A hash is used by one thread at a time.
 */
#ifndef FORWARD_SEAL_CONTENT_H
#define FORWARD_SEAL_CONTENT_H

#include "forward/seal_box.h"
#include "message/raw_header.h"

struct seal_digest {
	bool known; /* false: it was not computed, or the library failed */
	unsigned char bytes[SEAL_HASH_SIZE];
};

/* Both unknown is not the same. In constant time. */
bool seal_digest_same(const struct seal_digest *a, const struct seal_digest *b);

/* A body as it comes, of any size, in pieces of any size. */
struct seal_body;
struct seal_body *seal_body_new(void);
void seal_body_add(struct seal_body *body, const char *data, size_t len);
/* The digest; frees `body`, which may be NULL. */
struct seal_digest seal_body_finish(struct seal_body *body);

/* The fields that are bound: bit i of a set is number i. */
#define SEAL_FIELD_COUNT 7
const char *seal_field_name(unsigned number);
bool seal_binds(struct str name);

/* Values by number, in the order of the header; data NULL: too long to be known. */
struct seal_fields {
	struct str_list values[SEAL_FIELD_COUNT];
};

/* Those of a header, which may lack fields that are not bound. */
void seal_fields_of(struct arena *arena, const struct raw_field_list *header,
                    struct seal_fields *fields_r);
unsigned seal_fields_present(const struct seal_fields *fields);
/*
 * Not known where a value isn't. Without white space, for fields are folded anew. `sealed`: the set
 * that the front saw; fields that MTAs add where they are missing count only if they are in it.
 */
struct seal_digest seal_fields_digest(const struct seal_fields *fields, unsigned sealed);

#endif
