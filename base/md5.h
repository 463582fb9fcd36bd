/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MD5 (RFC 1321), by which rules name files that they know. Not for anything that has to be
 * safe. Pure; thread-safe; linear in the text.
 */
#ifndef BASE_MD5_H
#define BASE_MD5_H

#include "base/str.h"

#define MD5_HEX_LEN 32

/* The sum in capital hexadecimal digits, with a NUL after them. False, and no digits, where the
 * cryptographic library has no MD5 (as with nothing but a FIPS provider). */
bool md5_hex(struct str text, char hex_r[MD5_HEX_LEN + 1]);

#endif
