/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One record as a row of a table. What has a column is the same for all lists. */
#ifndef WEB_ROW_H
#define WEB_ROW_H

#include "store/store_view.h"
#include "web/html.h"

/* What was done, in a word, and the class that colours it. */
enum word row_action(enum record_kind kind);
const char *row_class(enum record_kind kind);
/* The same for programs, as `assay report --json` names it. */
const char *row_kind_name(enum record_kind kind);

/* "<thead>…</thead>" */
void row_head(struct strbuf *buf);
/* "<tr>…</tr>" on one line. */
void row_add(struct strbuf *buf, const struct store_row *row);
/* Whether the score was too much: more than the threshold of tags, or that of drops or more. */
bool row_is_over(const struct record *record);
/* "<td>" that says what it is, since on phones a row is a card. */
void row_begin_cell(struct strbuf *buf, enum word label, const char *class);
/* A badge with what was done. */
void row_badge(struct strbuf *buf, const struct record *record);
/* "<td>…</td>": the recipient and where it was forwarded to; the Subject, which leads to the
 * message. */
void row_add_recipient(struct strbuf *buf, const struct record *record);
void row_add_subject(struct strbuf *buf, const struct record *record);
/* The envelope sender, or what stands for none. */
void row_sender(struct strbuf *buf, const char *sender);

#endif
