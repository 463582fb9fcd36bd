/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a request to its response: who asks, which page, what may be seen. The whole of the server
 * but for sockets. Blocks as long as the store does; thread-safe.
 */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include "web/page.h"

/* How many bytes of the body of a request are taken, by its first line and header alone. */
size_t pages_body_max(const struct web *web, struct arena *arena,
                      const struct request_parts *parts);

/* Always gives a response, in the arena. */
void pages_answer(const struct web *web, struct arena *arena, const struct request_parts *parts,
                  struct response *response_r);

#endif
