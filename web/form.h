/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names and values as browsers send them, behind the "?" of an address or as the body of a form
 * (application/x-www-form-urlencoded). Whatever a stranger sends gives values that are valid UTF-8
 * on one line. Pure; in the arena.
 */
#ifndef WEB_FORM_H
#define WEB_FORM_H

#include "base/vec.h"

/* More fields than that, and more bytes of a text or a value, are left out. */
#define FORM_FIELDS_MAX 40
#define FORM_TEXT_MAX   8192
#define FORM_VALUE_MAX  1000

struct form_field {
	struct str name;
	struct str value; /* decoded, without white space at its ends */
};

struct form {
	vec_members(struct form_field);
};

void form_parse(struct arena *arena, struct str text, struct form *form_r);

/* Adds a field whose texts are not encoded any more, as others are: cleaned, and within the limits.
 */
void form_add(struct arena *arena, struct form *form, struct str name, struct str value);

/* The first field of that name that isn't empty; "" where there is none. */
struct str form_get(const struct form *form, const char *name);
/* The same as a number up to `max`; `otherwise` where it is none. */
int64_t form_number(const struct form *form, const char *name, int64_t max, int64_t otherwise);

/* Text as it stands in an address: letters, digits and "-._~" as they are, the rest as %XX. */
struct str form_encode(struct arena *arena, struct str text);

#endif
