/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A form that a file comes with, as browsers send it (multipart/form-data, RFC 7578). Pure; in the
 * arena, but for the file, which points into the body.
 */
#ifndef WEB_MULTIPART_H
#define WEB_MULTIPART_H

#include "web/form.h"

/* The field for a file, and the one that its text may be pasted into instead. */
#define MULTIPART_FILE   "file"
#define MULTIPART_PASTED "source"

/* False where the type is another one. *file_r: the file's bytes, or what was pasted; empty where
 * neither is there. */
bool multipart_parse(struct arena *arena, struct str type, struct str body, struct form *form_r,
                     struct str *file_r);

#endif
