/* SPDX-License-Identifier: GPL-3.0-or-later */
/* White space as Unicode has it, in UTF-8. */
#ifndef MESSAGE_SPACE_H
#define MESSAGE_SPACE_H

#include "base/str.h"

/* The length of the white space character at the start of the text, or 0. */
size_t space_len(struct str text);

#endif
