/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mail that was dropped, and that somebody released: it is sent in again, with a mark. Pure. */
#ifndef SCORING_RELEASED_H
#define SCORING_RELEASED_H

#include "forward/seal_content.h"
#include "message/envelope.h"
#include "message/header.h"
#include "scoring/policy.h"

/*
 * Who released the message, by a mark of ours that holds for it and for all of its recipients;
 * empty: nobody. `headers` and `fields`: as received, without what we put in front; `body`: the
 * whole body's digest.
 */
struct str released_by(struct arena *arena, const struct policy *policy,
                       const struct envelope *envelope, const struct header_list *headers,
                       const struct raw_field_list *fields, const struct seal_digest *body);

/* "NAME released it", why it isn't dropped. */
struct str released_note(struct arena *arena, struct str by);

#endif
