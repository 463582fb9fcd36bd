/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fields within what is sealed: a letter and a netstring each. Pure; thread-safe.
 */
#ifndef FORWARD_SEAL_LETTERS_H
#define FORWARD_SEAL_LETTERS_H

#include "base/strbuf.h"
#include "forward/seal_content.h"

void seal_letters_add(struct strbuf *buf, char name, struct str value);
void seal_letters_add_number(struct strbuf *buf, char name, int64_t number);
void seal_letters_add_digest(struct strbuf *buf, char name, const struct seal_digest *digest);

/* 0 for what is no number. */
int64_t seal_letters_number(struct str value);
/* Not `known` where it isn't as long as a digest. */
struct seal_digest seal_letters_digest(struct str value);

#endif
