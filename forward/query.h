/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The templates of Postfix's database tables (mysql_table(5), sqlite_table(5) …): %s the key, or in
 * a result_format the value; %u and %d its local part and its domain; %S, %U, %D those of the key;
 * %1 to %9 the labels of the key's domain from its end; %% a "%". Pure; thread-safe.
 */
#ifndef FORWARD_QUERY_H
#define FORWARD_QUERY_H

#include "base/strbuf.h"

/* NULL, or what is wrong with the template. */
const char *query_check(struct str template);

/*
 * Appends the template with everything put in, each piece by `add`, which quotes. `value` is the
 * key itself for a query, a result otherwise. False, with half of it appended, where the template
 * asks for a part that key or value do not have: then there is no such query, or result.
 */
bool query_expand(struct str template, struct str key, struct str value,
                  void (*add)(struct strbuf *buf, struct str piece), struct strbuf *buf);

#endif
