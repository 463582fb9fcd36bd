/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses that we listen on: each may be given once. Pure. */
#ifndef SETUP_OWN_ADDRESSES_H
#define SETUP_OWN_ADDRESSES_H

#include "scoring/settings.h"

/* Adds an error for each of listen, control, metrics, web and srs_socketmap that is the address of
 * another one. What is no address at all is left out. */
void own_addresses_check(const struct settings *settings, struct problems *problems);

#endif
