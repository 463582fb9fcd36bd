/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resolvers that anybody may ask, by which operators of DNS lists don't let themselves be asked. */
#ifndef CLI_DOCTOR_PUBLIC_H
#define CLI_DOCTOR_PUBLIC_H

#include "base/str.h"

/* Whose resolver this address is ("192.0.2.1", "192.0.2.1@53"), or NULL. Pure. */
const char *doctor_public_resolver(struct str address);

#endif
