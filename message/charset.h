/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text in any charset to UTF-8. Only charsets of a fixed list are known, whatever a message says;
 * text that is not in the charset that it claims is read as windows-1252, as a mail client would
 * show it. Thread-safe: converters are kept in a pool behind a lock. Nothing can fail.
 */
#ifndef MESSAGE_CHARSET_H
#define MESSAGE_CHARSET_H

#include "base/arena.h"

bool charset_is_ascii(struct str text);

/*
 * Body text or a raw header field whose declared charset may be wrong: text that is valid UTF-8
 * stays as it is, then the declared charset is tried, and windows-1252 is the last resort.
 * *fault_r (which may be NULL) is set where the declared charset is unknown or did not fit.
 */
struct str charset_to_utf8(struct arena *arena, struct str text, struct str charset, bool *fault_r);

/*
 * An encoded-word, whose charset is believed: bytes that are wrong in it become U+FFFD;
 * windows-1252 where the charset is unknown.
 */
struct str charset_word_to_utf8(struct arena *arena, struct str text, struct str charset);

#endif
