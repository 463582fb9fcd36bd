/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords in assay.conf itself, which then must not be readable by others. */
#ifndef SETUP_SECRETS_H
#define SETUP_SECRETS_H

#include "scoring/settings.h"

/* Refuses each value with a password (scheme://user:PASSWORD@host) where others than the filter may
 * use the file at `path` (secret_file_check()). The password is not repeated. */
void secrets_check(const struct settings *settings, const char *path, struct problems *problems);

#endif
