/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The link in the header of forwarded mail by which its reader tells us that it is spam.
 */
#ifndef MILTER_REPORT_LINK_H
#define MILTER_REPORT_LINK_H

#include "milter/session_private.h"

#define REPORT_LINK_HEADER "X-Spam-Report-Link"

/* The field's value, in the message's arena; empty where it gets none: it isn't forwarded for one
 * account alone, or the settings don't say so. */
struct str report_link_value(const struct session_ending *ending);

#endif
