/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords in assay.conf itself, which then must not be readable by everybody. */
#ifndef SETUP_SECRETS_H
#define SETUP_SECRETS_H

#include "scoring/settings.h"

/* Warns of each value with a password (scheme://user:PASSWORD@host) where every user of the host
 * can read the file at `path`. The password is not repeated. */
void secrets_check(const struct settings *settings, const char *path, struct problems *problems);

#endif
