/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is known of something, as sections of named values and of lists: written once, printed as
 * indented text for people or as one JSON object. Texts may be a stranger's; in text they are
 * escaped as of shown_escaped(), in JSON bytes that are not UTF-8 become U+FFFD. One thread.
 */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "base/vec.h"

struct sheet;

/* In the arena; sheet_print() has to follow. */
struct sheet *sheet_new(struct arena *arena, bool json);
bool sheet_is_json(const struct sheet *sheet);

/* A section of named values, or a list of what sheet_item() and sheet_line() add; both end with
 * sheet_close(). They nest at most six deep. */
void sheet_open(struct sheet *sheet, const char *name);
void sheet_open_list(struct sheet *sheet, const char *name);
/* One that holds named values, and ends with sheet_close(): its first value stands beside its
 * number.
 */
void sheet_item(struct sheet *sheet, const char *name, struct str value);
/* One that is a text. */
void sheet_line(struct sheet *sheet, struct str text);
void sheet_close(struct sheet *sheet);

/* Values. In text, those that are empty, 0 or false are left out; so are lists and sections with
 * nothing in them. */
void sheet_text(struct sheet *sheet, const char *name, struct str value);
void sheet_word(struct sheet *sheet, const char *name, const char *value);
void sheet_number(struct sheet *sheet, const char *name, size_t value);
void sheet_flag(struct sheet *sheet, const char *name, bool value);

/* Words: in text, in one line. */
void sheet_words(struct sheet *sheet, const char *name, const struct str_list *words);

/* Prints it on stdout; JSON as one line. */
void sheet_print(struct sheet *sheet);

#endif
