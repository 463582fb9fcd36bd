/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Character references of HTML: &amp; &eacute; &#233; &#xe9; and their broken forms. Nothing
 * fails: what is no reference is kept as it is.
 */
#ifndef MESSAGE_HTML_ENTITY_H
#define MESSAGE_HTML_ENTITY_H

#include "base/strbuf.h"

/*
 * Appends UTF-8 text with its references replaced. With `prefixes`, an old name is also found at
 * the start of a longer word ("&notit" is "¬it"), as readers do in text, but not in attributes.
 * Returns the greatest code point that a reference gave, 0 where there was none.
 */
uint32_t html_decode_entities(struct strbuf *out, struct str text, bool prefixes);

#endif
