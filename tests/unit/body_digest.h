/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The digest of a body that is there as a whole. */
#ifndef TESTS_UNIT_BODY_DIGEST_H
#define TESTS_UNIT_BODY_DIGEST_H

#include "forward/seal_content.h"

static inline struct seal_digest body_digest(struct str text)
{
	struct seal_body *body = seal_body_new();

	seal_body_add(body, text.data, text.len);
	return seal_body_finish(body);
}

#endif
