/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of an mbox file, RFC 4155. */
#ifndef MESSAGE_MBOX_H
#define MESSAGE_MBOX_H

#include "base/str.h"

/*
 * Takes the next message off the front of *rest, its "From " line included; false at the end. A
 * message ends where a line "From SENDER DATE" begins, whether or not an empty line is in front of
 * it; the sender may be missing, and what else begins with "From " is text. Slices of the text.
 */
bool mbox_next(struct str *rest, struct str *message_r);

#endif
