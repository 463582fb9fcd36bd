/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two views of a message's text that `body` and `rawbody` rules match, cut into the same pieces
 * as SpamAssassin's. Their parts have been decoded. All in the given arena. Nothing fails.
 */
#ifndef MESSAGE_TEXT_H
#define MESSAGE_TEXT_H

#include "message/mime.h"

/*
 * The decoded subject, then the paragraphs of all parts that are shown, white space collapsed to
 * one space. Each item ends in LF but where a long one was cut, or at the end of the text; at most
 * `part_chars` characters of a part are taken, and `total_chars` of all: short parts stay whole,
 * long ones are cut to the same length. A part that starts with no empty line goes on in the
 * paragraph of the one before it, but for READING_4_0_3. False if parts were left out, since others
 * before them had taken all the room.
 */
bool text_make_body(struct arena *arena, const struct mime_part *root, struct str subject,
                    size_t part_chars, size_t total_chars, enum reading_version reading,
                    struct str_list *body_r);

/*
 * The decoded text parts, HTML kept, in pieces of 2 to 4 KiB that end at a line end where there is
 * one; at most `part_bytes` of a part are taken, and `total_bytes` of all, as above. False where
 * parts were left out.
 */
bool text_make_rawbody(struct arena *arena, const struct mime_part *root, size_t part_bytes,
                       size_t total_bytes, struct str_list *rawbody_r);

#endif
