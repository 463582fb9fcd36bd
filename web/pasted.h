/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What people paste from logs, headers and address books, as the records have it. Nothing can
 * fail; the results are in the arena. Thread-safe.
 */
#ifndef WEB_PASTED_H
#define WEB_PASTED_H

#include "base/arena.h"

/* "joe@example.org" of "<joe@example.org>", "Joe <joe@example.org>", "to=<joe@example.org>," or
 * "mailto:joe@example.org". */
struct str pasted_address(struct arena *arena, struct str text);

/* The same, or "example.org" of "@example.org". */
struct str pasted_account(struct arena *arena, struct str text);

/* "id@host" of "<id@host>" or "Message-ID: <id@host>", "4XyZ1a" of "4XyZ1a:". */
struct str pasted_message(struct arena *arena, struct str text);

#endif
