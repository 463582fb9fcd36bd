/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scores and thresholds: exact decimals kept as integer thousandths, so that 5.0 is never 4.9999.
 * Pure functions.
 */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include "base/str.h"

/* Scores beyond ± this many thousandths are refused. */
#define DECIMAL_MAX 1000000000
/* Room for any decimal as text with its NUL. */
#define DECIMAL_TEXT_SIZE 32

/*
 * Reads "5", "-0.1", "+2.345", ".5", "1e-3" is refused. More than three decimals are rounded half
 * away from zero (rule files have "1.0000"). False where `s` is something else or out of range.
 */
bool decimal_parse(struct str s, int32_t *thousandths_r);

/* The shortest exact text: 5000 → "5", 1250 → "1.25". Returns `text`. */
const char *decimal_format(int32_t thousandths, char text[DECIMAL_TEXT_SIZE]);
/* One decimal, rounded half away from zero, for readers; the exact score decides:
 * 5960 → "6.0", 6000 → "6.0", -95940 → "-95.9". Returns `text`. */
const char *decimal_format_short(int32_t thousandths, char text[DECIMAL_TEXT_SIZE]);

/* a + b, clamped to ± DECIMAL_MAX. */
int32_t decimal_add(int32_t a, int32_t b);

#endif
