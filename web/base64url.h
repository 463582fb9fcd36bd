/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes as text that may stand in a URL: RFC 4648 section 5, without padding. Pure. */
#ifndef WEB_BASE64URL_H
#define WEB_BASE64URL_H

#include "base/arena.h"

/* The text, in the arena. */
struct str base64url_encode(struct arena *arena, struct str bytes);
/* The bytes, in the arena; false for what base64url_encode() doesn't write. */
bool base64url_decode(struct arena *arena, struct str text, struct str *bytes_r);

#endif
