/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What strangers wrote, for a terminal or a log: without control characters (C0, DEL, C1), which
 * terminals obey, without what changes the direction or ends the line of a text (U+061C, U+200E,
 * U+200F, U+2028 to U+202E, U+2066 to U+2069), and in valid UTF-8. Pure; thread-safe.
 */
#ifndef BASE_SHOWN_H
#define BASE_SHOWN_H

#include "base/arena.h"

/* Bytes of the character at the start of `s` if it may be shown as it is; else 0. */
size_t shown_char_len(struct str s);

/* One line: "?" in place of what may not be shown, U+FFFD of bytes that are not UTF-8. The same
 * slice where all may. */
struct str shown_text(struct arena *arena, struct str text);

/*
 * The same with nothing lost, in the notation of patterns: what may not be shown and bytes that are
 * not UTF-8 as "\x1b", "\r", "\t", "\x{202e}", a backslash as two. Line feeds stay.
 */
struct str shown_escaped(struct arena *arena, struct str text);

/* JSON text, in valid UTF-8, with what may not be shown as \uXXXX; line feeds stay. */
struct str shown_json(struct arena *arena, struct str json);

#endif
